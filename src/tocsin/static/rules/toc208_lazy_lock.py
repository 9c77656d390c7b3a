"""TOC208: a query that would lock is built, and never run."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.model.anomaly import Name
from tocsin.static.effect import Effect, Kind, ScopeKind
from tocsin.static.entries import Trace
from tocsin.static.overlap import same_store
from tocsin.static.rules.base import Judge, Match, Observer, Sighting, item
from tocsin.static.window import Protection, Window
from tocsin.static.windows import windows
from tocsin.static.world import World


def match(window: Window) -> Match | None:
    lazy = window.flawed("lazy")
    if window.store != "database" or lazy is None or not window.own:
        return None
    if "lock dropped" in window.check.options:
        return Match(
            f"{item(window)} is counted with select_for_update(), which Django leaves out of a "
            "query that gives no rows: nothing is locked.",
            confidence="high",
        )
    return Match(
        f"The query in line {lazy.at.line} would lock {item(window)}, but nobody runs it: nothing "
        "is locked when the row is tested and written.",
        confidence="high",
    )


def sightings(trace: Trace, world: World) -> Iterator[Sighting]:
    """A lock that nobody takes, though rows are written for which it was meant.

    Where what was read of the rows decides on that, there is a window, and the judge's; but that
    may be in a function far off.
    """
    built = [(i, e) for i, e in enumerate(trace.effects) if e.kind is Kind.BUILT and e.item]
    if not built:
        return
    known = {flaw.at for each in windows(trace, world) if (flaw := _told(each)) is not None}
    for index, each in built:
        use = next((u for u in trace.effects[index + 1 :] if _writes(u, each)), None)
        if use is not None and each.item is not None and each.at not in known:
            table = each.item.name.rpartition(".")[2]
            match = Match(
                f"The query would lock {table}, but nobody runs it: nothing is locked when the "
                "rows are written.",
                confidence="high",
            )
            yield Sighting(each, use, match)


def _told(window: Window) -> Protection | None:
    """The lock that nobody takes, if a window is told of because of it, in its own function."""
    lazy = window.flawed("lazy")
    if lazy is None or not window.own or window.closed or window.store != "database":
        return None
    places = (window.check.at, window.use.effect.at)
    mine = (lazy.at.path, lazy.at.function)
    return lazy if mine in {(each.path, each.function) for each in places} else None


def _writes(effect: Effect, lock: Effect) -> bool:
    """Whether it writes such rows in the transaction for which the lock was meant.

    What the database adds to a column needs no lock.
    """
    if effect.written and all(each.relative for each in effect.written):
        return False
    block = {each.number for each in lock.inside(ScopeKind.TRANSACTION)}
    return (
        effect.kind is Kind.WRITE
        and effect.verb != "insert"
        and same_store(effect, lock)
        and block <= {each.number for each in effect.scopes}
    )


JUDGE = Judge("TOC208", Name.DOUBLE_SUBMIT, match)
OBSERVER = Observer("TOC208", Name.LOST_UPDATE, sightings)
