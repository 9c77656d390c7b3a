"""Django REST framework: what a view's serializer says of the request's body."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, object]

# By class name, most special first; Django's form fields and REST framework's share most names.
TYPES: tuple[tuple[str, Json], ...] = (
    ("BooleanField", {"type": "boolean"}),
    ("NullBooleanField", {"type": "boolean"}),
    ("IntegerField", {"type": "integer"}),
    ("FloatField", {"type": "number"}),
    ("DecimalField", {"type": "string", "format": "decimal"}),
    ("EmailField", {"type": "string", "format": "email"}),
    ("URLField", {"type": "string", "format": "uri"}),
    ("UUIDField", {"type": "string", "format": "uuid"}),
    ("SlugField", {"type": "string", "pattern": "^[-a-zA-Z0-9_]+$"}),
    ("IPAddressField", {"type": "string", "format": "ipv4"}),
    ("GenericIPAddressField", {"type": "string", "format": "ipv4"}),
    ("DateTimeField", {"type": "string", "format": "date-time"}),
    ("DateField", {"type": "string", "format": "date"}),
    ("TimeField", {"type": "string", "format": "time"}),
    ("DurationField", {"type": "string", "format": "django-duration"}),
    ("FileField", {"type": "string", "format": "binary"}),
    ("DictField", {"type": "object"}),
    ("JSONField", {}),
    ("SlugRelatedField", {"type": "string"}),
    ("PrimaryKeyRelatedField", {"type": "integer"}),
    ("CharField", {"type": "string"}),
)
LIMITS = {
    "min_value": "minimum",
    "max_value": "maximum",
    "min_length": "minLength",
    "max_length": "maxLength",
}
STANDARD_ACTIONS = frozenset({"create", "update", "partial_update"})


@dataclass(frozen=True, slots=True)
class Body:
    """What a view reads."""

    schema: Json
    content_type: str


def uses_sessions(view: Any) -> bool:
    """Whether REST framework checks CSRF tokens by itself, past the view's exemption."""
    kind = getattr(view, "cls", None)
    return any(
        ancestor.__name__ == "SessionAuthentication"
        for one in getattr(kind, "authentication_classes", ())
        for ancestor in one.__mro__
    )


def body(view: Any, method: str) -> Body | None:
    """The body that the view's serializer declares; ``None`` if it declares none."""
    kind = getattr(view, "cls", None)
    if (
        kind is None
        or method not in {"POST", "PUT", "PATCH"}
        or "rest_framework" not in sys.modules
    ):
        return None
    serializer = _serializer(view, kind, method)
    if serializer is None:
        return None
    schema = serializer_schema(serializer)
    if method == "PATCH":
        schema = {key: value for key, value in schema.items() if key != "required"}
    accepted = [parser.media_type for parser in getattr(kind, "parser_classes", ())]
    content_type = "application/json"
    if content_type not in accepted and accepted:
        content_type = accepted[0]
    return Body(schema, "multipart/form-data" if _has_file(schema) else content_type)


def _serializer(view: Any, kind: Any, method: str) -> Any:
    """The serializer of this action, made without a request. Custom actions must name theirs."""
    keywords = dict(getattr(view, "initkwargs", {}))
    action = (getattr(view, "actions", None) or {}).get(method.lower())
    if action is not None and action not in STANDARD_ACTIONS:
        chosen = keywords.get("serializer_class")
        return chosen() if chosen is not None else None
    try:
        made = kind(**keywords)
        made.action, made.request, made.format_kwarg = action, None, None
        made.args, made.kwargs = (), {}
        chosen = made.get_serializer_class()
    except Exception:  # noqa: BLE001 - a choice that needs the request: use the class attribute
        chosen = getattr(kind, "serializer_class", None)
    return chosen() if chosen is not None else None


def serializer_schema(serializer: Any) -> dict[str, object]:
    """A serializer (or a list of them) as JSON Schema: what a client writes."""
    child = getattr(serializer, "child", None)
    if child is not None:
        return {"type": "array", "items": field_schema(child), "minItems": 1}
    writable = {
        name: field
        for name, field in serializer.fields.items()
        if not field.read_only and type(field).__name__ != "HiddenField"
    }
    return object_schema(writable)


def object_schema(fields: Mapping[str, Any]) -> dict[str, object]:
    """Fields by name as the schema of an object."""
    return {
        "type": "object",
        "properties": {name: field_schema(field) for name, field in fields.items()},
        "required": [name for name, field in fields.items() if field.required],
    }


def field_schema(field: Any) -> dict[str, object]:
    """One field of a serializer or form as JSON Schema."""
    schema = _typed(field)
    for attribute, keyword in LIMITS.items():
        limit = getattr(field, attribute, None)
        if limit is None or (keyword.endswith("Length") and schema.get("type") != "string"):
            continue
        numeric = schema.get("type") in {"integer", "number"} or keyword.endswith("Length")
        schema[keyword if numeric else f"x-{keyword}"] = (
            float(limit) if "." in str(limit) else int(limit)
        )
    if getattr(field, "allow_null", False):
        return {"anyOf": [schema, {"type": "null"}]}
    return schema


def _typed(field: Any) -> dict[str, object]:
    names = [ancestor.__name__ for ancestor in type(field).__mro__]
    if "BaseSerializer" in names:
        return serializer_schema(field)
    if choices := _choices(field, names):
        multiple = any(name.startswith(("Multiple", "TypedMultiple")) for name in names)
        return {"type": "array", "items": choices, "minItems": 1} if multiple else choices
    if "ManyRelatedField" in names:
        return {"type": "array", "items": field_schema(field.child_relation), "minItems": 1}
    if "ListField" in names:
        return {"type": "array", "items": field_schema(field.child), "minItems": 1}
    known = dict(TYPES)
    return dict(next((known[name] for name in names if name in known), {"type": "string"}))


def _choices(field: Any, names: list[str]) -> dict[str, object] | None:
    if "RelatedField" in names or "ModelChoiceField" in names:
        return None  # choices of these are rows: a query, and values of their own
    choices = getattr(field, "choices", None)
    if not choices:
        return None
    values = list(choices) if isinstance(choices, Mapping) else [pair[0] for pair in choices]
    return {"enum": [value for value in values if value not in {"", None}]}


def _has_file(schema: Json) -> bool:
    properties = schema.get("properties")
    parts = properties.values() if isinstance(properties, Mapping) else ()
    return any(isinstance(part, Mapping) and part.get("format") == "binary" for part in parts)
