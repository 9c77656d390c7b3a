"""TOC906: a limit is asked when what it limits is done and committed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tocsin.model.anomaly import Name
from tocsin.static.effect import Effect, Kind, ScopeKind
from tocsin.static.entries import Trace
from tocsin.static.models import Model
from tocsin.static.rules.base import Match, Observer, Sighting
from tocsin.static.uses import uses
from tocsin.static.window import Use
from tocsin.static.world import World
from tocsin.stores.calls.guard import ATTEMPTS

_KEPT = frozenset({"database", "file"})


def sightings(trace: Trace, world: World) -> Iterator[Sighting]:
    """The first limit of a request, after a write that no rollback takes back."""
    effects = trace.effects
    for index, effect in enumerate(effects):
        if effect.kind is not Kind.GUARDED or effect.verb != "consume":
            continue
        done = next((u for u in uses(effects) if _done(effects, u, index)), None)
        if done is not None and ATTEMPTS not in effect.options:
            yield Sighting(
                effect,
                done.effect,
                Match(
                    "What is limited here is done and committed before: who is over the limit is "
                    "refused when it has happened.",
                    advice="Consume first, in the transaction of the effect where there is one.",
                ),
            )
        return


def _done(effects: Sequence[Effect], use: Use, index: int) -> bool:
    """Whether a write stands before the limit, and stays when that refuses."""
    effect, limit = use.effect, effects[index]
    if use.index > index or effect.item is None or effect.item.store not in _KEPT:
        return False
    if {(g.number, not g.holds) for g in effect.guards} & {
        (g.number, g.holds) for g in limit.guards
    }:
        return False
    if effect.item.store == "file" or _alone(effect):
        return True
    between = effects[use.index + 1 : index]
    return any(
        each.kind is Kind.COMMIT and each.session in {"", effect.session} for each in between
    )


def _alone(effect: Effect) -> bool:
    """Whether a write is a transaction of its own: Django's outside ``atomic``."""
    django = isinstance(effect.model, Model) and effect.model.kind == "django"
    return django and not effect.inside(ScopeKind.TRANSACTION)


OBSERVER = Observer("TOC906", Name.LIMIT_OVERRUN, sightings)
