"""The black-box engine's part of a scan: an address in, events out."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tocsin.config import Config
from tocsin.errors import Unreachable, UsageError
from tocsin.explore.messages import Selection
from tocsin.model import event
from tocsin.model.anomaly import Name
from tocsin.model.finding import Evidence, Finding
from tocsin.model.location import Location
from tocsin.model.verdict import Level, PairResult, RequestRef, Severity, Verdict
from tocsin.report.plan import FLAW, PlanFile, save
from tocsin.report.remediation import Orm, remediation
from tocsin.report.witness import scrub
from tocsin.scan.findings import KINDS
from tocsin.scan.flaws import fingerprint, flawed
from tocsin.scan.options import ScanOptions
from tocsin.scan.requests import given
from tocsin.scan.unfinished import Settled, Unfinished

if TYPE_CHECKING:
    from tocsin.probe.client import Client
    from tocsin.probe.engine import Noticed, Order, Probing, Said, Shown
    from tocsin.probe.message import Origin
    from tocsin.probe.scope import Scope, Target
    from tocsin.probe.world import World

_SPEC = 32 * 1024 * 1024
_MEDIUM = frozenset({"crash under concurrency", "read skew"})
_FILES = "TOC3"
"""How the codes of rules about files begin."""


def events(options: ScanOptions, address: str) -> Iterator[event.Event]:
    """Probe one address. Raises a `TocsinError`; out of scope, before anything is sent.

    What tokens the server handed out is in no event.
    """
    from tocsin.probe.har import dumps

    with opened(options, address) as (probing, client):
        try:
            yield from _Telling(options, address, client).events(probing)
        finally:
            if options.har is not None:
                _save(options.har, dumps(client.log, client.redactor))


class _Telling:
    """What the engine says, as events; and what it has settled, in a file until all is done."""

    def __init__(self, options: ScanOptions, address: str, client: Client) -> None:
        self._options = options
        self._address = address
        self._client = client
        self._described, _ = _spec(options)
        self._shown: dict[tuple[RequestRef, ...], Finding] = {}
        self._causes: dict[tuple[str, frozenset[str]], Finding] = {}
        self._last: PairResult | None = None
        self._file = Unfinished.of(options.unfinished, address, lambda: client.redactor.all)

    def events(self, probing: Probing) -> Iterator[event.Event]:
        taken = self._file.taken_up() if self._options.resume else 0
        probing.leave(self._before)
        for each in probing.events():
            for told in self._told(each):
                yield scrub(told, self._client.redactor.all)
            if isinstance(each, event.RunStarted):
                yield from map(event.Noted, self._begun(taken))
            elif isinstance(each, event.RunFinished) and not probing.left:
                self._file.over()

    def _before(self, check: str, refs: tuple[RequestRef, ...]) -> bool | None:
        known = self._file.known(check, refs)
        return None if known is None else known.finding is not None

    def _begun(self, taken: int) -> Iterator[str]:
        problem = self._file.begun()
        if problem:
            yield problem
        if self._options.resume:
            found = f"{taken} attacks are taken over from" if taken else "nothing is left of"
            yield f"{found} a scan of {self._address} that was interrupted"

    def _told(self, each: Said) -> Iterator[event.Event]:
        from tocsin.probe.engine import Noticed, Shown
        from tocsin.probe.engine import Settled as Over

        if isinstance(each, Over):
            yield from self._settled(each.check, each.refs)
        elif isinstance(each, Shown) and _cause(finding(each)) in self._causes:
            # Another check has shown it of the same endpoints: one cause, one finding.
            self._shown[each.refs] = self._causes[_cause(finding(each))]
        elif isinstance(each, Shown):
            yield self._raised(_planned(each, self._options, self._address, self._client))
        elif isinstance(each, Noticed):
            yield self._raised(_reviewable(each, self._options, self._address, self._client))
        elif isinstance(each, event.UnitFinished):
            told = _named(each, self._shown)
            self._last = told.result
            yield told
        else:
            yield each

    def _raised(self, made: Finding) -> event.FindingRaised:
        placed = _placed(made, self._described)
        self._shown[placed.requests] = placed
        if placed.anomaly:
            self._causes[_cause(placed)] = placed
        return event.FindingRaised(placed)

    def _settled(self, check: str, refs: tuple[RequestRef, ...]) -> Iterator[event.Event]:
        """Written down; or told, if it was settled before."""
        known = self._file.known(check, refs)
        if known is None:
            unit = self._last if self._last is not None and self._last.requests == refs else None
            broken = unit is not None and unit.verdict is Verdict.VIOLATED
            self._file.add(Settled(check, refs, unit, self._shown.get(refs) if broken else None))
            return
        if known.finding is not None and _cause(known.finding) not in self._causes:
            self._causes[_cause(known.finding)] = known.finding
            yield event.FindingRaised(known.finding)
        if known.unit is not None:
            yield event.UnitFinished(known.unit)


def rehearsed(options: ScanOptions, address: str) -> Iterator[str]:
    """What probing an address would send, in lines. The document that describes it is asked for."""
    with opened(replace(options, config=_without_reset(options.config)), address) as (probing, _):
        yield from probing.rehearsed()


def _without_reset(config: Config) -> Config:
    return msgspec.structs.replace(config, reset=None)


@contextmanager
def opened(options: ScanOptions, address: str) -> Iterator[tuple[Probing, Client]]:
    """Everything decided, connections to be closed afterwards. Nothing has been sent yet."""
    from tocsin.probe.client import Client
    from tocsin.probe.delivery import Delivery
    from tocsin.probe.engine import Probing
    from tocsin.probe.identity import Sessions
    from tocsin.probe.message import Protocol
    from tocsin.probe.pace import Pace
    from tocsin.probe.redaction import Redactor
    from tocsin.probe.scope import scope, target
    from tocsin.probe.transports.base import Limits

    config = options.config
    aim, allowed = target(address), scope(config.scope, active=config.active)
    allowed.check(aim.origin)
    order = _order(options, aim)
    aim = replace(aim, origin=_pinned(aim.origin, allowed))
    limits = Limits(answer=config.request_timeout, body=_SPEC)
    with _world(options) as world, Delivery(limits) as delivery:
        client = Client(
            aim.origin,
            delivery,
            Sessions.of(options.identities),
            Redactor(options.secrets),
            Pace(config.rate, config.max_requests),
            may_change=allowed.may_change(aim.origin),
            protocols=tuple(map(Protocol, config.protocols)),
        )
        yield Probing(replace(order, target=aim), client, world), client


def _order(options: ScanOptions, aim: Target) -> Order:
    from tocsin.probe.engine import Order

    config = options.config
    selection = Selection(tuple(config.only), tuple(config.skip))
    document, place = _spec(options)
    return Order(
        target=aim,
        document=document,
        place=place,
        requests=given(config, options.identities),
        params=dict(config.params),
        framework=config.framework or "",
        rounds=config.rounds,
        copies=config.copies,
        takes=selection.takes,
        seconds=config.time_limit,
    )


def _spec(options: ScanOptions) -> tuple[tuple[str, bytes] | None, str]:
    """The file that describes the API, or the path on the server where it is."""
    named = options.config.spec
    if named is None:
        return None, ""
    for path in (Path(named), options.root / named):
        if path.is_file():
            try:
                with path.open("rb") as file:
                    return (named, file.read(_SPEC + 1)), ""
            except OSError as error:
                raise UsageError(f"spec {named}: cannot be read: {error.strerror}") from None
    if not named.startswith("/"):
        raise UsageError(f"spec {named}: is no file, and no path on the server ('/openapi.json')")
    return None, named


def _pinned(origin: Origin, allowed: Scope) -> Origin:
    """The origin with the address to connect to: asked for once, judged, and kept."""
    try:
        found = socket.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreachable(f"{origin.host}: no address is known for this name") from None
    addresses = dict.fromkeys(str(entry[4][0]) for entry in found)
    return replace(origin, address=allowed.choose(origin, addresses))


def _world(options: ScanOptions) -> AbstractContextManager[World]:
    from tocsin.probe.world import AsItIs
    from tocsin.scan.resetting import Resetting

    config = options.config
    if config.reset is None:
        return nullcontext(AsItIs())
    return Resetting(config.reset, options.import_paths, config.env)


def _save(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--har {path}: cannot be written: {error.strerror}") from error


def _cause(found: Finding) -> tuple[str, frozenset[str]]:
    """What two findings have in common that one change of the code mends."""
    return found.anomaly, frozenset(one.endpoint for one in found.requests)


def _placed(made: Finding, described: tuple[str, bytes] | None) -> Finding:
    """The finding with the line of the document, where that is a file."""
    from tocsin.probe.spec.locate import line_of

    if described is None:
        return made
    name, content = described
    line = line_of(content.decode("utf-8", "replace"), made.endpoint)
    return made if line is None else replace(made, declared=Location(name, line))


def _planned(shown: Shown, options: ScanOptions, address: str, client: Client) -> Finding:
    """The finding, and a file with which its requests can be sent again."""
    made = finding(shown)
    file = PlanFile(
        plan="volley",
        address=address,
        check=shown.attack.check,
        requests=shown.attack.requests,
        readers=shown.attack.readers,
        makers=shown.attack.renewal.makers,
        fields=shown.attack.renewal.fields,
        framework=made.framework,
        rule=made.rule,
        title=made.title,
        endpoint=made.endpoint,
        fingerprint=made.fingerprint,
    )
    return _saved(made, file, made.anomaly, options, client)


def _reviewable(noticed: Noticed, options: ScanOptions, address: str, client: Client) -> Finding:
    """The finding, and a file with which its check can be carried out again."""
    made, review = flawed(noticed), noticed.review
    if review is None:
        return made
    kind = noticed.flaw.kind.value
    file = PlanFile(
        plan=FLAW,
        address=address,
        check=review.check,
        requests=review.requests,
        framework=made.framework,
        rule=made.rule,
        title=made.title,
        endpoint=made.endpoint,
        fingerprint=made.fingerprint,
        kind=kind,
        known=tuple(msgspec.json.encode(one).decode() for one in review.known),
        cells=review.cells,
    )
    return _saved(made, file, kind, options, client)


def _saved(
    made: Finding, file: PlanFile, kind: str, options: ScanOptions, client: Client
) -> Finding:
    path = options.witness_dir / f"{kind.replace(' ', '-')}-{made.fingerprint}.json"
    try:
        save(file, path, client.redactor.all)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error
    return replace(made, witness_path=str(path))


def _named(
    told: event.UnitFinished, shown: Mapping[tuple[RequestRef, ...], Finding]
) -> event.UnitFinished:
    """The result of a pair with the finding that was just raised for it."""
    found = shown.get(told.result.requests)
    if found is None or told.result.verdict is not Verdict.VIOLATED:
        return told
    return event.UnitFinished(
        replace(
            told.result,
            findings=(found.fingerprint,),
            anomalies=((found.anomaly, found.severity),),
        )
    )


def finding(shown: Shown) -> Finding:
    """The finding that a race on the wire makes."""
    broken, evidence = shown.broken, shown.evidence
    kind = KINDS[broken.name]
    rule = broken.rule or kind.rule
    endpoint = shown.refs[0].endpoint
    orm = Orm.DJANGO if shown.framework == "django" else Orm.SQL
    orm = Orm.FILE if rule.startswith(_FILES) else orm
    return Finding(
        rule=rule,
        title=f"{kind.title} in {endpoint}",
        description=_description(shown),
        category=kind.category,
        severity=_severity(shown),
        confidence="high" if shown.sure else "medium",
        endpoint=endpoint,
        framework=shown.framework,
        anomaly=broken.name.value,
        requests=shown.refs,
        evidence=Evidence(Level.OBSERVED, volley=evidence, reason=broken.reason),
        remediation=remediation(broken.name, orm),
        fingerprint=fingerprint(rule, broken.name.value, shown.refs),
        cwe=kind.cwe,
        owasp=kind.owasp,
    )


def _severity(shown: Shown) -> Severity:
    """As exploring has it: who only reads too long does less harm than who writes."""
    name = shown.broken.name
    if name is Name.STALE_AUTHORIZATION and shown.attack.requests[0].method == "GET":
        return Severity.LOW
    return Severity.MEDIUM if name.value in _MEDIUM else Severity.HIGH


def _description(shown: Shown) -> str:
    evidence = shown.evidence
    named = Counter(f"{one.endpoint} as {one.identity}" for one in shown.attack.requests)
    who = " and ".join(
        f"{times} times {name}" if times > 1 else name for name, times in named.items()
    )
    return (
        f"{who} at once: {shown.broken.reason}. "
        f"Shown in {evidence.shown} of {evidence.rounds} rounds, which makes it "
        f"{evidence.low:.0%} to {evidence.high:.0%} of volleys at 95 % confidence."
    )
