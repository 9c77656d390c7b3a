"""The document for tools: one JSON object, with a published schema."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

import msgspec

from tocsin.model.anomaly import Anomaly, Name
from tocsin.model.finding import Evidence, Finding, Outcome, Witness
from tocsin.model.fix import Fix
from tocsin.model.history import Op
from tocsin.model.location import Location
from tocsin.model.suppression import Suppression, SuppressionKind
from tocsin.model.verdict import PairResult, Permission, RequestRef
from tocsin.model.volley import VolleyEvidence
from tocsin.model.window import Window
from tocsin.report import shape
from tocsin.report.document import Document
from tocsin.report.words import mark


def render(document: Document) -> str:
    """The document as indented JSON, with a newline at its end."""
    return msgspec.json.format(msgspec.json.encode(report(document)), indent=2).decode() + "\n"


def schema() -> dict[str, Any]:
    """The JSON Schema of what `render` gives."""
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "tocsin report",
        **msgspec.json.schema(shape.Report),
    }
    return msgspec.json.decode(msgspec.json.encode(document), type=dict[str, Any])


def report(document: Document) -> shape.Report:
    """The document in the published shape."""
    return shape.Report(
        schema_version=shape.SCHEMA_VERSION,
        tool=shape.Tool("tocsin", version("tocsin")),
        target=list(document.targets),
        verdict=document.verdict.value,
        score=document.score,
        grade=document.grade,
        interrupted=document.interrupted,
        seconds=round(document.seconds, 3),
        schedules=document.schedules,
        stores=list(document.stores),
        findings=[_finding(finding) for finding in document.findings],
        operations=[
            shape.OperationEntry(
                o.endpoint,
                o.identity,
                "skipped" if o.status == "skipped" else "exercised",
                o.reason,
            )
            for o in document.operations
        ],
        pairs=[_pair(pair) for pair in document.pairs],
        authorization=[_permission(p) for p in document.permissions],
        notes=list(document.notes),
        tally=_tally(document),
        unread=[shape.FileEntry(file.path, file.reason) for file in document.unread],
        fastapi_toctou_tests=_tests(document, "fastapi"),
        flask_toctou_tests=_tests(document, "flask"),
        django_toctou_tests=_tests(document, "django"),
    )


def _permission(cell: Permission) -> shape.PermissionEntry:
    return shape.PermissionEntry(
        cell.endpoint, cell.identity, cell.allowed, cell.status, cell.object
    )


def _finding(finding: Finding) -> shape.FindingEntry:
    return shape.FindingEntry(
        rule=finding.rule,
        title=finding.title,
        category=finding.category,
        severity=finding.severity.value,
        confidence=finding.confidence,
        description=finding.description,
        endpoint=finding.endpoint,
        framework=finding.framework,
        anomaly=finding.anomaly,
        code_snippet=finding.code_snippet,
        remediation=finding.remediation.summary,
        remediation_code=finding.remediation.code,
        reference=finding.remediation.reference,
        evidence=_evidence(finding.evidence),
        check=_place(finding.check),
        use=_place(finding.use),
        requests=_requests(finding.requests),
        also=[_requests(others) for others in finding.also],
        cwe=finding.cwe,
        owasp=finding.owasp,
        fingerprint=finding.fingerprint,
        witness=finding.witness_path,
        suppression=_suppression(finding.suppression),
        fixes=[_fix(each) for each in finding.fixes],
        endpoints=list(finding.endpoints or (finding.endpoint,)),
        twins=[_twin(each) for each in finding.twins],
    )


def _twin(finding: Finding) -> shape.TwinEntry:
    return shape.TwinEntry(
        finding.rule,
        finding.anomaly,
        finding.severity.value,
        finding.confidence,
        finding.description,
        finding.fingerprint,
        _place(finding.check),
        _place(finding.use),
    )


def _fix(fix: Fix) -> shape.FixEntry:
    changes = [
        shape.ChangeEntry(
            change.path,
            [shape.EditEntry(each.start + 1, each.end + 1, each.text) for each in change.edits],
        )
        for change in fix.changes
    ]
    return shape.FixEntry(fix.name, fix.description, fix.safety.value, fix.hint, changes)


def _suppression(given: Suppression | None) -> shape.SuppressionEntry | None:
    if given is None:
        return None
    return shape.SuppressionEntry(given.kind.value, given.reason, _place(given.place))


def _tally(document: Document) -> shape.Tally:
    return shape.Tally(
        suppressed=len(document.suppressed(SuppressionKind.COMMENT)),
        accepted=len(document.suppressed(SuppressionKind.BASELINE)),
        hidden=document.hidden,
        gone=list(document.gone),
        files=len(document.files) - len(document.unread),
    )


def _evidence(evidence: Evidence) -> shape.EvidenceEntry:
    witness, window = evidence.witness, _window(evidence.window)
    if witness is None:
        return shape.EvidenceEntry(
            evidence.level.value, evidence.reason, window=window, volley=_volley(evidence.volley)
        )
    anomaly = witness.anomaly
    return shape.EvidenceEntry(
        level=evidence.level.value,
        reason=evidence.reason,
        explanation=anomaly.explanation,
        phenomenon=anomaly.phenomenon.value,
        schedule=str(witness.schedule),
        replays=witness.replays,
        interleaving=[_step(op, anomaly) for op in witness.history.ops],
        dependencies=[shape.Dependency(e.earlier, e.later, e.kind, e.item) for e in anomaly.edges],
        serial=_serial(witness),
        observed=_outcome((), witness.observed),
        window=window,
    )


def _volley(volley: VolleyEvidence | None) -> shape.VolleyEntry | None:
    if volley is None:
        return None
    return shape.VolleyEntry(
        shown=volley.shown,
        rounds=volley.rounds,
        low=round(volley.low, 4),
        high=round(volley.high, 4),
        way=volley.way,
        overlapped=volley.overlapped,
        spread=round(volley.spread, 6),
        serial=volley.serial,
        observed=volley.observed,
        curl=list(volley.curl),
        flights=[shape.FlightEntry(f.request, f.sent, f.done, f.status) for f in volley.flights],
    )


def _window(window: Window | None) -> shape.WindowEntry | None:
    if window is None:
        return None
    crossings = [
        shape.CrossingEntry(each.kind.value, _placed(each.at), each.text)
        for each in window.crossings
    ]
    more = [
        shape.SiteEntry(each.endpoint, _placed(each.check), _placed(each.use))
        for each in window.more
    ]
    return shape.WindowEntry(
        _placed(window.check), _placed(window.use), window.item, crossings, more
    )


def _serial(witness: Witness) -> list[shape.OutcomeEntry]:
    return [_outcome(serial.order, serial.outcome) for serial in witness.serial]


def _outcome(order: tuple[str, ...], outcome: Outcome) -> shape.OutcomeEntry:
    return shape.OutcomeEntry(
        list(order),
        [shape.ResponseEntry(task, status, body) for task, status, body in outcome.responses],
        dict(outcome.state),
    )


def _step(op: Op, anomaly: Anomaly) -> shape.Step:
    return shape.Step(
        index=op.index,
        request=op.task,
        kind=op.kind.value,
        text=op.detail or op.label,
        mark=mark(op, anomaly),
        place=_place(op.location),
        rows=op.rows,
        waited=op.waited,
        error=op.error,
    )


def _place(location: Location | None) -> shape.Place | None:
    return None if location is None else _placed(location)


def _placed(location: Location) -> shape.Place:
    return shape.Place(location.path, location.line, location.function, location.code)


def _requests(refs: Iterable[RequestRef]) -> list[shape.RequestEntry]:
    return [shape.RequestEntry(ref.endpoint, ref.identity, ref.name) for ref in refs]


def _pair(pair: PairResult) -> shape.PairEntry:
    return shape.PairEntry(
        _requests(pair.requests),
        pair.verdict.value,
        pair.schedules,
        pair.bound,
        pair.reason,
        round(pair.seconds, 3),
        list(pair.findings),
        [shape.AnomalyEntry(name, severity.value) for name, severity in pair.anomalies],
        msgspec.convert(pair.attack, shape.AttackEntry, from_attributes=True)
        if pair.attack is not None
        else None,
    )


_NO_RACE = frozenset({"TOC110", "TOC120", "TOC121", "TOC122", "TOC504"})
"""Rules about something else than time."""


def _tests(document: Document, framework: str) -> list[shape.FrameworkTest] | msgspec.UnsetType:
    found = [
        finding
        for finding in document.open
        if finding.framework == framework and finding.rule not in _NO_RACE
    ]
    if not found and framework not in document.frameworks:
        return msgspec.UNSET
    return [
        shape.FrameworkTest(
            finding.endpoint,
            _test_type(finding),
            f"TOCTOU {finding.evidence.level.value.replace('_', ' ')} - {finding.title}",
            finding.remediation.summary,
        )
        for finding in found
    ]


def _test_type(finding: Finding) -> shape.TestType:
    """How one would test for it by hand: a right taken away, a request twice, or two requests."""
    if finding.anomaly == Name.STALE_AUTHORIZATION:
        return "stale_authorization"
    endpoints = {request.endpoint for request in finding.requests}
    return "state_change_attack" if len(endpoints) > 1 else "parallel_replay"
