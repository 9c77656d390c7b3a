"""Django's forms: what they look up to be valid, what they store, and the views that do both.

Source: docs.djangoproject.com/en/5.2, "Form and field validation", "Creating forms from models",
"Generic editing views".
"""

from __future__ import annotations

from tocsin.stores.calls.base import Act, Call, Library, rows
from tocsin.stores.calls.rest_framework import DATA

ARGUMENTS = "arguments"
"""What a view makes a form with, where only that is asked for."""

_FORM = "django.Form"
_FORM_VIEW = "django.FormView"
_EDIT_VIEW = "django.EditView"
_CLASSES = ("Form", "ModelForm", "BaseForm", "BaseModelForm")


def _views(type_: str, names: str) -> dict[str, str]:
    modules = ("django.views.generic", "django.views.generic.edit")
    return {f"{module}.{name}": type_ for module in modules for name in names.split()}


LIBRARY = Library(
    name="django_forms",
    calls=(
        *rows(Act.VALIDATE, _FORM, "is_valid full_clean"),
        Call(f"{_FORM}.save", Act.SERIALIZED),
        Call(f"{_FORM}.clean", Act.CLEANED),
        Call(f"{_FORM}.cleaned_data", Act.ATTRIBUTE, DATA, word="cleaned"),
        Call(f"{_FORM_VIEW}.get_form", Act.FORM),
        Call(f"{_FORM_VIEW}.get_form_kwargs", Act.FORM, word=ARGUMENTS),
        *rows(Act.PURE, _FORM_VIEW, "form_valid form_invalid get_success_url"),
        Call(f"{_EDIT_VIEW}.form_valid", Act.SERIALIZED, subject=0),
    ),
    types={
        **{
            f"{module}.{name}": _FORM
            for module in ("django.forms", "django.forms.models", "django.forms.forms")
            for name in _CLASSES
        },
        **_views(_FORM_VIEW, "FormView BaseFormView FormMixin ProcessFormView"),
        **_views(_EDIT_VIEW, "CreateView UpdateView BaseCreateView BaseUpdateView ModelFormMixin"),
    },
    parents={_EDIT_VIEW: _FORM_VIEW, _FORM_VIEW: "django.View"},
    signatures={_FORM: ("data", "files")},
)
