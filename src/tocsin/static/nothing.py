"""What adds up to nothing, though two requests do it: somebody is told, or something looked up."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.static.effect import Effect, Guard, Kind
from tocsin.static.window import Window
from tocsin.static.words import looks, says, sent
from tocsin.stores.calls.telling import SAYS, TELLS

Within = tuple[str, str]


def unsaid(window: Window, guard: Guard) -> Iterator[Effect]:
    """What is done because of a test, besides telling somebody something."""
    here, outside = (guard.number, guard.holds), _around(window, guard)
    for each in window.effects:
        hangs = any((g.number, g.holds) == here for g in each.guards)
        if hangs and not _told(each) and not any(map(says, _names(each, outside))):
            yield each


def _told(effect: Effect) -> bool:
    """Whether somebody is told something, by a call or by a row that is a message."""
    if effect.kind is Kind.WRITE and effect.verb == "insert" and effect.item is not None:
        return sent(effect.item.name)
    return effect.verb in {TELLS, SAYS}


def hanging(window: Window, guard: Guard) -> Iterator[Effect]:
    """What is done because of a test and may add up to something."""
    outside = _around(window, guard)
    return (each for each in unsaid(window, guard) if not _looked_up(each, outside))


def _around(window: Window, guard: Guard) -> frozenset[Within]:
    """The functions in which test and use are: their names say nothing of what else they do."""
    use = window.effects[window.use.index]
    entry = window.entry.function
    handler = (entry.module.path, entry.qualname)
    return frozenset({handler, *((e.path, e.function) for e in (guard.at, use.at, *use.sites))})


def _names(effect: Effect, outside: frozenset[Within]) -> list[str]:
    """The functions further in than test and use that an effect is in."""
    places = ((each.path, each.function) for each in (effect.at, *effect.sites))
    return [name.rpartition(".")[2] for path, name in places if (path, name) not in outside]


def _looked_up(effect: Effect, outside: frozenset[Within]) -> bool:
    """Whether something is looked up, by a name; what is written then counts, unless in memory."""
    if effect.kind is Kind.CALL and effect.verb:
        return True
    kept = effect.item is not None and effect.item.store in {"memory", "cache"}
    if effect.kind is not Kind.CALL and not (kept and effect.kind is Kind.WRITE):
        return False
    return any(map(looks, _names(effect, outside)))
