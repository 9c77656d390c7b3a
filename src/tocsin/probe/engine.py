"""Probing one address: what it offers, what works, then every attack against a serial baseline."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from tocsin.errors import NothingToDo, TocsinError, Unreachable
from tocsin.model import event
from tocsin.model.http import ANONYMOUS, Operation, Request, Response
from tocsin.model.verdict import PairResult, Permission, RequestRef, Verdict
from tocsin.model.volley import VolleyEvidence
from tocsin.probe.baseline import Baseline, Outcome, outcome
from tocsin.probe.calibrate import PREFERENCES, calibrate
from tocsin.probe.checks import stale_authorization
from tocsin.probe.checks.base import Attack, Wish
from tocsin.probe.checks.registry import CHECKS, LATE, QUIET, again
from tocsin.probe.checks.stale_authorization import Suspect
from tocsin.probe.client import Client, answered
from tocsin.probe.curl import command
from tocsin.probe.discover import Discovery, Takes, Working, distinct
from tocsin.probe.effect import State, content, effect
from tocsin.probe.fingerprint import framework
from tocsin.probe.flaw import Flaw
from tocsin.probe.fought import Fought
from tocsin.probe.message import Observation, Way
from tocsin.probe.operation import operations
from tocsin.probe.pace import Exhausted
from tocsin.probe.playing import played
from tocsin.probe.revoking import Sweep
from tocsin.probe.scope import SAFE_METHODS, Target, is_loopback
from tocsin.probe.script import Race, Scene, Script, Scripted
from tocsin.probe.spec import load
from tocsin.probe.spec.find import Found, find
from tocsin.probe.spec.surface import Surface
from tocsin.probe.verdict import ENOUGH, Broken
from tocsin.probe.world import World

REPEATS = 2
"""Serial runs of each kind: what they do not agree on is no evidence."""

FIRST = 300
"""So many answers are looked at for signs of a framework; pages that are not there tell most."""

SWEPT = 3
"""So many times the rounds of other attacks, where moments are swept: most of them miss."""

SILENT = 1
"""So many reads that show nothing in a row are made in the rounds, too."""


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
    """Something wrong without a race."""

    flaw: Flaw
    framework: str
    curl: str


Said = event.Event | Shown | Noticed
"""What a scan tells: events, and what whoever reports makes findings of."""


class Probing:
    """One scan of one address. What a request cannot do ends in a note, not in an exception."""

    def __init__(self, order: Order, client: Client, world: World) -> None:
        self._order = order
        self._client = client
        self._world = world
        self._began = time.perf_counter()
        self._framework = order.framework
        self._rounds = 0
        self._noted = self._planned = 0
        self._ways: dict[str, Way] = {}
        self._begin: dict[str, object] = {}

    def events(self) -> Iterator[Said]:
        """Raises a `TocsinError` where the target cannot be probed at all."""
        target = self._order.target
        self._world.restore()
        known, notes = self._known()
        found = Discovery(self._client, self._world, self._order.params, self._order.takes)
        told = list(self._discovered(found, known))
        seen = [answered(sent.result) for sent in self._client.log[:FIRST]]
        self._framework = self._framework or framework(seen)
        yield event.RunStarted("probe", str(target.origin) + target.path, self._framework)
        yield from map(event.Noted, notes)
        yield from told
        yield from self._news()
        attacks = [
            attack
            for check in CHECKS
            for attack in check.plan(distinct(found.working), Wish(self._order.copies, known))
        ]
        self._planned = len(attacks)
        yield event.Planned(self._planned)
        cells = [one.permission for one in told if isinstance(one, event.PermissionSeen)]
        scene = self._scene(found.working, known, cells)
        yield from self._scripted(QUIET, scene)
        for attack in attacks:
            yield from self._attacked(attack)
            yield from self._news()
        for suspect in self._suspects(found.working):
            yield from self._revoked(suspect)
            yield from self._news()
        yield from self._scripted(LATE, scene)
        seconds = time.perf_counter() - self._began
        yield event.RunFinished("probe", str(target.origin) + target.path, seconds, self._rounds)

    def again(self, attack: Attack | Suspect) -> Iterator[Said]:
        """One attack that was planned before. Raises a `TocsinError` where nobody answers."""
        self._reachable()
        for identity in self._client.sessions.everybody:
            self._client.log_in(identity.name)
        script = None if isinstance(attack, Suspect) else again(attack, self._order.rounds)
        if isinstance(attack, Suspect):
            yield from self._revoked(attack)
        elif script is not None:
            yield from self._played(script)
        else:
            yield from self._attacked(attack)

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
        surface = self._surface()
        if surface is None:
            if not self._order.requests:
                raise NothingToDo(
                    f"{self._order.target.origin}: no OpenAPI document at the usual places; name "
                    "one with --spec (a file or a path), or requests in the configuration"
                )
            return (), ("no OpenAPI document was found: only the configured requests are tried",)
        return operations(surface, self._order.target.origin)

    def _surface(self) -> Surface | None:
        if self._order.document is not None:
            name, given = self._order.document
            self._reachable()
            return load.read(given, name)
        if self._order.place:
            response = self._get(self._order.place)
            if response is None or not response.ok:
                said = "does not answer" if response is None else f"answers {response.status}"
                raise NothingToDo(f"--spec {self._order.place}: {self._order.target.origin} {said}")
            return load.read(response.body, self._order.place)
        self._reachable()
        return self._searched()

    def _reachable(self) -> None:
        response = self._client.ask(_get_request(self._order.target.path or "/", ANONYMOUS.name))
        if response.error is not None:
            raise Unreachable(f"{self._order.target.origin}: {response.error}")

    def _searched(self) -> Surface | None:
        """The document at one of the usual places, below the target's path too."""
        prefixes = dict.fromkeys((self._order.target.path, ""))
        for prefix in prefixes:
            search = find()
            try:
                path = next(search)
                while True:
                    path = search.send(self._get(prefix + path))
            except StopIteration as stop:
                found: Found | None = stop.value
                if found is not None:
                    return found.surface
        return None

    def _get(self, path: str) -> Response | None:
        """An answer to anybody, or to those who are known, if anybody is refused."""
        response: Response | None = None
        names = [one.name for one in reversed(self._client.sessions.everybody)]
        for name in names[:2]:
            response = self._client.ask(_get_request(path, name))
            if response.error is not None:
                return None
            if response.status not in {401, 403}:
                break
        return response

    def _discovered(self, found: Discovery, known: Sequence[Operation]) -> Iterator[event.Event]:
        for identity in self._client.sessions.everybody:
            if identity.login is not None and not self._client.log_in(identity.name):
                self._client.sessions.drop(identity.name)
        try:
            yield from found.events(known, self._order.requests)
        except Exhausted as error:
            yield event.Noted(f"{error.message}: what was not tried until then is left out")

    def _scripted(self, checks: Sequence[Scripted], scene: Scene) -> Iterator[Said]:
        """What checks find that say themselves what to send."""
        for check in checks:
            if check.again is not None and self._late:
                return
            try:
                yield from self._played(check.script(scene))
            except TocsinError as error:
                yield event.Noted(f"{error.message}: the check {check.name} did not finish")
            yield from self._news()

    def _played(self, script: Script) -> Iterator[Said]:
        try:
            for said in played(script, self._client, self._world):
                if isinstance(said, Flaw):
                    yield Noticed(said, self._framework, self._curl(said.request))
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
        yield event.UnitFinished(PairResult(refs, verdict, race.rounds, race.bound, reason))

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

    def _suspects(self, working: Sequence[Working]) -> tuple[Suspect, ...]:
        """Pairs of which one may take the other's right away; all from one state, or none."""
        if not self._world.restores:
            return ()
        return stale_authorization.plan(working, self._client.sessions.known)

    def _revoked(self, suspect: Suspect) -> Iterator[Said]:
        """Sweep one pair. One in which nothing is taken away is none: nothing is told of it."""
        began = time.perf_counter()
        requests = (suspect.victim, suspect.revocation)
        refs = tuple(RequestRef(r.endpoint, r.identity, r.name) for r in requests)
        if self._late:
            return
        sweep = Sweep(self._client, self._world, suspect)
        try:
            if not sweep.prepare():
                return
            self._planned += 1
            yield event.Planned(self._planned)
            sweep.run(SWEPT * self._order.rounds)
        except TocsinError as error:
            yield event.UnitFinished(PairResult(refs, Verdict.INCONCLUSIVE, reason=error.message))
            return
        finally:
            self._world.restore()
            self._rounds += len(sweep.rounds)
        if sweep.lags:
            attack = Attack(stale_authorization.NAME, requests, suspect.readers)
            told = sweep.evidence(tuple(map(self._curl, requests)))
            yield Shown(sweep.broken, attack, refs, told, self._framework, sweep.sure)
        yield event.UnitFinished(sweep.result(refs, time.perf_counter() - began))

    def _attacked(self, attack: Attack) -> Iterator[Said]:
        refs = tuple(RequestRef(r.endpoint, r.identity, r.name) for r in attack.requests)
        if self._late:
            reason = f"the time limit of {self._order.seconds:g} s was reached"
            yield event.UnitFinished(PairResult(refs, Verdict.INCONCLUSIVE, reason=reason))
            return
        try:
            yield from self._tried(attack, refs)
        except TocsinError as error:
            yield event.UnitFinished(PairResult(refs, Verdict.INCONCLUSIVE, reason=error.message))
        finally:
            self._world.restore()

    def _tried(self, attack: Attack, refs: tuple[RequestRef, ...]) -> Iterator[Said]:
        began = time.perf_counter()
        baseline = Baseline.of(
            [[self._serial(attack, order) for _ in range(REPEATS)] for order in attack.orders],
            copies=attack.copies,
        )
        if baseline.trouble:
            hint = "" if self._world.restores else " (reset in the configuration helps)"
            yield event.UnitFinished(
                PairResult(refs, Verdict.INCONCLUSIVE, reason=baseline.trouble + hint)
            )
            return
        attack = replace(attack, readers=tuple(_telling(attack.readers, baseline)))
        fought, way = Fought(attack, baseline), self._way(attack)
        while len(fought.rounds) < self._order.rounds and len(fought.broken) < ENOUGH:
            fought.add(*self._round(attack, way))
            self._rounds += 1
        seconds = time.perf_counter() - began
        if fought.broken:
            yield Shown(
                fought.worst,
                attack,
                refs,
                fought.evidence(tuple(map(self._curl, dict.fromkeys(attack.requests)))),
                self._framework,
                sure=len(fought.broken) >= ENOUGH,
            )
        yield event.UnitFinished(fought.result(refs, seconds))

    def _curl(self, request: Request) -> str:
        return command(self._order.target.origin, request, self._client.redactor)

    def _serial(self, attack: Attack, order: Sequence[int]) -> Outcome:
        """Some of the requests one after the other; their answers in the order of the attack."""
        self._world.restore()
        before = self._before(attack)
        responses = {place: self._client.ask(attack.requests[place]) for place in order}
        changed = effect(before, self._read(attack))
        return outcome((responses[one] for one in sorted(order)), changed, copies=attack.copies)

    def _round(self, attack: Attack, way: Way) -> tuple[Outcome, Observation]:
        """All of them at once."""
        self._world.restore()
        before = self._before(attack)
        observation = self._client.fire(attack.requests, way, ())
        after = self._read(attack)
        answers = map(answered, observation.results)
        return outcome(answers, effect(before, after), copies=attack.copies), observation

    def _before(self, attack: Attack) -> State:
        """What is read before anything is sent; where everything is restored, read once."""
        if not self._world.restores:
            return self._read(attack)
        missing = [one for one in attack.readers if _label(one) not in self._begin]
        self._begin.update(self._read(replace(attack, readers=tuple(missing))))
        return {_label(one): self._begin[_label(one)] for one in attack.readers}

    def _read(self, attack: Attack) -> State:
        return {_label(one): content(self._client.ask(one)) for one in attack.readers}

    def _way(self, attack: Attack) -> Way:
        """Where these requests can be held back: tried once for each, with real requests.

        Of different ones the last of the tried points counts: it holds more back.
        """
        ways = [
            self._held(request, len(attack.requests)) for request in dict.fromkeys(attack.requests)
        ]
        return max(ways, key=lambda way: PREFERENCES.index((way.protocol, way.hold)))

    def _held(self, request: Request, copies: int) -> Way:
        if request.endpoint not in self._ways:
            self._world.restore()
            (shot,) = self._client.shots([request])
            found = calibrate(self._client, self._client.origin, shot, copies=copies)
            self._ways[request.endpoint] = found.way
        return self._ways[request.endpoint]


def _label(read: Request) -> str:
    return f"{read.method} {unquote(read.path)} as {read.identity}"


def _telling(readers: Sequence[Request], baseline: Baseline) -> Iterator[Request]:
    """The reads that showed a change in a row, and a few that did not: those may at once."""
    paths = {change.path for group in baseline.groups for run in group for change in run.effect}
    silent = 0
    for one in readers:
        if any(path.startswith(_label(one)) for path in paths):
            yield one
        elif silent < SILENT:
            silent += 1
            yield one


def _get_request(path: str, identity: str) -> Request:
    return Request(f"GET {path}", f"GET {path}", "GET", path, identity=identity)
