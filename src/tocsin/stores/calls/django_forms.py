"""Django's forms: what they look up to be valid, and what they store.

Source: docs.djangoproject.com/en/5.2, "Form and field validation", "Creating forms from models".
"""

from __future__ import annotations

from tocsin.stores.calls.base import Act, Call, Library, rows

_FORM = "django.Form"
_CLASSES = ("Form", "ModelForm", "BaseForm", "BaseModelForm")

LIBRARY = Library(
    name="django_forms",
    calls=(
        *rows(Act.VALIDATE, _FORM, "is_valid full_clean"),
        Call(f"{_FORM}.save", Act.SERIALIZED),
        Call(f"{_FORM}.cleaned_data", Act.ATTRIBUTE, "rest_framework.Data", word="cleaned"),
    ),
    types={
        f"{module}.{name}": _FORM
        for module in ("django.forms", "django.forms.models", "django.forms.forms")
        for name in _CLASSES
    },
    signatures={_FORM: ("data", "files")},
)
