"""Rate-limit overrun: wrong passwords in one volley, where a limit stops them one after the other.

In a row the k-th is refused for being too many; at once more than k-1 must not be tried. Sources:
OWASP API4:2023 (unrestricted resource consumption), CWE-307 and CWE-799; J. Kettle, *Smashing the
state machine* (2023), for limits that a volley overruns.
"""

from __future__ import annotations

import secrets
import statistics
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from tocsin.model import event
from tocsin.model.anomaly import Name
from tocsin.model.http import Request
from tocsin.model.volley import VolleyEvidence
from tocsin.probe.checks.base import Attack
from tocsin.probe.client import UNANSWERED, answered
from tocsin.probe.doors import NOBODY, WRONG, Door, door_of, doors, shut
from tocsin.probe.flaw import Flaw
from tocsin.probe.message import Observation
from tocsin.probe.script import Came, Race, Scene, Script, Scripted, Step, Together, fire, restore
from tocsin.probe.verdict import ENOUGH, Broken, at_most, interval
from tocsin.probe.volley import flights

NAME = "rate_limit"

TRIES = 20
"""Wrong passwords in a row; a limit above it is not met."""

MORE = 8
"""So many more than the limit lets through are sent at once."""

SURE = 2
"""Rounds that must show it: in one, the limit's window may have ended between two requests."""

LIMITING = frozenset({403, 423, 429, 503})
REFUSALS = frozenset({400, 401, 403, 422})


class Kind(StrEnum):
    """What is wrong without a race."""

    UNLIMITED = "passwords can be tried without a limit"


@dataclass(frozen=True, slots=True)
class Row:
    """What wrong passwords were answered in a row. ``tried``: so many before the limit was met."""

    usual: int
    tried: int
    limited: int | None

    @property
    def met(self) -> bool:
        return self.limited is not None


def row(statuses: Sequence[int]) -> Row:
    """The limit that these answers show: the first that refuses in another way than the first."""
    usual = statuses[0] if statuses else UNANSWERED
    for place, status in enumerate(statuses):
        if status != usual and status in LIMITING:
            return Row(usual, place, status)
    return Row(usual, sum(status == usual for status in statuses), None)


def script(scene: Scene) -> Script:
    """Each door in turn: a row until the limit, and then volleys."""
    if not scene.may_change:
        return
    known = doors(scene.working, scene.identities, changing=scene.free)
    for door in (yield from shut(known)):
        yield from _limited(_limit(door, scene), scene)


def again(attack: Attack, scene: Scene) -> Script:
    """The same volleys again, after a row that looks for the limit. The door is the reader."""
    door = door_of(attack.readers[0]) if attack.readers else None
    if door is not None:
        yield from _limited(_limit(door, scene), scene)


SCRIPTED = Scripted(NAME, script, again)


@dataclass(slots=True)
class _Limit:
    """The rounds at one door. ``user`` makes the name that each of them uses."""

    door: Door
    user: Callable[[int], str]
    first: Row = field(default_factory=lambda: Row(UNANSWERED, 0, None))
    rows: int = 0
    shown: list[int] = field(default_factory=list)
    seen: list[Observation] = field(default_factory=list)
    example: Observation | None = None

    @property
    def attack(self) -> Attack:
        """The next volley."""
        request = self.request(self.rows + len(self.seen))
        return Attack(NAME, (request,) * (self.first.tried + MORE), (self.door.request,))

    def request(self, number: int) -> Request:
        """What one row or volley repeats."""
        return self.door.tried(self.user(number), WRONG)

    def add(self, observation: Observation) -> None:
        self.seen.append(observation)
        statuses = [answered(result).status for result in observation.results]
        tried = statuses.count(self.first.usual)
        if tried > self.first.tried:
            self.shown.append(tried)
            self.example = self.example or observation

    def race(self, reason: str = "") -> Race:
        bound = f"{len(self.seen)} rounds of {len(self.attack.requests)} wrong passwords"
        if len(self.shown) < SURE:
            reason = reason or (
                f"observed in {len(self.shown)} of {len(self.seen)} rounds: a limit may still be "
                f"overrun in up to {at_most(len(self.seen)):.0%} of volleys"
            )
            return Race(self.attack, len(self.seen), bound, reason=reason, seen=self.seen)
        bounds = interval(len(self.shown), len(self.seen))
        most = max(self.shown)
        return Race(
            self.attack,
            len(self.seen),
            bound,
            Broken(
                Name.LIMIT_OVERRUN,
                f"{most} wrong passwords are tried at once, {self.first.tried} in a row",
                "TOC502",
            ),
            VolleyEvidence(
                shown=len(self.shown),
                rounds=len(self.seen),
                low=bounds.low,
                high=bounds.high,
                way=str(self.seen[0].way),
                overlapped=sum(one.overlapped for one in self.seen),
                spread=statistics.median(one.spread for one in self.seen),
                serial=f"{self.first.tried} times {self.first.usual}, then {self.first.limited}",
                observed=f"{most} times {self.first.usual}",
                flights=flights(self.example) if self.example else (),
            ),
            sure=len(self.shown) >= ENOUGH,
            seen=self.seen,
        )


def _limit(door: Door, scene: Scene) -> _Limit:
    """The account of somebody who exists may be locked: only where that can be put back.

    Nobody's cannot, but each try may be another nobody's; names of an earlier scan may still count.
    """
    if scene.restores:
        return _Limit(door, lambda _: door.user)
    run = secrets.token_hex(4)
    return _Limit(door, lambda number: f"{NOBODY}-{run}-{number}")


def _limited(limit: _Limit, scene: Scene) -> Script:
    limit.first = yield from _row(limit)
    where = limit.request(0)
    if limit.first.usual not in REFUSALS:
        if limit.first.usual == 429:
            yield event.Noted(f"{where.endpoint} answers 429 to the first wrong password already")
        return
    if not limit.first.met:
        yield from _unlimited(limit.first, where, scene)
        return
    second = yield from _row(limit)
    if second != limit.first:
        said = f"the limit is met after {limit.first.tried} tries, and after {second.tried}"
        fresh = second.usual == limit.first.usual
        yield limit.race(said if fresh else "the limit stays when the state is put back")
        return
    while len(limit.seen) < scene.rounds and len(limit.shown) < ENOUGH:
        yield from restore()
        limit.add((yield from fire(Together(limit.attack, defiant=True))))
    yield from restore()
    yield limit.race()


def _row(limit: _Limit) -> Generator[Step, Came, Row]:
    """Wrong passwords one after the other, from a fresh state, until one is refused as too many."""
    yield from restore()
    request = limit.request(limit.rows)
    limit.rows += 1
    statuses: list[int] = []
    while len(statuses) < TRIES and not row(statuses).met:
        seen = yield from fire(Together(Attack(NAME, (request,)), defiant=True))
        statuses += [answered(result).status for result in seen.results]
    return row(statuses)


def _unlimited(found: Row, request: Request, scene: Scene) -> Script:
    if found.tried < TRIES:
        return
    said = f"answers {found.usual} to {TRIES} wrong passwords in a row, and 429 to none"
    if scene.restores:
        yield Flaw(Kind.UNLIMITED, request, said)
    else:
        yield event.Noted(
            f"{request.endpoint} {said}; of a user who does not exist: with a reset, one who does "
            "is tried"
        )
