"""TOC903: an attempt is taken from the limit when the secret has been compared already."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.model.anomaly import Name
from tocsin.static.effect import Effect, Guard, Kind
from tocsin.static.entries import Trace
from tocsin.static.rules.base import Match, Observer, Sighting
from tocsin.static.world import World
from tocsin.stores.calls.guard import ATTEMPTS

_LOGINS = frozenset({"401", "403"})


def sightings(trace: Trace, world: World) -> Iterator[Sighting]:
    """An attempt that counts only where the login is refused."""
    for effect in trace.effects:
        if effect.kind is not Kind.GUARDED or ATTEMPTS not in effect.options:
            continue
        if any(_refused(trace, guard) for guard in effect.guards if not guard.refusal):
            yield Sighting(
                effect,
                effect,
                Match(
                    "The attempt is counted after the secret was compared, and only when it was "
                    "wrong: all who try at once are compared before the first of them counts.",
                    advice="Consume the attempt first, compare then, and reset on success.",
                ),
            )


def _refused(trace: Trace, guard: Guard) -> bool:
    """Whether the branch in which this holds answers that nobody is logged in."""
    return any(
        each.kind is Kind.RESPOND and each.verb in _LOGINS and _after(each, guard)
        for each in trace.effects
    )


def _after(effect: Effect, guard: Guard) -> bool:
    return any((g.number, g.holds) == (guard.number, guard.holds) for g in effect.guards)


OBSERVER = Observer("TOC903", Name.LIMIT_OVERRUN, sightings)
