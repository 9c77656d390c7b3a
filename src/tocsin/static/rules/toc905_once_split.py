"""TOC905: what is carried out once commits before its answer is kept."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.model.anomaly import Name
from tocsin.model.verdict import Severity
from tocsin.static.effect import Kind
from tocsin.static.entries import Trace
from tocsin.static.interpret.guards import COMMITTED
from tocsin.static.rules.base import Match, Observer, Sighting
from tocsin.static.world import World


def sightings(trace: Trace, world: World) -> Iterator[Sighting]:
    """Each once() whose work commits."""
    for effect in trace.effects:
        if effect.kind is Kind.GUARDED and COMMITTED in effect.options:
            yield Sighting(
                effect,
                effect,
                Match(
                    "What once() carries out commits by itself: if the process dies before the "
                    "answer is kept, the request is carried out again.",
                    Severity.MEDIUM,
                    "high",
                    advice="Use the session that once() was given; commit when it has returned.",
                ),
            )


OBSERVER = Observer("TOC905", Name.DOUBLE_SUBMIT, sightings)
