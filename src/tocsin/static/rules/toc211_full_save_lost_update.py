"""TOC211: every column of a row is written back, though only some were changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tocsin.model.anomaly import Name
from tocsin.model.verdict import Severity
from tocsin.static.effect import Effect, Kind
from tocsin.static.entries import GIVEN, Trace
from tocsin.static.models import Model
from tocsin.static.overlap import named
from tocsin.static.protections.locks import row_lock
from tocsin.static.protections.mutex import mutex
from tocsin.static.rules.base import Match, Observer, Sighting
from tocsin.static.uses import uses
from tocsin.static.window import Use, Window
from tocsin.static.windows import in_order
from tocsin.static.world import World


def sightings(trace: Trace, world: World) -> Iterator[Sighting]:
    """Full saves of rows of which somebody else changes what this one did not mean to."""
    for use in uses(trace.effects):
        model, check = use.effect.model, _loaded(trace, use)
        if not use.full or not use.columns or check is None or not isinstance(model, Model):
            continue
        if any(each.holds and each.text.endswith("._state.adding") for each in use.effect.guards):
            continue  # the row is new, whatever else it may be elsewhere
        others = model.columns - named(use.columns, model) - {*model.primary}
        endpoints = _others(trace, world, model, others)
        window = Window.seen(trace.entry, check, use.effect, trace.effects)
        held = (row_lock(window, world), mutex(window, world))
        if endpoints and not any(each is not None and each.closes for each in held):
            match = _match(world, model, others, endpoints)
            if check.verb == GIVEN:  # whoever loaded the row may have locked it
                match = replace(match, confidence="low")
            yield Sighting(check, use.effect, match)


def _loaded(trace: Trace, use: Use) -> Effect | None:
    """The read by which the row came into memory: the first, if one of several may have been."""
    found = [
        trace.effects[dep.source]
        for dep in in_order(use.effect.deps)
        if isinstance(dep.source, int) and dep.source < use.index and not dep.column
    ]
    reads = (e for e in found if e.kind is Kind.READ and e.item and e.verb not in _NO_ROW)
    mine = use.effect.item
    return next((e for e in reads if e.item and mine and e.item.name == mine.name), None)


_NO_ROW = frozenset({"count", "exists"})


def _others(trace: Trace, world: World, model: Model, columns: frozenset[str]) -> tuple[str, ...]:
    names = world.changing("database", model.table, columns)
    return tuple(name for name in names if name != trace.entry.endpoint)


def _match(world: World, model: Model, others: frozenset[str], endpoints: tuple[str, ...]) -> Match:
    """Sure where what is put back is a number that others count up or down."""
    counted = sorted(world.moving("database", model.table, others))
    name = model.name.rpartition(".")[2]
    what = f"{', '.join(counted)} of it" if counted else "other columns of it"
    return Match(
        f"{name} is saved with all its columns: {what}, which {', '.join(endpoints[:3])} changes, "
        "goes back to what it was when the row was read.",
        Severity.MEDIUM,
        "medium" if counted else "low",
        advice="Name what is meant: save(update_fields=[…]), or update() the columns in question.",
    )


OBSERVER = Observer("TOC211", Name.LOST_UPDATE, sightings)
