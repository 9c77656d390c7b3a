"""TOC901: a guard refuses, and the request goes on."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.static.effect import Effect, Kind, ScopeKind
from tocsin.static.entries import Trace
from tocsin.static.rules.base import Match, Observer, Sighting
from tocsin.static.uses import uses
from tocsin.static.world import World
from tocsin.stores.calls.guard import CATCHES


def sightings(trace: Trace, world: World) -> Iterator[Sighting]:
    """The first write after a handler that gets the refusal and does nothing about it."""
    for index, effect in enumerate(trace.effects):
        scope = _ignoring(effect)
        if effect.kind is not Kind.GUARDED or scope is None:
            continue
        later = (each for each in uses(trace.effects) if each.index > index)
        use = next((each for each in later if not _inside(each.effect, scope)), None)
        if use is not None:
            yield Sighting(
                effect,
                use.effect,
                Match(
                    f"What {effect.verb}() refuses by raising is caught here, and the request "
                    "writes all the same: the guard decides nothing.",
                    confidence="high",
                    advice="Let the refusal go, or answer it: whoever is refused does nothing.",
                ),
            )


def _ignoring(effect: Effect) -> int | None:
    """The block around a guard whose handler goes on, by its number."""
    return next(
        (each.number for each in effect.inside(ScopeKind.TRY) if CATCHES & set(each.ignored)), None
    )


def _inside(effect: Effect, scope: int) -> bool:
    return any(each.number == scope for each in effect.scopes)


OBSERVER = Observer("TOC901", None, sightings)
