"""Wrong shapes, said in one sentence that names the key.

msgspec would refuse them too, but names neither the entry of a table nor the nearest known key.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping

from msgspec import inspect

from tocsin.config.expand import join
from tocsin.errors import UsageError

_WORDS: tuple[tuple[type, str], ...] = (
    (bool, "true or false"),
    (str, "text"),
    (int, "a whole number"),
    (float, "a number"),
    (list, "a list"),
    (dict, "a table"),
)


def check(value: object, expected: inspect.Type, key: str = "") -> None:
    """Raise a `UsageError` for the first thing in ``value`` that is not as ``expected``."""
    match expected:
        case inspect.Metadata(type=inner):
            check(value, inner, key)
        case inspect.AnyType() | inspect.NoneType():
            return
        case inspect.StructType():
            _check_struct(value, expected, key)
        case inspect.DictType():
            for name, item in _table(value, expected, key).items():
                check(item, expected.value_type, join(key, name))
        case inspect.VarTupleType():
            _check_list(value, expected, key)
        case inspect.TupleType(item_types=types):
            if not isinstance(value, list):
                raise _wrong(value, expected, key)
            if len(value) != len(types):
                raise UsageError(f"{key}: must be {_describe(expected)}, not of {len(value)}")
            for index, (item, item_type) in enumerate(zip(value, types, strict=True)):
                check(item, item_type, f"{key}[{index}]")
        case inspect.UnionType(types=types):
            _check_union(value, types, key)
        case inspect.LiteralType(values=values):
            if value not in values:
                raise UsageError(
                    f"{key}: must be one of {', '.join(map(str, values))}, not {value!r}"
                    + nearest(str(value), map(str, values))
                )
        case _:
            _check_scalar(value, expected, key)


def nearest(name: str, known: Iterable[str], cutoff: float = 0.5) -> str:
    """``; did you mean 'x'?``, or nothing when no known name is near."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=cutoff)
    return f"; did you mean {close[0]!r}?" if close else ""


def _check_struct(value: object, expected: inspect.StructType, key: str) -> None:
    table = _table(value, expected, key)
    fields = {field.encode_name: field for field in expected.fields}
    for name, item in table.items():
        if name not in fields:
            where = f"in {key}" if key else "at the top"
            raise UsageError(f"unknown key {name!r} {where}" + nearest(name, fields))
        check(item, fields[name].type, join(key, name))
    for name, field in fields.items():
        if field.required and name not in table:
            raise UsageError(f"{key}: {name!r} is missing")


def _check_list(value: object, expected: inspect.VarTupleType, key: str) -> None:
    if not isinstance(value, list):
        raise _wrong(value, expected, key)
    if len(value) < (expected.min_length or 0):
        raise UsageError(f"{key}: must not be empty")
    for index, item in enumerate(value):
        check(item, expected.item_type, f"{key}[{index}]")


def _check_union(value: object, types: Iterable[inspect.Type], key: str) -> None:
    choices = [_bare(t) for t in types if not isinstance(t, inspect.NoneType)]
    like = [choice for choice in choices if _describe(choice) == _name(value)]
    if len(choices) == 1 or len(like) == 1:
        check(value, (like or choices)[0], key)
    elif not any(_accepts(value, choice) for choice in choices):
        words = dict.fromkeys(_describe(choice) for choice in choices)
        raise UsageError(f"{key}: must be {' or '.join(words)}, not {_name(value)}")


def _accepts(value: object, expected: inspect.Type) -> bool:
    try:
        check(value, expected)
    except UsageError:
        return False
    return True


def _check_scalar(value: object, expected: inspect.Type, key: str) -> None:
    kind = _name(value)
    wanted = _describe(expected)
    if kind != wanted and (kind, wanted) != ("a whole number", "a number"):
        raise _wrong(value, expected, key)
    if isinstance(expected, inspect.StrType) and isinstance(value, str):
        if expected.pattern and not re.search(expected.pattern, value):
            raise UsageError(f"{key}: {value!r} does not look like {_example(expected.pattern)}")
        if len(value) < (expected.min_length or 0):
            raise UsageError(f"{key}: must not be empty")
    if isinstance(expected, inspect.IntType | inspect.FloatType) and isinstance(value, int | float):
        if expected.ge is not None and value < expected.ge:
            raise UsageError(f"{key}: must be at least {expected.ge}, not {value}")
        if expected.gt is not None and value <= expected.gt:
            raise UsageError(f"{key}: must be more than {expected.gt}, not {value}")


def _table(value: object, expected: inspect.Type, key: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise _wrong(value, expected, key)
    return value


def _wrong(value: object, expected: inspect.Type, key: str) -> UsageError:
    return UsageError(f"{key}: must be {_describe(expected)}, not {_name(value)}")


def _bare(expected: inspect.Type) -> inspect.Type:
    return expected.type if isinstance(expected, inspect.Metadata) else expected


def _describe(expected: inspect.Type) -> str:
    match expected:
        case inspect.StrType():
            return "text"
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType():
            return "a whole number"
        case inspect.FloatType():
            return "a number"
        case inspect.TupleType(item_types=types):
            return f"a list of {len(types)} values"
        case inspect.VarTupleType():
            return "a list"
        case _:
            return "a table"


def _name(value: object) -> str:
    return next((word for kind, word in _WORDS if isinstance(value, kind)), type(value).__name__)


def _example(pattern: str) -> str:
    return "'METHOD /path'" if "[A-Z]+ " in pattern else "'package.module:name'"
