"""User timing: whether refusing a user who exists takes longer than refusing one who does not.

A password is hashed for those who exist; for others many servers answer at once. Measured are three
kinds of wrong credentials in shuffled order: a known user's, an unknown one's, and another unknown
one's, which must not differ from the second.
"""

from __future__ import annotations

import random
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from tocsin.model import event
from tocsin.model.http import Request
from tocsin.probe.doors import NOBODY, WRONG, Door, doors, shut
from tocsin.probe.flaw import Flaw
from tocsin.probe.script import Came, Scene, Script, Scripted, Step, defy, restore
from tocsin.probe.timing import Comparison, compare

NAME = "user_timing"

SCOUTING, SAMPLES = 16, 40
"""So many of each kind at first, and so many more where those let one suspect something."""

SUSPICIOUS, CERTAIN, CONTROL = 0.01, 0.0001, 0.01
"""P-values: below the first it is looked at closer, below the second told; the control must be
above the third."""

LEAST = 0.001
"""Seconds: less cannot be told from noise with so few requests."""


class Kind(StrEnum):
    """What is wrong."""

    TELLS = "the time of answers tells which users exist"


@dataclass(slots=True)
class Times:
    """Seconds by kind of credentials."""

    known: list[float] = field(default_factory=list)
    unknown: list[float] = field(default_factory=list)
    other: list[float] = field(default_factory=list)


def judge(scouted: Times, measured: Times) -> Comparison | None:
    """What two runs agree on: the known user's answers differ, the unknown ones' do not."""
    first = compare(scouted.unknown, scouted.known)
    second = compare(measured.unknown, measured.known)
    agree = (first.longer > 0) == (second.longer > 0)
    calm = compare(measured.unknown, measured.other)
    if not agree or not second.sure(CERTAIN, LEAST):
        return None
    return None if calm.p < CONTROL or abs(calm.longer) * 4 > abs(second.longer) else second


def script(scene: Scene) -> Script:
    """Each door in turn; only where an account that gets locked can be put back."""
    if not scene.free:
        return
    known = doors(scene.working, scene.identities, changing=scene.free)
    for door in (yield from shut(known)):
        yield from _door(door)
        yield from restore()


SCRIPTED = Scripted(NAME, script)


def _door(door: Door) -> Script:
    yield from restore()
    scouted = yield from _measured(door, SCOUTING, "scout")
    if scouted is None:
        yield event.Noted(f"{door.request.endpoint}: how long refusals take was not compared: "
                          "not all wrong passwords were refused alike")  # fmt: skip
        return
    hint = compare(scouted.unknown, scouted.known)
    if hint.p >= SUSPICIOUS or abs(hint.longer) < LEAST:
        return
    yield from restore()
    measured = yield from _measured(door, SAMPLES, "measure")
    found = judge(scouted, measured) if measured is not None else None
    if found is not None:
        yield Flaw(Kind.TELLS, door.tried(NOBODY, WRONG), _said(found))


def _said(found: Comparison) -> str:
    more = "longer" if found.longer > 0 else "less long"
    return (
        f"takes {abs(found.longer) * 1000:.1f} ms {more} to refuse a user who exists than one who "
        f"does not (medians of {SAMPLES} each; Mann-Whitney p = {found.p:.1e}; their low quantiles "
        "lie apart, and two unknown users do not differ)"
    )


def _measured(door: Door, count: int, run: str) -> Generator[Step, Came, Times | None]:
    """So many of each kind, shuffled; ``None`` where they are not refused alike."""
    times = Times()
    shuffled = random.Random(f"{run} {door.request.endpoint}")  # noqa: S311 - an order, no secret
    statuses: set[int] = set()
    for number in range(count):
        kinds = [
            (times.known, door.user),
            (times.unknown, f"{NOBODY}-a{number}"),
            (times.other, f"{NOBODY}-b{number}"),
        ]
        shuffled.shuffle(kinds)
        for series, user in kinds:
            reply = yield from defy(_wrong(door, user, number))
            statuses.add(reply.response.status)
            series.append(reply.seconds)
            if not _refused(statuses):
                return None
    return times


def _wrong(door: Door, user: str, number: int) -> Request:
    return door.tried(user, f"{WRONG}-{number}")


def _refused(statuses: Sequence[int] | set[int]) -> bool:
    return all(400 <= status < 500 and status not in {423, 429} for status in statuses)
