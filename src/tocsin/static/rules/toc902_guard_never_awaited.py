"""TOC902: an awaited verb of a guard that nobody awaits."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.static.effect import Kind
from tocsin.static.entries import Trace
from tocsin.static.interpret.guards import NEVER_AWAITED
from tocsin.static.rules.base import Match, Observer, Sighting
from tocsin.static.world import World


def sightings(trace: Trace, world: World) -> Iterator[Sighting]:
    """Each such call."""
    for effect in trace.effects:
        if effect.kind is Kind.GUARDED and NEVER_AWAITED in effect.options:
            yield Sighting(
                effect,
                effect,
                Match(
                    f"{effect.verb}() is called and never awaited: it asks nothing and refuses "
                    "nobody.",
                    confidence="high",
                    advice=f"Write await before {effect.verb}(…).",
                ),
            )


OBSERVER = Observer("TOC902", None, sightings)
