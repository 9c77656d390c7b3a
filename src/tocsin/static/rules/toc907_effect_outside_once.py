"""TOC907: a request that is carried out once does something more, each time it is sent."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.model.anomaly import Name
from tocsin.model.verdict import Severity
from tocsin.static.effect import Kind
from tocsin.static.entries import Trace
from tocsin.static.rules.base import Match, Observer, Sighting
from tocsin.static.uses import uses
from tocsin.static.world import World

_KEPT = frozenset({"database", "file"})


def sightings(trace: Trace, world: World) -> Iterator[Sighting]:
    """The first write behind a once() that nothing keeps from a replay."""
    for index, effect in enumerate(trace.effects):
        if effect.kind is not Kind.GUARDED or effect.verb != "once":
            continue
        later = next(
            (
                each
                for each in uses(trace.effects)
                if each.index > index
                and each.effect.item is not None
                and each.effect.item.store in _KEPT
                and set(each.effect.guards) <= set(effect.guards)
            ),
            None,
        )
        if later is not None:
            yield Sighting(
                effect,
                later.effect,
                Match(
                    "This write stands behind once(), not in its work: it is done again each time "
                    "the request is sent again.",
                    Severity.MEDIUM,
                    advice="Put it into the work of once(): what is there is done the first time.",
                ),
            )
            return


OBSERVER = Observer("TOC907", Name.DOUBLE_SUBMIT, sightings)
