"""A column and the value that is written into it."""

from __future__ import annotations

import re

from tocsin.static.effect import Written
from tocsin.static.value import Column, Constant, Value


def written(name: str, value: Value) -> Written:
    """What a write of this value depends on, and who calculates it."""
    return Written(
        name,
        value.deps,
        relative=isinstance(value.data, Column),
        term=value.term,
        constant=isinstance(value.data, Constant) or _named_constant(value),
    )


_NAMED = re.compile(r"^[A-Za-z_][\w.]*\.[A-Z][A-Z0-9_]*(?:\.(?:value|name))?$")


def _named_constant(value: Value) -> bool:
    """``Status.DONE``, ``Status.DONE.value``: written once, in the source."""
    return not value.deps and _NAMED.match(value.term) is not None
