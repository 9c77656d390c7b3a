"""A column and the value that is written into it."""

from __future__ import annotations

import re

from tocsin.static.effect import Written
from tocsin.static.term import short
from tocsin.static.value import REST, Column, Constant, Fields, Value


def written(name: str, value: Value) -> Written:
    """What a write of this value depends on, and who calculates it.

    A container that was copied, and had a part put into it, is what it was with that part.
    """
    deps, term = value.deps, value.term
    parts = value.data.parts if isinstance(value.data, Fields) else ()
    if deps and len(parts) > 1 and parts[0][0] == REST:
        deps = deps.union(*(each.deps for _, each in parts[1:]))
        term = short(f"({term} | …)")
    return Written(
        name,
        deps,
        relative=isinstance(value.data, Column),
        term=term,
        constant=isinstance(value.data, Constant) or _named_constant(value),
    )


def parts_written(name: str, value: Value) -> tuple[Written, ...]:
    """The same, one for a container that was copied and one for each part put into it.

    What was computed from an earlier read may be one of these, and the container be a fresh one.
    """
    parts = value.data.parts if isinstance(value.data, Fields) else ()
    if not value.deps or len(parts) < 2 or parts[0][0] != REST:
        return (written(name, value),)
    whole = Written(name, value.deps, term=short(f"({value.term} | …)"))
    return whole, *(Written(name, each.deps, term=each.term) for _, each in parts[1:] if each.deps)


UNSEEN = frozenset({"unseen"})
"""The option of an insertion that has more columns than are known."""


def unseen(values: tuple[tuple[str, Value], ...]) -> frozenset[str]:
    """The option of a row that is made of ``**data``, of which not all names are known."""
    return UNSEEN if any(name == REST for name, _ in values) else frozenset()


def named(values: tuple[tuple[str, Value], ...]) -> tuple[tuple[str, Value], ...]:
    """The columns that are known by name."""
    return tuple(each for each in values if each[0] != REST)


_NAMED = re.compile(r"^[A-Za-z_][\w.]*\.[A-Z][A-Z0-9_]*(?:\.(?:value|name))?$")


def _named_constant(value: Value) -> bool:
    """``Status.DONE``, ``Status.DONE.value``: written once, in the source."""
    return not value.deps and _NAMED.match(value.term) is not None
