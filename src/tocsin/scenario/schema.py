"""Values out of a JSON Schema: few, plain and always the same ones."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

from tocsin.scenario.fitting import fits, number, resolved, types_of
from tocsin.scenario.pattern import sample

Json = Mapping[str, object]
Named = Callable[[str, Json], Iterator[object]]
"""Better values for a property of this name: rows, conventions."""

DEPTH = 6
BRANCHES = 4

FORMATS: Mapping[str, tuple[str, ...]] = {
    "email": ("tocsin@example.com", "tocsin2@example.com", "tocsin3@example.com"),
    "uuid": ("00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"),
    "date-time": ("2030-01-01T00:00:00Z",),
    "date": ("2030-01-01",),
    "time": ("12:00:00",),
    "duration": ("PT1H",),
    "django-duration": ("01:00:00",),
    "uri": ("https://example.com/",),
    "url": ("https://example.com/",),
    "hostname": ("example.com",),
    "ipv4": ("192.0.2.1",),
    "ipv6": ("2001:db8::1",),
    "decimal": ("1", "2"),
    "byte": ("dG9jc2lu",),
    "password": ("Tocsin-2030!",),
    "path": ("tocsin.txt",),
}
WORDS = ("tocsin", "tocsin2", "tocsin3")


def named_by_nothing(name: str, schema: Json) -> Iterator[object]:  # noqa: ARG001 - a `Named`
    """No better values than the schema's own."""
    yield from ()


def declared(schema: Json) -> Iterator[object]:
    """What the author of the schema wrote down: constants, examples, choices, the default."""
    if "const" in schema:
        yield schema["const"]
    for keyword in ("examples", "enum"):
        values = schema.get(keyword)
        if isinstance(values, (list, tuple)):
            yield from values
        if keyword == "examples" and "example" in schema:
            yield schema["example"]
    if schema.get("default") is not None:
        yield schema["default"]


def generate(schema: object, named: Named = named_by_nothing) -> Iterator[object]:
    """Instances of the schema, the plainest first. May be none: not every schema can be met."""
    if schema is False:
        return
    root: Json = schema if isinstance(schema, Mapping) else {}
    seen: list[object] = []
    try:
        for value in _instances(root, root, named, DEPTH):
            if value not in seen and fits(value, root):
                seen.append(value)
                yield value
    except RecursionError:
        return  # it is described by nothing but itself


def _instances(schema: object, root: Json, named: Named, depth: int) -> Iterator[object]:
    plain = resolved(schema, root)
    if depth <= 0:
        return
    yield from declared(plain)
    if "const" in plain or "enum" in plain:
        return
    for branch in _branches(plain, root):
        for kind in _kinds(branch):
            yield from itertools.islice(_of_kind(kind, branch, root, named, depth), BRANCHES)


def _branches(schema: Json, root: Json) -> Iterator[Json]:
    """The schema without ``allOf``, ``anyOf`` and ``oneOf``: one for every choice."""
    merged = dict(schema)
    for part in _list(merged.pop("allOf", None)):
        merged = _merge(merged, resolved(part, root))
    for keyword in ("oneOf", "anyOf"):
        choices = [resolved(choice, root) for choice in _list(merged.pop(keyword, None))]
        if choices:
            choices.sort(key=lambda choice: choice.get("type") == "null")
            for choice in choices:
                yield from _branches(_merge(merged, choice), root)
            return
    if "allOf" in merged:
        yield from _branches(merged, root)
    else:
        yield merged


def _merge(one: Json, other: Json) -> dict[str, object]:
    both = {**one, **other}
    properties = {**_mapping(one.get("properties")), **_mapping(other.get("properties"))}
    required = [*_list(one.get("required")), *_list(other.get("required"))]
    if properties:
        both["properties"] = properties
    if required:
        both["required"] = list(dict.fromkeys(required))
    for keyword, sign in (("minimum", 1), ("minLength", 1), ("maximum", -1), ("maxLength", -1)):
        mine, theirs = number(one, keyword), number(other, keyword)
        if mine is not None and theirs is not None and sign * mine > sign * theirs:
            both[keyword] = one[keyword]
    return both


def _kinds(schema: Json) -> tuple[str, ...]:
    if types := types_of(schema):
        return tuple(sorted(types, key=lambda name: name == "null"))
    if schema.get("properties") or schema.get("required"):
        return ("object",)
    if "items" in schema or "prefixItems" in schema:
        return ("array",)
    if {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"} & set(schema):
        return ("number",)
    if {"pattern", "format", "minLength", "maxLength"} & set(schema):
        return ("string",)
    return ("string", "integer", "object", "array", "boolean", "null")


def _of_kind(kind: str, schema: Json, root: Json, named: Named, depth: int) -> Iterator[object]:
    if kind == "string":
        yield from _texts(schema)
    elif kind in {"integer", "number"}:
        yield from _numbers(schema, whole=kind == "integer")
    elif kind == "boolean":
        yield from (True, False)
    elif kind == "array":
        yield from _arrays(schema, root, named, depth)
    elif kind == "object":
        yield from _objects(schema, root, named, depth)
    elif kind == "null":
        yield None


def _numbers(schema: Json, *, whole: bool) -> Iterator[object]:
    least, most = number(schema, "minimum"), number(schema, "maximum")
    above, below = number(schema, "exclusiveMinimum"), number(schema, "exclusiveMaximum")
    step = number(schema, "multipleOf") or Fraction(1)
    tries = [Fraction(1), Fraction(2), Fraction(0), step]
    for low in (least, above):
        if low is not None:
            tries += [low, low + step, -(-low // step) * step, (low // step + 1) * step, low + 1]
    for high in (most, below):
        if high is not None:
            tries += [high, high - step, high // step * step, (-(-high // step) - 1) * step]
    lows = [low for low in (least, above) if low is not None]
    highs = [high for high in (most, below) if high is not None]
    if lows and highs:
        tries.append((max(lows) + min(highs)) / 2)
    for value in tries:
        if value.denominator == 1:
            whole_value = int(value)
            if fits(whole_value, {**schema, "type": "number"}):
                yield whole_value
        elif not whole and fits(float(value), {**schema, "type": "number"}):
            yield float(value)


def _texts(schema: Json) -> Iterator[object]:
    least = int(number(schema, "minLength") or 0)
    longest = number(schema, "maxLength")
    if isinstance(pattern := schema.get("pattern"), str):
        text = sample(pattern)
        if text is not None:
            yield text
            yield (text + text[-1:] * (least - len(text))) if text else text
    for text in (*FORMATS.get(str(schema.get("format")), ()), *WORDS):
        padded = text + "x" * max(0, least - len(text))
        yield padded if longest is None else padded[: int(longest)]


def _arrays(schema: Json, root: Json, named: Named, depth: int) -> Iterator[object]:
    first = [
        next(_fitting(part, root, named, depth), None) for part in _list(schema.get("prefixItems"))
    ]
    least, most = number(schema, "minItems"), number(schema, "maxItems")
    size = max(int(least or 0), 1 if most is None or most >= 1 else 0) - len(first)
    items = list(
        itertools.islice(_fitting(schema.get("items", {}), root, named, depth), max(size, 1))
    )
    if size > 0 and items:
        distinct = schema.get("uniqueItems") is True
        filling = items if distinct else list(itertools.islice(itertools.cycle(items), size))
        yield [*first, *filling[:size]]
    yield first


def _objects(schema: Json, root: Json, named: Named, depth: int) -> Iterator[object]:
    properties = _mapping(schema.get("properties"))
    required = [str(name) for name in _list(schema.get("required"))]
    for names in (required, [*required, *(name for name in properties if name not in required)]):
        made: dict[str, object] = {}
        for name in names:
            part = properties.get(name, {})
            better = named(name, resolved(part, root))
            own = _fitting(part, root, named, depth)
            value = next(
                itertools.chain((one for one in better if fits(one, part, root)), own), made
            )
            if value is not made:
                made[name] = value
        yield made


def _fitting(part: object, root: Json, named: Named, depth: int) -> Iterator[object]:
    return (one for one in _instances(part, root, named, depth - 1) if fits(one, part, root))


def _mapping(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, (list, tuple)) else []
