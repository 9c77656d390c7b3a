"""A column and the value that is written into it."""

from __future__ import annotations

from tocsin.static.effect import Written
from tocsin.static.value import Column, Constant, Value


def written(name: str, value: Value) -> Written:
    """What a write of this value depends on, and who calculates it."""
    return Written(
        name,
        value.deps,
        relative=isinstance(value.data, Column),
        term=value.term,
        constant=isinstance(value.data, Constant),
    )
