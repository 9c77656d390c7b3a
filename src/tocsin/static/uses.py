"""The uses in a trace: every write, with the columns that it sets and where they came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from tocsin.static.effect import Effect, Kind, Written
from tocsin.static.interpret.rows import FULL
from tocsin.static.models import Model
from tocsin.static.window import Use

MAPPERS = frozenset({"sqlalchemy", "sqlmodel"})
"""Libraries that write a changed row by themselves, without being told to save it."""


def uses(effects: Sequence[Effect]) -> Iterator[Use]:
    """Writes, in order. What was set on a row counts where the row is stored."""
    for index, effect in enumerate(effects):
        if effect.kind is Kind.WRITE and effect.item is not None:
            if effect.verb == "save":
                yield _saved(effects, index, effect)
            else:
                yield Use(index, effect, effect.written)
        elif effect.kind is Kind.SET and _flushed(effect):
            yield Use(index, effect, effect.written)


def _flushed(effect: Effect) -> bool:
    return isinstance(effect.model, Model) and effect.model.kind in MAPPERS


def _saved(effects: Sequence[Effect], index: int, effect: Effect) -> Use:
    """``row.save()`` stores what was set on the row since it was loaded."""
    row = effect.item.row if effect.item else ""
    written = {each.column: each for each in effect.written}
    for earlier in effects[:index]:
        if earlier.kind is Kind.SET and earlier.item is not None and earlier.item.row == row:
            for each in earlier.written:
                if not effect.columns or each.column in effect.columns:
                    written[each.column] = each
    for name in effect.columns:
        written.setdefault(name, Written(name))
    if _copied(effect, written):
        item = replace(effect.item, where=(), row="") if effect.item else None
        made = replace(effect, verb="insert", item=item, options=effect.options - {FULL})
        return Use(index, made, tuple(written.values()))
    return Use(index, effect, tuple(written.values()), FULL in effect.options)


def _copied(effect: Effect, written: Mapping[str, Written]) -> bool:
    """Whether the key was taken off the row, so that saving it makes another one."""
    keys = {"pk", *(effect.model.primary if isinstance(effect.model, Model) else ())}
    return any(written[each].term == "None" for each in keys & written.keys())
