"""Probing one address: what it offers, what works, then every attack against a serial baseline."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from tocsin.errors import NothingToDo, TocsinError
from tocsin.model import event
from tocsin.model.http import Operation, Request
from tocsin.model.table import Row
from tocsin.model.verdict import PairResult, Permission, RequestRef, Verdict
from tocsin.model.volley import VolleyEvidence
from tocsin.probe.checks import stale_authorization
from tocsin.probe.checks.base import Attack, Wish
from tocsin.probe.checks.readers import readers
from tocsin.probe.checks.registry import CHECKS, LATE, QUIET, RESTORING, again, scripted
from tocsin.probe.checks.stale_authorization import Suspect
from tocsin.probe.checks.state_change_attack import contenders
from tocsin.probe.client import Client, answered
from tocsin.probe.curl import command
from tocsin.probe.described import described, reachable
from tocsin.probe.discover import Discovery, Takes, Working, distinct, single
from tocsin.probe.fighting import fight
from tocsin.probe.fingerprint import framework
from tocsin.probe.flaw import Flaw
from tocsin.probe.footprint import Footprint
from tocsin.probe.leftovers import leftovers
from tocsin.probe.operation import operations
from tocsin.probe.pace import Exhausted
from tocsin.probe.playing import played
from tocsin.probe.promise import Learnt
from tocsin.probe.renewal import aligned, key_in, lacking, maker, renewal
from tocsin.probe.review import Review, review, working
from tocsin.probe.revoking import Sweep, revoking
from tocsin.probe.runs import Runs
from tocsin.probe.scope import SAFE_METHODS, Target, is_loopback
from tocsin.probe.script import Race, Scene, Script, Scripted
from tocsin.probe.verdict import Broken, enough
from tocsin.probe.volley import attacked
from tocsin.probe.world import Untouched, World

FIRST = 300
"""So many answers are looked at for signs of a framework; pages that are not there tell most."""

SWEPT = 3
"""So many times the rounds of other attacks, where moments are swept: most of them miss."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to probe, and how hard. ``document`` is what the user gave, under its name."""

    target: Target
    document: tuple[str, bytes] | None = None
    place: str = ""
    requests: tuple[Request, ...] = ()
    params: dict[str, Sequence[object]] = field(default_factory=dict)
    framework: str = ""
    rounds: int = 12
    copies: int = 2
    takes: Takes = lambda _endpoint, _name: True
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A race that the wire showed; whoever reports makes a finding of it."""

    broken: Broken
    attack: Attack
    refs: tuple[RequestRef, ...]
    evidence: VolleyEvidence
    framework: str
    sure: bool


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something wrong without a race; ``review`` is how to look for it again."""

    flaw: Flaw
    framework: str
    curl: str
    review: Review | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """An attack was carried out to its end, now or by an earlier scan."""

    check: str
    refs: tuple[RequestRef, ...]


Known = Callable[[str, tuple[RequestRef, ...]], bool | None]
"""Whether an attack of this check with these requests showed a race; ``None``: it is not known."""

Said = event.Event | Shown | Noticed | Settled
"""What a scan tells: events, and what whoever reports makes findings of."""


class Probing:
    """One scan of one address. What a request cannot do ends in a note, not in an exception.

    ``left`` counts the attacks that were not carried out to their end.
    """

    def __init__(self, order: Order, client: Client, world: World) -> None:
        self._order = order
        self._client = client
        self._world = Untouched(world, lambda: client.pace.sent)
        self._began = time.perf_counter()
        self._framework = order.framework
        self._rounds = 0
        self._noted = self._planned = 0
        self._runs = Runs(client, self._world)
        self._footprints: dict[Request, Footprint] = {}
        self._learnt = Learnt(order.framework)
        self._observed: set[frozenset[str]] = set()
        self._own: set[Request] = set()
        self._known_before: Known = lambda _check, _refs: None
        self.left = 0

    def leave(self, known: Known) -> None:
        """Carry out no attack that ``known`` says was carried out by an earlier scan."""
        self._known_before = known

    def events(self) -> Iterator[Said]:
        """Raises a `TocsinError` where the target cannot be probed at all."""
        target = self._order.target
        self._world.restore()
        known, notes = self._known()
        wanted = self._order.params, self._order.takes
        found = Discovery(self._client, self._world, *wanted, supply=self._supplied)
        told = list(self._discovered(found, known))
        seen = [answered(sent.result) for sent in self._client.log[:FIRST]]
        self._framework = self._learnt.framework = self._framework or framework(seen)
        yield event.RunStarted("probe", str(target.origin) + target.path, self._framework)
        yield from map(event.Noted, notes)
        yield from told
        yield from self._news()
        working = distinct(found.working)
        if not self._world.restores:
            working = aligned(working)
        self._own = {one.request for one in working if one.given}
        yield from self._walked(working)
        wish = Wish(self._order.copies, known, self._footprints)
        attacks = [attack for check in CHECKS for attack in check.plan(working, wish)]
        if not self._world.restores:
            people = self._client.sessions.known
            attacks = [
                replace(one, renewal=renewal(one.requests, working, known, people))
                for one in attacks
            ]
            yield from map(event.Noted, self._left_out())
        self._planned = len(attacks)
        yield event.Planned(self._planned)
        cells = [one.permission for one in told if isinstance(one, event.PermissionSeen)]
        scene = self._scene(found.working, known, cells)
        try:
            yield from self._scripted(QUIET, scene)
            for attack in attacks:
                yield from self._attacked(attack)
                yield from self._news()
            for suspect in self._suspects(found.working, cells):
                yield from self._revoked(suspect)
                yield from self._news()
            yield from self._scripted(LATE, scene)
        finally:
            # Whoever stops a scan half-way has even more to tidy up.
            tidied = list(self._tidied(known))
        yield from map(event.Noted, tidied)
        seconds = time.perf_counter() - self._began
        yield event.RunFinished("probe", str(target.origin) + target.path, seconds, self._rounds)

    def again(self, attack: Attack | Suspect) -> Iterator[Said]:
        """One attack that was planned before. Raises a `TocsinError` where nobody answers."""
        reachable(self._client, self._order.target)
        for identity in self._client.sessions.everybody:
            self._client.log_in(identity.name)
        script = None if isinstance(attack, Suspect) else again(attack, self._scene((), (), ()))
        if isinstance(attack, Suspect):
            yield from self._revoked(attack)
        elif script is not None:
            yield from self._played(script)
        else:
            yield from self._attacked(attack)

    def reviewed(self, known: Review) -> Iterator[Said]:
        """One check that was carried out before, from the requests with which it began.

        A note says how many of them do not work any more. Raises a `TocsinError` where nobody
        answers, or there is no such check.
        """
        check = scripted(known.check)
        reachable(self._client, self._order.target)
        for identity in self._client.sessions.everybody:
            self._client.log_in(identity.name)
        found = working(self._client, self._world, known.requests)
        if len(found) < len(known.requests):
            gone = len(known.requests) - len(found)
            yield event.Noted(f"{gone} of its requests do not work any more")
        yield from self._scripted([check], self._scene(found, known.known, known.cells))

    def rehearsed(self) -> Iterator[str]:
        """What would be sent, line by line; only what describes the API is asked for."""
        known, notes = self._known()
        people = ", ".join(one.name for one in self._client.sessions.everybody)
        yield from (f"note: {note}" for note in notes)
        wanted = [one for one in known if self._order.takes(one.endpoint, "")]
        named = [one for one in self._order.requests if self._order.takes(one.endpoint, one.name)]
        for endpoint, who in (
            *((one.endpoint, f"as {people}") for one in wanted),
            *((one.endpoint, f"as {one.identity} ({one.name!r})") for one in named),
        ):
            yield f"{endpoint} {who}: {self._fate(endpoint.partition(' ')[0])}"
        for checks, when in ((QUIET, "before"), (LATE, "after")):
            names = ", ".join(check.name for check in checks)
            yield f"of what works, {when} the races: {names}"

    def _fate(self, method: str) -> str:
        if method in SAFE_METHODS:
            return "read"
        if not self._client.may_change:
            return "not sent, it may change something (--active)"
        fitting = [one.name for one in CHECKS if not one.methods or method in one.methods]
        checks = ", ".join(fitting)
        return f"{checks}, {self._order.copies} copies, up to {self._order.rounds} rounds"

    def _known(self) -> tuple[tuple[Operation, ...], tuple[str, ...]]:
        """The operations to try, and what is to be said about where they come from."""
        order = self._order
        surface = described(self._client, order.target, order.document, order.place)
        if surface is None:
            if not self._order.requests:
                why = "".join(f" ({note})" for note in self._client.notes[:1])
                raise NothingToDo(
                    f"{self._order.target.origin}: no OpenAPI document at the usual places{why}; "
                    "name one with --spec (a file or a path), or requests in the configuration"
                )
            return (), ("no OpenAPI document was found: only the configured requests are tried",)
        return operations(surface, self._order.target.origin)

    def _discovered(self, found: Discovery, known: Sequence[Operation]) -> Iterator[event.Event]:
        for identity in self._client.sessions.everybody:
            if identity.login is not None and not self._client.log_in(identity.name):
                self._client.sessions.drop(identity.name)
        try:
            yield from found.events(known, self._order.requests)
        except Exhausted as error:
            yield event.Noted(f"{error.message}: what was not tried until then is left out")

    def _walked(self, working: Sequence[Working]) -> Iterator[event.Event]:
        """What each request changes when it is alone; left out where that cannot be undone."""
        if not self._world.restores:
            return
        try:
            for request in contenders(working):
                made = self._runs.alone(request, readers(request, working))
                self._footprints[request] = made
        except TocsinError as error:
            yield event.Noted(f"{error.message}: what requests change was not looked at")

    def _tidied(self, known: Sequence[Operation]) -> Iterator[str]:
        """Delete what was made, where nobody puts back the state; say what stays."""
        if self._world.restores or not self._client.may_change:
            return
        usable = [one for one in known if self._order.takes(one.endpoint, "")]
        left = leftovers(self._client.log, usable, self._client.sessions.known)
        gone = 0
        try:
            for request in left.deletions:
                gone += self._client.ask(request).status in {200, 202, 204, 404, 410}
        except TocsinError as error:
            yield f"{error.message}: not everything that was made could be deleted"
        if left.deletions:
            yield f"{gone} of {len(left.deletions)} things that the scan has made were deleted"
        if left.kept:
            places = ", ".join(left.kept[:3]) + (" and others" if len(left.kept) > 3 else "")
            yield f"what was made by POST to {places} stays: nothing deletes it"

    def _scripted(self, checks: Sequence[Scripted], scene: Scene) -> Iterator[Said]:
        """What checks find that say themselves what to send."""
        for check in checks:
            if check.again is not None and self._late:
                yield event.Noted(f"the time limit was reached: {check.name} was not tried")
                continue
            try:
                yield from self._played(check.script(scene), check.name, scene)
            except TocsinError as error:
                yield event.Noted(f"{error.message}: the check {check.name} did not finish")
            yield from self._news()

    def _supplied(self, noun: str, who: str, working: Sequence[Working]) -> Row | None:
        """A new thing of this kind, for requests that use one up."""
        making = maker(noun, who, working, self._client.sessions.known)
        response = self._client.ask(making) if making is not None else None
        if making is None or response is None or not (key := key_in(response, making.path)):
            return None
        rows = single(response.body)
        return {"id": int(key) if key.isdecimal() else key, **(rows[0] if rows else {})}

    def _left_out(self) -> Iterator[str]:
        """What is not tried where nobody puts back the state."""
        if self._client.may_change:
            names = ", ".join((*(one.name for one in RESTORING), stale_authorization.NAME))
            yield f"left out without reset in the configuration, in whole or in part: {names}"

    def _played(
        self, script: Script, check: str = "", scene: Scene | None = None
    ) -> Iterator[Said]:
        try:
            for said in played(script, self._client, self._world):
                if isinstance(said, Flaw):
                    again = review(check, said, scene) if scene is not None else None
                    yield Noticed(said, self._framework, self._curl(said.request), again)
                elif isinstance(said, Race):
                    yield from self._raced(said)
                else:
                    yield said
        finally:
            self._world.restore()

    def _raced(self, race: Race) -> Iterator[Said]:
        """The races of a script, as those of other attacks are told."""
        self._rounds += race.rounds
        self._planned += 1
        yield event.Planned(self._planned)
        refs = tuple(RequestRef(r.endpoint, r.identity, r.name) for r in race.attack.requests)
        verdict, reason = Verdict.INCONCLUSIVE, race.reason
        if race.broken is not None and race.evidence is not None:
            curl = tuple(map(self._curl, dict.fromkeys(race.attack.requests)))
            told = replace(race.evidence, curl=curl)
            yield Shown(race.broken, race.attack, refs, told, self._framework, race.sure)
            verdict, reason = Verdict.VIOLATED, race.broken.reason
        shown = race.evidence.shown if race.evidence is not None else 0
        result = PairResult(refs, verdict, race.rounds, race.bound, reason)
        told_of = attacked(race.attack.check, shown, race.seen)
        yield event.UnitFinished(replace(result, attack=told_of))

    def _scene(
        self,
        working: Sequence[Working],
        known: Sequence[Operation],
        cells: Sequence[Permission],
    ) -> Scene:
        origin = self._order.target.origin
        return Scene(
            working=working,
            known=known,
            identities=self._client.sessions.known,
            cells=cells,
            footprints=self._footprints,
            may_change=self._client.may_change,
            restores=self._world.restores,
            foreign=not is_loopback(origin),
            encrypted=origin.scheme == "https",
            rounds=self._order.rounds,
        )

    @property
    def _late(self) -> bool:
        late = self._order.seconds
        return late is not None and time.perf_counter() - self._began > late

    def _news(self) -> Iterator[event.Noted]:
        """What the client noticed since it was asked last."""
        notes = self._client.notes[self._noted :]
        self._noted += len(notes)
        yield from map(event.Noted, notes)

    def _suspects(
        self, working: Sequence[Working], cells: Sequence[Permission]
    ) -> Sequence[Suspect]:
        """Pairs of which one takes something from the other; all from one state, or none."""
        if not self._world.restores or self._late:
            return ()
        people = self._client.sessions.known
        planned = stale_authorization.plan(working, people, self._footprints, cells)
        try:
            return revoking(self._client, self._world, planned)
        except TocsinError:
            self.left += 1
            return ()

    def _revoked(self, suspect: Suspect) -> Iterator[Said]:
        """Sweep one pair. One in which nothing is taken away is none: nothing is told of it."""
        began = time.perf_counter()
        requests = (suspect.victim, suspect.revocation)
        refs = tuple(RequestRef(r.endpoint, r.identity, r.name) for r in requests)
        if self._known_before(stale_authorization.NAME, refs) is not None:
            yield Settled(stale_authorization.NAME, refs)
            return
        if self._late:
            self.left += 1
            return
        sweep = Sweep(self._client, self._world, suspect)
        try:
            if not sweep.prepare():
                yield Settled(stale_authorization.NAME, refs)
                return
            self._planned += 1
            yield event.Planned(self._planned)
            sweep.run(SWEPT * self._order.rounds)
        except TocsinError as error:
            self.left += 1
            yield event.UnitFinished(PairResult(refs, Verdict.INCONCLUSIVE, reason=error.message))
            return
        finally:
            self._world.restore()
            self._rounds += len(sweep.rounds)
        if sweep.lags:
            attack = Attack(stale_authorization.NAME, requests, suspect.readers)
            told = sweep.evidence(tuple(map(self._curl, requests)))
            yield Shown(sweep.broken, attack, refs, told, self._framework, sweep.sure)
        carried = attacked(stale_authorization.NAME, len(sweep.lags), sweep.rounds)
        result = sweep.result(refs, time.perf_counter() - began)
        yield event.UnitFinished(replace(result, attack=carried))
        yield Settled(stale_authorization.NAME, refs)

    def _attacked(self, attack: Attack) -> Iterator[Said]:
        refs = tuple(RequestRef(r.endpoint, r.identity, r.name) for r in attack.requests)
        before = self._known_before(attack.check, refs)
        if before is not None:
            self._came_to(attack, shown=before)
            yield Settled(attack.check, refs)
            return
        if attack.endpoints in self._observed and not self._own & set(attack.requests):
            reason = "not raced: a race of these endpoints was observed already"
            yield event.UnitFinished(PairResult(refs, Verdict.INCONCLUSIVE, reason=reason))
            return
        if self._late:
            self.left += 1
            reason = f"the time limit of {self._order.seconds:g} s was reached"
            yield event.UnitFinished(PairResult(refs, Verdict.INCONCLUSIVE, reason=reason))
            return
        try:
            yield from self._tried(attack, refs)
        except TocsinError as error:
            self.left += 1
            yield event.UnitFinished(PairResult(refs, Verdict.INCONCLUSIVE, reason=error.message))
        finally:
            self._world.restore()

    def _tried(self, attack: Attack, refs: tuple[RequestRef, ...]) -> Iterator[Said]:
        began = time.perf_counter()
        fought = fight(self._runs, attack, self._order.rounds, self._footprints, self._learnt)
        self._came_to(attack, shown=bool(fought.broken))
        if attack.copies and fought.broken:
            self._learnt.of_two(*fought.of(len(attack.requests)))
        self._rounds += fought.sent
        if fought.broken:
            curl = tuple(map(self._curl, dict.fromkeys(attack.requests)))
            yield Shown(
                fought.worst,
                fought.attack,
                refs,
                fought.evidence(curl),
                self._framework,
                sure=enough(fought.broken),
            )
        result = replace(fought.result(refs, time.perf_counter() - began), attack=fought.attacked)
        if fought.baseline.trouble and not self._world.restores:
            missing = lacking(attack.renewal, attack.requests)
            helps = "reset in the configuration helps"
            helps += f", or a POST that makes a new {missing}" if missing else ""
            result = replace(result, reason=f"{result.reason} ({helps})")
        yield event.UnitFinished(result)
        yield Settled(attack.check, refs)

    def _came_to(self, attack: Attack, *, shown: bool) -> None:
        """Remember what is known of these endpoints by now: other attacks are planned by that."""
        endpoints = attack.endpoints
        if shown:
            self._observed.add(endpoints)
        if len(endpoints) == 1:
            (endpoint,) = endpoints
            self._learnt.raced[endpoint] = self._learnt.raced.get(endpoint, False) or shown

    def _curl(self, request: Request) -> str:
        return command(self._order.target.origin, request, self._client.redactor)
