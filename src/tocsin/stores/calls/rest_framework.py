"""Django REST framework: serializers that look, create and save; generic views.

Source: www.django-rest-framework.org/api-guide, "Serializers", "Validators", "Generic views".
"""

from __future__ import annotations

from tocsin.stores.calls.base import Act, Call, Library, rows

CREATES = "creates"
"""What the library's own ``create`` does, which a project's leads on to."""

DATA = "rest_framework.Data"
"""The type of what a serializer or a form has found right, by field."""

_SERIALIZER = "rest_framework.Serializer"
_CLASSES = (
    "Serializer ModelSerializer HyperlinkedModelSerializer BaseSerializer ListSerializer"
).split()

LIBRARY = Library(
    name="rest_framework",
    calls=(
        Call(f"{_SERIALIZER}.is_valid", Act.VALIDATE),
        Call(f"{_SERIALIZER}.save", Act.SERIALIZED),
        Call(f"{_SERIALIZER}.create", Act.SERIALIZED, word=CREATES),
        Call(
            f"{_SERIALIZER}.validated_data",
            Act.ATTRIBUTE,
            DATA,
            word="cleaned",
        ),
        Call("django.View.get_serializer", Act.SERIALIZER),
        *rows(Act.SERIALIZED, "django.View", "perform_create perform_update", subject=0),
        Call("django.View.perform_destroy", Act.DROP, subject=0),
        Call("django.View.get_object", Act.OBJECT),
        Call("django.View.check_object_permissions", Act.ALLOWED, subject=1),
        Call("django.View.get_queryset", Act.OBJECT, shape="rows"),
    ),
    types={f"rest_framework.serializers.{name}": _SERIALIZER for name in _CLASSES},
    signatures={_SERIALIZER: ("instance", "data")},
)
