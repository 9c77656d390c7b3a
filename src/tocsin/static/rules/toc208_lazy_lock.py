"""TOC208: a query that would lock is built, and never run."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.model.anomaly import Name
from tocsin.static.effect import Effect, Kind, ScopeKind
from tocsin.static.entries import GIVEN, Trace
from tocsin.static.overlap import same_store
from tocsin.static.rules.base import Judge, Match, Observer, Sighting, item
from tocsin.static.window import Window
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
    """A lock that nobody takes, where no read of the rows is seen: what is written was handed in.

    Where one is seen, there is a window, and the judge's.
    """
    for index, each in enumerate(trace.effects):
        if each.kind is not Kind.BUILT or each.item is None:
            continue
        if any(_reads(other, each) for other in trace.effects):
            continue
        use = next((u for u in trace.effects[index + 1 :] if _writes(u, each)), None)
        if use is not None:
            table = each.item.name.rpartition(".")[2]
            match = Match(
                f"The query would lock {table}, but nobody runs it: nothing is locked when the "
                "rows are written.",
                confidence="high",
            )
            yield Sighting(each, use, match)


def _reads(effect: Effect, lock: Effect) -> bool:
    return effect.kind is Kind.READ and effect.verb != GIVEN and same_store(effect, lock)


def _writes(effect: Effect, lock: Effect) -> bool:
    """Whether it writes such rows in the transaction for which the lock was meant."""
    block = {each.number for each in lock.inside(ScopeKind.TRANSACTION)}
    return (
        effect.kind is Kind.WRITE
        and effect.verb != "insert"
        and same_store(effect, lock)
        and block <= {each.number for each in effect.scopes}
    )


JUDGE = Judge("TOC208", Name.DOUBLE_SUBMIT, match)
OBSERVER = Observer("TOC208", Name.LOST_UPDATE, sightings)
