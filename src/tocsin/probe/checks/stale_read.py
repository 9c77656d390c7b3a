"""Stale read: an answer shows what was written after the right to see it had been taken away.

That an answer comes after the right is gone proves nothing: it may have been read before, and have
been slow to arrive. It is proven by what it shows: a state that began after the revocation, which
in a row is kept from whoever asks.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from tocsin.model.anomaly import Name
from tocsin.model.http import ANONYMOUS, Identity, Request, Response
from tocsin.model.verdict import Permission
from tocsin.model.volley import VolleyEvidence
from tocsin.probe.checks import lost_update
from tocsin.probe.checks.base import Attack
from tocsin.probe.checks.readers import nouns
from tocsin.probe.checks.stale_authorization import Granted, Suspect, fractions, values
from tocsin.probe.checks.state_change_attack import things
from tocsin.probe.client import answered
from tocsin.probe.discover import Working, distinct
from tocsin.probe.effect import content
from tocsin.probe.footprint import Footprint, counting
from tocsin.probe.message import Answer, Observation
from tocsin.probe.ownership import dressed
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
from tocsin.probe.steering import Steering, took
from tocsin.probe.verdict import CLEAR, Broken, interval
from tocsin.probe.volley import flights

NAME = "stale_read"

MOST = 24
"""Pairs of one scan."""

WRITERS = 4
"""Requests that are tried for one that changes what is read."""

SWEPT = 3
"""So many times the rounds of other attacks: most moments miss."""

READS = 4
"""So many times the read is sent at once: each meets the revocation at a moment of its own."""

CLOCKED = 3
"""Every so many-th round goes by how long the requests take alone; the others are steered."""

LATER = 1.2
"""What is written is sent so many times as long after the revocation as that takes alone."""

_LIKELY = MappingProxyType({"PUT": 0, "PATCH": 1, "POST": 2})
"""What changes a thing that is there; a DELETE ends what could be shown."""


@dataclass(frozen=True, slots=True)
class Peek:
    """A read, what takes its right away, and what then changes what it shows.

    Without ``writer`` the revocation does both. ``new`` is what is then shown to those who may see
    it: the suspect's reader has seen it.
    """

    suspect: Suspect
    writer: Request | None
    new: object
    length: float
    takes: float

    @property
    def requests(self) -> tuple[Request, ...]:
        asked = (self.suspect.victim, self.suspect.revocation)
        return asked if self.writer is None else (*asked, self.writer)

    def shows(self, seen: Observation) -> bool:
        """Whether no order of the requests explains this answer to the read."""
        read, revoked, *written = seen.results
        if not all(answered(one).ok for one in seen.results) or not isinstance(revoked, Answer):
            return False
        later = all(one.sent >= revoked.done for one in written)
        return later and content(answered(read)) == self.new


@dataclass(slots=True)
class Peeking:
    """The rounds of one pair."""

    peek: Peek
    seen: list[Observation] = field(default_factory=list)
    shown: list[Observation] = field(default_factory=list)
    _leading: Steering = field(default_factory=Steering)
    _takes: list[float] = field(default_factory=list)
    _shares: Iterator[float] = field(default_factory=lambda: fractions(()))

    @property
    def together(self) -> Together:
        """The next round. In one of three the revocation is answered at a share of the read.

        In the others it is steered to where half of the reads are refused, which is where they are
        checked: most of their window is still to come.
        """
        takes = statistics.median(self._takes or [self.peek.takes])
        first, second = self._leading.offsets or (0.0, 0.0)
        if len(self.seen) % CLOCKED == 0:
            first, second = 0.0, next(self._shares) * self.peek.length - takes
        asked, more = self.peek.requests, READS - 1
        moments = (first, second, second + LATER * takes)[: len(asked)] + more * (first,)
        begin = min(moments)
        attack = Attack(NAME, asked + more * (self.peek.suspect.victim,))
        return Together(attack, tuple(one - begin for one in moments))

    def add(self, seen: Observation) -> None:
        """One more round: what became of the read that shows it, or of the first."""
        size = len(self.peek.requests)
        read, *others = seen.results[:size]
        reads = (read, *seen.results[size:])
        each = [replace(seen, results=(one, *others)) for one in reads]
        shown = [one for one in each if self.peek.shows(one)]
        self.shown += shown[:1]
        self.seen.append((shown or each)[0])
        revoked = others[0]
        if answered(revoked).ok:
            self._takes = [*self._takes[-4:], revoked.done - revoked.sent]
            refused = sum(self.peek.suspect.refused(answered(one)) for one in reads)
            told = refused + sum(answered(one).ok for one in reads)
            if told:
                self._leading.learn(int(2 * refused >= told), took(seen))

    def race(self) -> Race:
        """What the rounds came to."""
        attack = Attack(NAME, self.peek.requests, self.peek.suspect.readers)
        count = len(self.seen)
        bound = f"{count} rounds, released at swept moments"
        if not self.shown:
            reason = (
                f"not observed in {count} rounds: the right has to be taken away, and something "
                "new be written, between check and reading; short windows stay unseen"
            )
            return Race(attack, count, bound, reason=reason, seen=self.seen)
        bounds = interval(len(self.shown), count)
        what = "the second" if self.peek.writer is None else "the third, sent when that is done,"
        evidence = VolleyEvidence(
            shown=len(self.shown),
            rounds=count,
            low=bounds.low,
            high=bounds.high,
            way=f"{self.seen[0].way}, released at swept moments",
            overlapped=sum(_met(one) for one in self.seen),
            spread=statistics.median(one.spread for one in self.seen),
            serial="the read shows the old state before the second, and is refused after it",
            flights=flights(self.shown[0]),
            observed=f"the read is answered with what {what} has written",
        )
        broken = Broken(
            Name.STALE_AUTHORIZATION,
            f"the first shows what {what} has written; in a row the second refuses it",
            "TOC101",
        )
        return Race(
            attack, count, bound, broken, evidence, sure=len(self.shown) >= CLEAR, seen=self.seen
        )


def plan(
    working: Sequence[Working],
    identities: Mapping[str, Identity],
    footprints: Mapping[Request, Footprint] = MappingProxyType({}),
    cells: Sequence[Permission] = (),
) -> dict[Request, list[Suspect]]:
    """By revocation the reads that it may refuse: of whom it names, or of the same thing.

    What only moves numbers, as is seen by ``footprints``, takes away no right. What is taken from
    one person is taken whoever sends it. ``cells`` tell who was refused what.
    """
    kept, numbers, granted = distinct(working), counting(footprints), Granted.by(cells)
    found: dict[Request, list[Suspect]] = {}
    known: set[tuple[Request, Request]] = set()
    changing = (one.request for one in kept if not one.reads)
    for revocation in (one for one in changing if one.endpoint not in numbers):
        named_in = frozenset(values(revocation))
        for victim in (one.request for one in kept if one.request.method == "GET"):
            who = identities.get(victim.identity, ANONYMOUS)
            if who.name == ANONYMOUS.name or victim.identity == revocation.identity:
                continue
            named = (who.username or who.name) in named_in
            key = victim, replace(revocation, name="", headers=(), identity="")
            same = bool(things(victim) & things(revocation))
            if key not in known and (same or (named and granted.asks(victim, revocation))):
                known.add(key)
                found.setdefault(revocation, []).append(Suspect(victim, revocation, (), named))
    return found


def writers(victim: Request, scene: Scene) -> Iterator[Request]:
    """What others may change of what a read shows, the likeliest first; one of each endpoint."""
    mine, kin = things(victim), nouns(victim)
    others = [one for one in distinct(scene.working) if one.request.identity != victim.identity]
    # A writer that worked may have written what was there.
    fresh = [one.first for one in lost_update.writers(others, scene.known)]
    found: dict[str, Request] = {}
    for request in (*fresh, *(one.request for one in others if not one.reads)):
        if things(request) & mine if mine else nouns(request) & kin:
            found.setdefault(request.endpoint, request)
    yield from sorted(found.values(), key=lambda one: _LIKELY.get(one.method, len(_LIKELY)))


def script(scene: Scene) -> Script:
    """Every read that somebody loses the right to, and what is written there afterwards."""
    if not scene.free:
        return
    tried: set[tuple[str, str]] = set()
    for suspects in plan(scene.working, scene.identities, scene.footprints, scene.cells).values():
        for suspect in (yield from _refused(suspects)):
            key = (suspect.victim.endpoint, suspect.revocation.endpoint)
            if key not in tried and len(tried) < MOST:
                tried.add(key)
                yield from _tried(suspect, scene)
    yield from restore()


def again(attack: Attack, scene: Scene) -> Script:
    """The same rounds again."""
    victim, revocation, *written = attack.requests
    suspect = Suspect(victim, revocation, attack.readers, names=True)
    peek = yield from _peek(suspect, written[0] if written else None)
    if peek is not None:
        yield from _rounds(Peeking(peek), scene.rounds)


SCRIPTED = Scripted(NAME, script, again)


def _refused(suspects: Sequence[Suspect]) -> Generator[Step, Came, list[Suspect]]:
    """Those of one revocation that are refused after it: most are not."""
    yield from restore()
    if not (yield from ask(suspects[0].revocation)).response.ok:
        return []
    answers: dict[Suspect, Response] = {}
    for one in suspects:
        answers[one] = (yield from ask(one.victim)).response
    return [one for one, said in answers.items() if one.refused(said)]


def _tried(suspect: Suspect, scene: Scene) -> Script:
    """The rounds with the revocation alone, or with the first writer that tells."""
    victim, revocation = suspect.victim, suspect.revocation
    changing = (one for one in writers(victim, scene) if one.endpoint != revocation.endpoint)
    ways: list[tuple[Request | None, Request]] = [(None, one) for one in _others(suspect, scene)]
    ways += [(writer, victim) for writer in itertools.islice(changing, WRITERS)]
    for writer, reader in ways:
        aware = replace(suspect, readers=(reader,))
        peek = yield from _peek(aware, writer)
        if peek is not None:
            yield from _rounds(Peeking(peek), scene.rounds)
            return
    reason = (
        "not raced: in a row the second refuses the first, but nothing that works changes what it "
        "shows, so that no answer tells when it was read; explore the application to have it proven"
    )
    yield Race(Attack(NAME, (victim, revocation)), 0, "", reason=reason)


def _others(suspect: Suspect, scene: Scene) -> Iterator[Request]:
    """The read as others ask for it, who may still see it, or now may. Who revokes comes first."""
    victim, known = suspect.victim, scene.identities
    for name in dict.fromkeys((suspect.revocation.identity, *known)):
        if name not in {victim.identity, ANONYMOUS.name}:
            yield dressed(victim, known.get(victim.identity), known.get(name, ANONYMOUS))


def _peek(suspect: Suspect, writer: Request | None) -> Generator[Step, Came, Peek | None]:
    """What is shown afterwards; ``None`` where the reader is not told, or nobody loses a right.

    A writer is sent alone first, then after the revocation, which must not hinder it.
    """
    victim, revocation = suspect.victim, suspect.revocation
    (reader,) = suspect.readers
    olds, news, times = [], [], []
    for _ in range(2):  # what is different each time tells nothing
        yield from restore()
        alone = yield from _timed(victim)
        before = (yield from ask(reader)).response
        olds += [content(one) for one in (answered(alone), before) if one.ok]
        done = yield from ask(writer or revocation)
        after = (yield from ask(reader)).response
        if not (answered(alone).ok and done.response.ok and after.ok):
            return None
        news.append(content(after))
        times.append(alone.done - alone.sent)
    if olds[0] in news or any(one != olds[0] for one in olds) or news[0] != news[1]:
        return None
    yield from restore()
    taken = yield from _timed(revocation)
    wrote = writer is None or (yield from ask(writer)).response.ok
    gone = suspect.refused((yield from ask(victim)).response)
    if not (answered(taken).ok and wrote and gone):
        return None
    return Peek(suspect, writer, news[0], min(times), taken.done - taken.sent)


def _timed(request: Request) -> Generator[Step, Came, Answer]:
    """One request as it is sent in a volley. An answer that never came is one of no success."""
    seen = yield from fire(Together(Attack(NAME, (request,))))
    (result,) = seen.results
    if isinstance(result, Answer):
        return result
    return Answer(answered(result).status, (), b"", result.sent, result.done, result.done)


def _rounds(peeking: Peeking, rounds: int) -> Script:
    while len(peeking.seen) < SWEPT * rounds and len(peeking.shown) < CLEAR:
        yield from restore()
        peeking.add((yield from fire(peeking.together)))
    yield peeking.race()


def _met(seen: Observation) -> bool:
    """Whether the read and the revocation were under way at one moment."""
    read, revoked = seen.results[:2]
    return read.sent < revoked.done and revoked.sent < read.done
