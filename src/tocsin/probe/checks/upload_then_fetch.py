"""Upload, then fetch: a file that is served before its check is done, or while it is written.

A content that the server refuses is uploaded and fetched meanwhile; and a file is fetched while it
is replaced, when only the old and the new content may be seen. Sources: CWE-434 (unrestricted
upload), J. Kettle, *Smashing the state machine* (2023), for files that are there for a moment.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from tocsin.model import event
from tocsin.model.anomaly import Name
from tocsin.model.http import Request, Response
from tocsin.model.volley import VolleyEvidence
from tocsin.probe.checks.base import Attack
from tocsin.probe.client import answered
from tocsin.probe.discover import distinct
from tocsin.probe.flaw import Flaw
from tocsin.probe.message import Answer, Observation
from tocsin.probe.script import (
    Came,
    Race,
    Scene,
    Script,
    Scripted,
    Step,
    Together,
    ask,
    fire,
    restore,
)
from tocsin.probe.uploads import Upload, addresses, upload
from tocsin.probe.verdict import ENOUGH, Broken, at_most, interval
from tocsin.probe.volley import flights

NAME = "upload_then_fetch"

FETCHES = 5
"""Reads of one round, spread over the time that the upload takes."""

ADDRESSES = 16
"""Reads that are tried to find out where an upload is served."""

LONG = 128 * 1024
"""Bytes of a file that is replaced: it is not written in one piece."""

GONE = frozenset({404, 410, 500})
"""What nobody is answered in a row for a file that is there."""


class Kind(StrEnum):
    """What is wrong without a race."""

    SERVED = "an upload that was refused can be fetched"


def contents() -> Iterator[bytes]:
    """What servers refuse, made when it is needed: scanners of source should not find it here."""
    yield b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-" + b"FILE!$H+H*"
    yield b"<html><script>alert('tocsin')</script></html>"
    yield b"MZ tocsin, no program"
    yield b"<?php echo 'tocsin'; ?>"
    yield b"\x00\xff\xfe tocsin, no text"


@dataclass(slots=True)
class Fetching:
    """The rounds of one upload and its fetch. ``wrong`` says what a fetch may not be answered."""

    attack: Attack
    wrong: Callable[[Response], str]
    serial: str
    broken: Broken
    takes: float
    shown: list[str] = field(default_factory=list)
    seen: list[Observation] = field(default_factory=list)
    _example: Observation | None = None

    @property
    def together(self) -> Together:
        """The upload, and fetches over the time that it takes; from round to round at others."""
        uploading, fetching = self.attack.requests
        requests = (uploading, *(fetching,) * FETCHES)
        shift = (len(self.seen) * 0.381966) % 1
        step = self.takes / FETCHES
        offsets = (0.0, *((number + shift) * step for number in range(FETCHES)))
        return Together(Attack(NAME, requests), offsets)

    def add(self, seen: Observation) -> None:
        """One more round."""
        self.seen.append(seen)
        said = [self.wrong(answered(one)) for one in seen.results[1:] if isinstance(one, Answer)]
        if any(said) and not self.shown:
            self._example = seen
        self.shown += [one for one in said if one][:1]

    def race(self) -> Race:
        """What the rounds came to."""
        count = len(self.seen)
        bound = f"{count} rounds, fetched at swept moments"
        if not self.shown:
            reason = (
                f"not observed in {count} rounds: it may still show in up to {at_most(count):.0%}"
            )
            return Race(self.attack, count, bound, reason=reason, seen=self.seen)
        bounds = interval(len(self.shown), count)
        evidence = VolleyEvidence(
            shown=len(self.shown),
            rounds=count,
            low=bounds.low,
            high=bounds.high,
            way=f"{self.seen[0].way}, released at swept moments",
            overlapped=sum(_met(one) for one in self.seen),
            spread=statistics.median(one.spread for one in self.seen),
            serial=self.serial,
            observed=self.shown[0],
            flights=flights(self._example) if self._example else (),
        )
        sure = len(self.shown) >= ENOUGH
        return Race(self.attack, count, bound, self.broken, evidence, sure=sure, seen=self.seen)


def script(scene: Scene) -> Script:
    """Every upload that works: where it is served, what is refused, and what replaces it."""
    if not scene.free:
        return
    seen: set[str] = set()
    for one in distinct(scene.working):
        sent = upload(one.request)
        if sent is None or one.request.endpoint in seen:
            continue
        seen.add(one.request.endpoint)
        fetch = yield from _served(sent, scene)
        if fetch is None:
            yield event.Noted(f"{one.request.endpoint}: no read gives back what was uploaded, or "
                              "not at an address that is known before")  # fmt: skip
            continue
        for unwanted in contents():
            yield from _refused(sent.holding(unwanted), fetch, unwanted, 2 * scene.rounds)
        old, new = sent.holding(b"a" * LONG), sent.holding(b"b" * LONG)
        yield from _replacing(old, new, fetch, scene.rounds)
    yield from restore()


def again(attack: Attack, scene: Scene) -> Script:
    """The same rounds again: of a replacement where the first upload is kept among the readers."""
    uploading, fetching = attack.requests[:2]
    if attack.readers:
        yield from _replacing(attack.readers[0], uploading, fetching, scene.rounds)
    else:
        content = next((one for one in contents() if one in uploading.body), uploading.body)
        yield from _refused(uploading, fetching, content, scene.rounds)


SCRIPTED = Scripted(NAME, script, again)


def _served(sent: Upload, scene: Scene) -> Generator[Step, Came, Request | None]:
    """The read that gives back what is uploaded, at an address that is the same each time."""
    marks = (b"tocsin was here", b"tocsin was here again")
    yield from restore()
    answer = (yield from ask(sent.holding(marks[0]))).response
    tried = list(addresses(sent, answer, scene.known))[:ADDRESSES] if answer.ok else []
    for fetch in tried:
        if not _gives((yield from ask(fetch)).response, marks[0]):
            continue
        yield from restore()
        yield from ask(sent.holding(marks[1]))
        if _gives((yield from ask(fetch)).response, marks[1]):
            return fetch
    return None


def _refused(uploading: Request, fetch: Request, content: bytes, rounds: int) -> Script:
    """A content that is refused, and not served afterwards, must not be served meanwhile."""
    yield from restore()
    (alone,) = (yield from fire(Together(Attack(NAME, (uploading,))))).results
    said = answered(alone)
    after = (yield from ask(fetch)).response
    if not said.refused or said.status in {401, 403, 429}:
        return
    if _gives(after, content):
        reason = f"serves what was answered {said.status} when it was uploaded"
        yield Flaw(Kind.SERVED, fetch, f"{reason} ({uploading.name})")
        return

    def wrong(response: Response) -> str:
        given = _gives(response, content)
        return f"fetched: {response.status}, the content that is refused" if given else ""

    rounding = Fetching(
        Attack(NAME, (uploading, fetch)),
        wrong,
        f"{said.status} to the upload, and {after.status} to the fetch after it",
        Broken(
            Name.STALE_CHECK,
            f"the upload is answered {said.status}, and served before it is",
            "TOC307",
        ),
        alone.done - alone.sent,
    )
    yield from _rounds(rounding, rounds, ())


def _replacing(old: Request, new: Request, fetch: Request, rounds: int) -> Script:
    """While one content replaces another, one of the two must be served whole."""
    yield from restore()
    contents: list[bytes] = []
    takes = 0.0
    for uploading in (old, new):
        (alone,) = (yield from fire(Together(Attack(NAME, (uploading,))))).results
        given = (yield from ask(fetch)).response
        if not answered(alone).ok or not given.ok or len(given.body) < LONG:
            return
        contents.append(given.body)
        takes = alone.done - alone.sent
    if contents[0] == contents[1]:
        return

    def wrong(response: Response) -> str:
        if response.status in GONE:
            return f"fetched: {response.status}"
        if not response.ok or response.body in contents:
            return ""
        return f"fetched: {response.status}, {len(response.body)} bytes that are neither"

    rounding = Fetching(
        Attack(NAME, (new, fetch), (old,)),
        wrong,
        "the old content before the upload is answered, the new one after it",
        Broken(
            Name.READ_SKEW, "a fetch is answered with neither the old nor the new file", "TOC307"
        ),
        takes,
    )
    yield from _rounds(rounding, rounds, (old,))


def _rounds(fetching: Fetching, rounds: int, before: tuple[Request, ...]) -> Script:
    while len(fetching.seen) < rounds and len(fetching.shown) < ENOUGH:
        yield from restore()
        for request in before:
            yield from ask(request)
        fetching.add((yield from fire(fetching.together)))
    yield fetching.race()


def _gives(response: Response, content: bytes) -> bool:
    return response.ok and content in response.body


def _met(seen: Observation) -> bool:
    """Whether a fetch was under way while the upload was."""
    uploading, *fetches = seen.results
    return any(one.sent < uploading.done and uploading.sent < one.done for one in fetches)
