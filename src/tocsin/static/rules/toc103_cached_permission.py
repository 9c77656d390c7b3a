"""TOC103: a right is trusted that was looked up in an earlier request, or earlier in this one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tocsin.model.anomaly import Name
from tocsin.model.verdict import Severity
from tocsin.static.effect import Effect, Guard, Kind, answered
from tocsin.static.entries import Trace
from tocsin.static.interpret.frame import LEAVES_LOOP
from tocsin.static.interpret.remembering import RECALL, REMEMBERED
from tocsin.static.interpret.rows import ASKED
from tocsin.static.rules.base import Match, Observer, Sighting
from tocsin.static.world import World

_ACTS = frozenset({Kind.WRITE, Kind.SPAWN})
_RIGHT = re.compile(r"role|admin|staff|superuser|perm|scope|group|privilege|moderator|can_|owner")
_ADVICE = (
    "Keep who it is, and ask what they may do where it is done, with the row of the right locked."
)


def sightings(trace: Trace, world: World) -> Iterator[Sighting]:
    """Each kept right once, with the first effect that it allows."""
    seen: set[int] = set()
    asked: set[int] = set()
    for effect in trace.effects:
        if effect.kind not in _ACTS or (effect.item and effect.item.store == "memory"):
            continue
        for guard in effect.guards:
            if id(guard) in asked:  # neighbours have their guards in common
                continue
            asked.add(id(guard))
            for index in sorted(d.source for d in guard.deps if isinstance(d.source, int)):
                if index in seen or trace.effects[index].kind is not Kind.READ:
                    continue
                match = _match(trace, index, guard, world)
                if match is not None:
                    seen.add(index)
                    yield Sighting(trace.effects[index], effect, match)


def _match(trace: Trace, index: int, guard: Guard, world: World) -> Match | None:
    check = trace.effects[index]
    if check.verb == RECALL:
        key = check.item.where[0].term if check.item else ""
        if not guard.refusal or guard.refusal in LEAVES_LOOP or not _RIGHT.search(key):
            return None
        return Match(
            f"{key} in the session says what was true at sign-in: whoever has lost the right since "
            "keeps it until the session ends.",
            advice=_ADVICE,
        )
    if _filled_by_hand(trace, check):
        if guard.refusal != "403" and answered(trace.effects, guard) != "403":
            return None
        return Match(
            "The right is kept in a variable of the module: whoever loses it keeps it until the "
            "process ends.",
            advice=_ADVICE,
        )
    if REMEMBERED not in check.options and not check.options >= ASKED:
        return None
    if guard.refusal != "403" and answered(trace.effects, guard) != "403":
        return None
    if REMEMBERED in check.options:
        return Match(
            f"The answer of {check.at.function} is kept: whoever loses the right keeps it until it "
            "is forgotten.",
            confidence="medium" if check.item and _changes(check, world) else "low",
            advice=_ADVICE,
        )
    if check.options >= ASKED and _asked_before(trace, index):
        return Match(
            "The same permission is asked again on the same object, which keeps its first answer: "
            "the second question checks nothing.",
            Severity.MEDIUM,
            confidence="low",
            advice="Load the user again before the second question; refresh_from_db() does not "
            "empty the permission cache.",
        )
    return None


def _filled_by_hand(trace: Trace, check: Effect) -> bool:
    """Whether what is looked at in memory was put there from the database, by the same code."""
    item = check.item
    if item is None or item.store != "memory" or check.verb == "contains":
        return False
    return any(
        each.kind is Kind.WRITE
        and each.item is not None
        and (each.item.store, each.item.name) == ("memory", item.name)
        and any(_from_database(trace, d.source) for w in each.written for d in w.deps)
        for each in trace.effects
    )


def _from_database(trace: Trace, source: object) -> bool:
    if not isinstance(source, int) or source >= len(trace.effects):
        return False
    item = trace.effects[source].item
    return item is not None and item.store == "database"


def _changes(check: Effect, world: World) -> bool:
    """Whether somebody in the source changes what is kept."""
    item = check.item
    if item is None:
        return False
    key = (item.store, item.name)
    return world.written(*key)


def _asked_before(trace: Trace, index: int) -> bool:
    question = trace.effects[index].item
    return question is not None and any(
        each.options >= ASKED and each.item is not None and each.item.row == question.row
        for each in trace.effects[:index]
    )


OBSERVER = Observer("TOC103", Name.STALE_AUTHORIZATION, sightings)
