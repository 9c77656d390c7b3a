"""Whether a value fits a JSON Schema: the part of the vocabulary that bodies are described with."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from fractions import Fraction

Json = Mapping[str, object]


def resolved(schema: object, root: Json) -> Json:
    """The schema itself, or what its local reference (``#/$defs/Order``) names."""
    found: object = schema
    for _ in range(16):
        if not isinstance(found, Mapping):
            return {}
        reference = found.get("$ref")
        if not isinstance(reference, str):
            return found
        target: object = root
        for part in reference.removeprefix("#").strip("/").split("/"):
            target = target.get(part, {}) if isinstance(target, Mapping) else {}
        found = target
    return {}


def fits(value: object, schema: object, root: Json | None = None) -> bool:
    """Whether a server that validates against the schema lets this value in."""
    if isinstance(schema, bool):
        return schema
    if not isinstance(schema, Mapping):
        return True
    if root is None:
        try:
            return fits(value, schema, schema)
        except RecursionError:
            return False  # it is described by nothing but itself
    schema = resolved(schema, root)
    return (
        _fits_choice(value, schema)
        and _fits_type(value, schema.get("type"))
        and _fits_combination(value, schema, root)
        and _fits_kind(value, schema, root)
    )


def same(one: object, other: object) -> bool:
    """JSON equality: ``true`` is no ``1``."""
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def types_of(schema: Json) -> tuple[str, ...]:
    """The declared types."""
    declared = schema.get("type")
    if isinstance(declared, str):
        return (declared,)
    return tuple(str(one) for one in declared) if isinstance(declared, (list, tuple)) else ()


def number(schema: Json, keyword: str) -> Fraction | None:
    """A numeric keyword, exactly."""
    value = schema.get(keyword)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return Fraction(str(value))


def _fits_choice(value: object, schema: Json) -> bool:
    if "const" in schema and not same(value, schema["const"]):
        return False
    choices = schema.get("enum")
    return not isinstance(choices, (list, tuple)) or any(same(value, one) for one in choices)


def _fits_type(value: object, declared: object) -> bool:
    names = (declared,) if isinstance(declared, str) else declared
    if not isinstance(names, (list, tuple)) or not names:
        return True
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    numeric = isinstance(value, (int, float)) and not isinstance(value, bool)
    holds = {
        "null": value is None,
        "boolean": isinstance(value, bool),
        "integer": numeric and whole,
        "number": numeric,
        "string": isinstance(value, str),
        "array": isinstance(value, (list, tuple)),
        "object": isinstance(value, Mapping),
    }
    return any(holds.get(str(name), True) for name in names)


def _fits_combination(value: object, schema: Json, root: Json) -> bool:
    every = schema.get("allOf")
    if isinstance(every, list) and not all(fits(value, part, root) for part in every):
        return False
    some = schema.get("anyOf")
    if isinstance(some, list) and not any(fits(value, part, root) for part in some):
        return False
    one = schema.get("oneOf")
    if isinstance(one, list) and sum(fits(value, part, root) for part in one) != 1:
        return False
    return "not" not in schema or not fits(value, schema["not"], root)


def _fits_kind(value: object, schema: Json, root: Json) -> bool:
    if isinstance(value, bool) or value is None:
        return True
    if isinstance(value, (int, float)):
        return _fits_number(value, schema)
    if isinstance(value, str):
        return _fits_text(value, schema)
    if isinstance(value, (list, tuple)):
        return _fits_array(list(value), schema, root)
    return not isinstance(value, Mapping) or _fits_object(value, schema, root)


def _fits_number(value: float, schema: Json) -> bool:
    exact = Fraction(str(value))
    least, most = number(schema, "minimum"), number(schema, "maximum")
    above, below = number(schema, "exclusiveMinimum"), number(schema, "exclusiveMaximum")
    step = number(schema, "multipleOf")
    return (
        (least is None or exact >= least)
        and (most is None or exact <= most)
        and (above is None or exact > above)
        and (below is None or exact < below)
        and (not step or (exact / step).denominator == 1)
    )


def _fits_text(value: str, schema: Json) -> bool:
    least, most = number(schema, "minLength"), number(schema, "maxLength")
    if (least is not None and len(value) < least) or (most is not None and len(value) > most):
        return False
    pattern = schema.get("pattern")
    try:
        return not isinstance(pattern, str) or re.search(pattern, value) is not None
    except re.error:
        return True  # ECMAScript that Python cannot read: the server will say


def _fits_array(value: list[object], schema: Json, root: Json) -> bool:
    least, most = number(schema, "minItems"), number(schema, "maxItems")
    if (least is not None and len(value) < least) or (most is not None and len(value) > most):
        return False
    distinct = all(
        not same(one, other) for index, one in enumerate(value) for other in value[:index]
    )
    if schema.get("uniqueItems") is True and not distinct:
        return False
    first = schema.get("prefixItems")
    first = first if isinstance(first, list) else []
    later = schema.get("items", True)
    expected = [*first, *[later] * max(0, len(value) - len(first))]
    return all(fits(part, one, root) for part, one in zip(value, expected, strict=False))


def _fits_object(value: Mapping[object, object], schema: Json, root: Json) -> bool:
    required = schema.get("required")
    if isinstance(required, (list, tuple)) and not all(name in value for name in required):
        return False
    least, most = number(schema, "minProperties"), number(schema, "maxProperties")
    if (least is not None and len(value) < least) or (most is not None and len(value) > most):
        return False
    declared = schema.get("properties")
    declared = declared if isinstance(declared, Mapping) else {}
    other = schema.get("additionalProperties", True)
    return all(fits(part, declared.get(name, other), root) for name, part in value.items())
