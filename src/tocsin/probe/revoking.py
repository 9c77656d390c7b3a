"""Sends a request, its revocation and readings in between, swept over the moments between them."""

from __future__ import annotations

import statistics
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tocsin.model.anomaly import Name
from tocsin.model.http import Request, Response
from tocsin.model.verdict import PairResult, RequestRef, Verdict
from tocsin.model.volley import VolleyEvidence
from tocsin.probe.checks.stale_authorization import Sight, Suspect, Views, fractions, stale
from tocsin.probe.client import Client, answered
from tocsin.probe.effect import content
from tocsin.probe.message import Answer, Hold, Observation, Protocol, Result, Way
from tocsin.probe.steering import Steering, took
from tocsin.probe.verdict import CLEAR, Broken, interval
from tocsin.probe.volley import flights
from tocsin.probe.world import World

PATIENCE = 3
"""So many times as long as it takes alone, a request is given to be checked, or done."""

AT_LEAST = 0.03
"""Seconds, for what takes hardly any time alone."""

MOST = 24
"""Pairs that are swept in one scan."""

CLOCKED = 3
"""Every so many-th round goes by how long the requests take alone; the others are steered."""

SIGHTS = 4
"""Readings of one volley, spread around the moment at which the revocation should be answered."""


@dataclass(slots=True)
class Sweep:
    """The rounds of one suspect. ``views`` is ``None`` where it is no revocation of the other."""

    client: Client
    world: World
    suspect: Suspect
    reader: Request | None = None
    views: Views | None = None
    rounds: list[Observation] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)
    held: bool = False
    _example: int = 0
    _shares: list[float] = field(default_factory=list)
    _leading: Steering = field(default_factory=Steering)
    _looking: Steering = field(default_factory=Steering)
    _alone: list[float] = field(default_factory=list)
    _revoking: list[float] = field(default_factory=list)

    def prepare(self) -> bool:
        """Run the serial orders. ``True``: the revocation takes the right away, and a read tells.

        In a row the victim first must succeed with both, the revocation first must refuse it.
        """
        victim, revocation = self.suspect.victim, self.suspect.revocation
        start, (first, second), both = self._row(self.suspect.readers, victim, revocation)
        if not (first.ok and second.ok):
            return False
        # What is the same after both tells of neither.
        changed = [one for one in self.suspect.readers if start[one] != both[one]]
        again, (taken, refused), revoked = self._row(changed, revocation, victim)
        if not (taken.ok and self.suspect.refused(refused)):
            return False
        _, (alone,), acted = self._row(changed, victim)
        _, (only,), without = self._row(changed, revocation)
        if not (alone.ok and only.ok):
            return False
        for read in changed:
            views = Views(start[read], acted[read], without[read], both[read])
            # A refusal that leaves traces looks like neither order.
            calm = start[read] == again[read] and without[read] == revoked[read]
            if views.telling and calm and (self.views is None or views.whole):
                self.reader, self.views = read, views
                if views.whole:
                    break
        return self.views is not None

    def run(self, rounds: int) -> None:
        """So many rounds at most, fewer when nobody is in doubt any more.

        First those in which the victim's body is held back until the revocation is done: whoever
        checks before they have read it leaves the window open for as long as the client likes.
        """
        while self.suspect.victim.body and not self.sure and len(self.rounds) < rounds:
            before = len(self.lags)
            self._held_back()
            if len(self.lags) == before:
                break
        self.held = bool(self.lags)
        shares = fractions(self._shares)
        while len(self.rounds) < rounds and not self.sure:
            if len(self.rounds) % CLOCKED:
                self._steered()
            else:
                self._round(next(shares))

    @property
    def sure(self) -> bool:
        return len(self.lags) >= CLEAR

    @property
    def broken(self) -> Broken:
        longest = max(self.lags, default=0.0)
        width = f" for at least {longest * 1000:.1f} ms" if longest > 0 else ""
        if self.held:
            width = " for as long as the client holds back the end of the body"
        return Broken(
            Name.STALE_AUTHORIZATION,
            "the first takes effect after the second is done, which in a row refuses it; "
            f"the window stays open{width or ' for an unknown time'}",
        )

    def evidence(self, curl: tuple[str, ...]) -> VolleyEvidence:
        """How often it was seen. Raises ``ValueError`` before there was a round."""
        bounds = interval(len(self.lags), len(self.rounds))
        return VolleyEvidence(
            shown=len(self.lags),
            rounds=len(self.rounds),
            low=bounds.low,
            high=bounds.high,
            way=f"{self.rounds[0].way}, released at {self._moments}",
            overlapped=sum(_met(one) for one in self.rounds),
            spread=statistics.median(one.spread for one in self.rounds),
            serial="the first succeeds before the second, and is refused after it",
            observed="both succeed; a reading after the second shows nothing of the first, "
            "a later one does",
            curl=curl,
            flights=flights(self.rounds[self._example]),
        )

    def result(self, refs: tuple[RequestRef, ...], seconds: float) -> PairResult:
        """What the table of attacks says. *Not observed* is never called safe."""
        count = len(self.rounds)
        bound = f"{count} round{'s' if count != 1 else ''}, released at {self._moments}"
        if self.lags:
            return PairResult(refs, Verdict.VIOLATED, count, bound, self.broken.reason, seconds)
        reason = (
            f"not observed in {count} rounds: a reading has to fall between the revocation's "
            "answer and the effect, so that short windows stay unseen"
        )
        return PairResult(refs, Verdict.INCONCLUSIVE, count, bound, reason, seconds)

    def _row(
        self, readers: Sequence[Request], *requests: Request
    ) -> tuple[Mapping[Request, object], list[Response], Mapping[Request, object]]:
        """The requests one after the other, and what is read before and afterwards.

        Before one request alone nothing is: that much is known from the rows of two.
        """
        self.world.restore()
        before = self._read(readers if len(requests) > 1 else ())
        answers = []
        for request in requests:
            (result,) = self.client.fire([request], _way(1), ()).results
            times = self._alone if request is self.suspect.victim else self._revoking
            if isinstance(result, Answer) and answered(result).ok:
                times.append(result.done - result.sent)
            answers.append(answered(result))
        return before, answers, self._read(readers)

    def _read(self, readers: Sequence[Request]) -> Mapping[Request, object]:
        found = self.client.read(readers)
        return {one: content(said) for one, said in zip(readers, found, strict=True)}

    def _round(self, share: float) -> None:
        views, reader = self.views, self.reader
        if views is None or reader is None:
            return
        length, takes = statistics.median(self._alone), statistics.median(self._revoking)
        # The answer is expected at this share of the victim's time.
        revoking = share * length - takes
        begin = min(0.0, revoking)
        step = max(length / 8, 0.0002)
        looks = [revoking + takes + step * number for number in range(-1, SIGHTS - 1)]
        offsets = [max(0.0, at - begin) for at in (0.0, revoking, *looks)]
        if self._sent(views, reader, Hold.LAST_HEADER_BYTES, offsets):
            self._shares.append(share)

    def _steered(self) -> None:
        """The revocation where the victim is refused as often as not, readings right after it.

        That is just after the victim was checked: most of its window is still to come. A reading
        that tells of both requests need not be sent after the revocation was answered.
        """
        views, reader = self.views, self.reader
        if views is None or reader is None:
            return
        takes = statistics.median(self._revoking)
        first, second = self._leading.offsets or (0.0, 0.0)
        begin = second + takes / 2 + self._looking.lead
        step = takes / 8
        looks = [max(0.0, begin + step * (place - SIGHTS / 2)) for place in range(SIGHTS)]
        if self._sent(views, reader, Hold.LAST_HEADER_BYTES, [first, second, *looks]):
            return
        did, told, *seen = self.rounds[-1].results
        acted, revoked = answered(did), answered(told)
        length = took(self.rounds[-1])
        if revoked.ok and (acted.ok or self.suspect.refused(acted)):
            self._leading.learn(0 if acted.ok else 1, length)
        if views.whole:
            early = sum(content(one) in (views.start, views.acted) for one in map(answered, seen))
        else:
            early = sum(one.sent < told.done for one in seen)
        self._looking.learn(None if early == SIGHTS / 2 else int(early > SIGHTS / 2), takes)

    def _held_back(self) -> None:
        """The victim is checked, the revocation done, readings taken; then its body ends."""
        views, reader = self.views, self.reader
        if views is None or reader is None:
            return
        begun = max(AT_LEAST, PATIENCE * statistics.median(self._alone))
        done = begun + max(AT_LEAST, PATIENCE * statistics.median(self._revoking))
        looks = [done + AT_LEAST * number / SIGHTS for number in range(SIGHTS)]
        self._sent(views, reader, Hold.END_STREAM, [done + 2 * AT_LEAST, begun, *looks])

    def _sent(self, views: Views, reader: Request, hold: Hold, offsets: Sequence[float]) -> bool:
        """One round; whether it is evidence."""
        self.world.restore()
        requests = [self.suspect.victim, self.suspect.revocation, *[reader] * SIGHTS]
        observation = self.client.fire(requests, _way(len(requests), hold), offsets)
        self.rounds.append(observation)
        acted, revoked, *seen = observation.results
        if isinstance(revoked, Answer):
            self._revoking = [*self._revoking[-4:], revoked.done - revoked.sent]
        if not (_did(acted) and _did(revoked) and isinstance(revoked, Answer)):
            return False
        sights = [
            Sight(content(answered(one)), one.sent - revoked.done)
            for one in seen
            if isinstance(one, Answer)
        ]
        if stale(views, sights, views.both) is None:
            return False  # whatever has come of both
        lag = stale(views, sights, content(self.client.ask(reader)))
        if lag is not None:
            self._example = self._example if self.lags else len(self.rounds) - 1
            self.lags.append(lag)
        return lag is not None

    @property
    def _moments(self) -> str:
        return "the end of the body" if self.held else "swept moments"


def revoking(client: Client, world: World, suspects: Sequence[Suspect]) -> list[Suspect]:
    """Those whose victim is refused after the revocation.

    Each revocation is sent once, and after it all of its victims: most are refused nothing. One
    that is refused after another has succeeded may be so because of that one: it is asked for again
    by itself, and before the others after the next revocation. Of several people at the same two
    endpoints one is kept: another says no more, and sweeping takes long. Raises what client and
    world raise.
    """
    found: dict[tuple[str, str], Suspect] = {}
    hindered: set[str] = set()
    for revocation in dict.fromkeys(one.revocation for one in suspects):
        mine = [one for one in suspects if one.revocation == revocation]
        for one in _refused(client, world, mine, hindered):
            found.setdefault((one.victim.endpoint, revocation.endpoint), one)
    world.restore()
    return [one for one in suspects if one in found.values()][:MOST]


def _refused(
    client: Client, world: World, mine: Sequence[Suspect], hindered: set[str]
) -> Iterator[Suspect]:
    """Those of one revocation, one for each endpoint. Nothing else works on what was deleted.

    ``hindered`` grows by the endpoints that other victims got in the way of.
    """
    world.restore()
    if not client.ask(mine[0].revocation).ok:
        return
    known: set[str] = set()
    doubtful: list[Suspect] = []
    acted = False
    for one in sorted(mine, key=lambda each: _turn(each.victim, hindered)):
        if one.victim.endpoint in known:
            continue
        answer = client.ask(one.victim)
        acted |= answer.ok
        if not one.refused(answer):
            continue
        if acted:
            doubtful.append(one)
        else:
            known.add(one.victim.endpoint)
            yield one
    for one in doubtful:
        if one.victim.endpoint in known:
            continue
        world.restore()
        if client.ask(one.revocation).ok and one.refused(client.ask(one.victim)):
            known.add(one.victim.endpoint)
            yield one
        else:
            hindered.add(one.victim.endpoint)


def _turn(victim: Request, hindered: Container[str]) -> tuple[bool, bool]:
    return victim.method == "DELETE", victim.endpoint not in hindered


def _way(shots: int, hold: Hold = Hold.LAST_HEADER_BYTES) -> Way:
    return Way(Protocol.HTTP1, hold, shots)


def _did(result: Result) -> bool:
    return answered(result).ok


def _met(observation: Observation) -> bool:
    """Whether the first two were under way at one moment."""
    acted, revoked = observation.results[:2]
    return acted.sent < revoked.done and revoked.sent < acted.done
