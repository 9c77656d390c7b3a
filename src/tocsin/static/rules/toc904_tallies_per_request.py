"""TOC904: what is used up is counted in an object that every request makes for itself."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.model.anomaly import Name
from tocsin.static.effect import Kind
from tocsin.static.entries import Trace
from tocsin.static.interpret.guards import FRESH
from tocsin.static.rules.base import Match, Observer, Sighting
from tocsin.static.world import World


def sightings(trace: Trace, world: World) -> Iterator[Sighting]:
    """Each verb that is asked of such an object."""
    for effect in trace.effects:
        if effect.kind is Kind.GUARDED and FRESH in effect.options:
            yield Sighting(
                effect,
                effect,
                Match(
                    "The tallies are made by the very request that consumes: nothing is ever used "
                    "up.",
                    confidence="high",
                    advice="Make one Tallies() for the process, in the module.",
                ),
            )


OBSERVER = Observer("TOC904", Name.LIMIT_OVERRUN, sightings)
