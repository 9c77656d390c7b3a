"""TOC305: a path is checked, and handed to what runs later."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.model.verdict import Severity
from tocsin.static.effect import Effect, Kind
from tocsin.static.entries import Trace
from tocsin.static.rules.base import Match, Observer, Sighting
from tocsin.static.world import World


def sightings(trace: Trace, world: World) -> Iterator[Sighting]:
    """Jobs that are given a path which was tested before they run."""
    for effect in trace.effects:
        if effect.kind is not Kind.SPAWN or effect.item is None:
            continue
        check = _checked(trace, effect)
        if check is not None:
            yield Sighting(
                check,
                effect,
                Match(
                    f"{effect.item.name} is looked at, and handed to what runs later: the answer "
                    "is of unknown age when the path is used.",
                    Severity.LOW,
                    advice="Hand over an open file, or look where it is opened.",
                ),
            )


def _checked(trace: Trace, effect: Effect) -> Effect | None:
    sources = {dep.source for guard in effect.guards for dep in guard.deps}
    for index, each in enumerate(trace.effects):
        if index in sources and each.kind is Kind.READ and each.item == effect.item:
            return each
    return None


OBSERVER = Observer("TOC305", None, sightings)
