"""What a bare test of an object tells: whether it was made, and nothing of what is in it."""

from __future__ import annotations

from dataclasses import replace

from tocsin.source.names import inherited
from tocsin.static.interpret.frame import Frame
from tocsin.static.interpret.watched import Watched
from tocsin.static.value import Data, Dep, Deps, Fields, Row, Value

_OWN_TRUTH = ("__bool__", "__len__", "__eq__")


def presence(frame: Frame, value: Value) -> Value:
    """``if quote:``, of a ``Quote`` made from a row, asks for the row; its columns decide nothing.

    Where whatever decided it is not known, it is taken to be the first of the reads.
    """
    if isinstance(value, Watched) or not isinstance(value.data, Fields) or not value.deps:
        return value
    symbol = frame.machine.classes.get(value.type)
    if symbol is None or any(inherited(frame.machine.project, symbol, n) for n in _OWN_TRUTH):
        return value
    held = frozenset(dep for _, each in value.data.parts for dep in each.deps)
    return replace(value, deps=_decided(value.deps, held))


def _decided(deps: Deps, held: Deps) -> Deps:
    outside = deps - held
    if any(isinstance(each.source, int) for each in outside):
        return outside
    reads = sorted(each.source for each in deps if isinstance(each.source, int))
    return outside | {Dep(each) for each in reads[:1]}


def found_or_made(one: Data | None, other: Data | None) -> Row | None:
    """A row that is new, or the one that was found."""
    if not isinstance(one, Row) or not isinstance(other, Row) or one.model != other.model:
        return None
    found, made = (other, one) if one.new else (one, other)
    if found.new or not (made.new or made.maybe or found.maybe):
        return None
    return replace(found, values=made.values or found.values, maybe=True)
