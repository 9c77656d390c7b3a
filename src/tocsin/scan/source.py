"""The static engine's part of a scan: a folder in, events out."""

from __future__ import annotations

import hashlib
import linecache
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tocsin.errors import NothingToDo
from tocsin.model import event
from tocsin.model.anomaly import Name
from tocsin.model.finding import Evidence, Finding, Remediation
from tocsin.model.location import Location
from tocsin.model.rule import Rule
from tocsin.model.verdict import FileResult, Level
from tocsin.model.window import Crossing, CrossingKind, Site, Window
from tocsin.report.remediation import Orm, Shape, remediation
from tocsin.report.words import count
from tocsin.rules.catalogue import find, page_url
from tocsin.scan.cache import Outcome, remembered
from tocsin.static.effect import Effect, Kind
from tocsin.static.engine import Analysis, Report, analyse
from tocsin.static.interpret.trace import LONGEST
from tocsin.static.window import Window as Seen

_FLOWS = ("Unrestricted Access to Sensitive Business Flows", "API6:2023")
_OBJECTS = ("BOLA/IDOR", "API1:2023")
_CATEGORIES = {
    "API2:2023": "Broken Authentication",
    "API4:2023": "Unrestricted Resource Consumption",
    "API8:2023": "Security Misconfiguration",
}
_KINDS = {
    Kind.AWAIT: CrossingKind.AWAIT,
    Kind.CALL: CrossingKind.CALL,
    Kind.COMMIT: CrossingKind.COMMIT,
}
_SHAPES = {"TOC202": Shape.ATOMIC}
"""What closes a rule's windows, where it is not what its anomaly usually needs."""

_MOST_CROSSINGS = 6


def events(target: str, cache: Path | None = None) -> Iterator[event.Event]:
    """Read a folder or file. Raises `NothingToDo` where there is no Python.

    With a ``cache`` folder, what was found there is told again while nothing has changed.
    """
    began = time.perf_counter()
    outcome = (
        remembered(target, cache, lambda: _outcome(target, cache)) if cache else _outcome(target)
    )
    notes = _notes(outcome)
    if not outcome.files:
        raise NothingToDo(". ".join((f"{target}: no Python file to analyse", *notes)))
    yield event.RunStarted("static", target, outcome.framework)
    for note in notes:
        yield event.Noted(f"{target}: {note}")
    for each in outcome.files:
        yield event.FileSeen(each)
    for found in outcome.findings:
        yield event.FindingRaised(found)
    yield event.RunFinished("static", target, time.perf_counter() - began)


def _notes(outcome: Outcome) -> tuple[str, ...]:
    """What the reader should know before the findings, and what holds with a caveat."""
    if not outcome.notebooks:
        return outcome.notes
    are = "is" if outcome.notebooks == 1 else "are"
    unread = f"{count(outcome.notebooks, 'notebook')} {are} not read: only .py files are"
    return (unread, *outcome.notes)


def _said(analysis: Analysis) -> Iterator[str]:
    """What holds in one process only, each with its place; and what was too long."""
    for each in analysis.caveats:
        yield f"{_named(each.at.path)}:{each.at.line}: {each}"
    if analysis.cut:
        yield (
            f"{count(analysis.cut, 'function')} did more than is kept: the first {LONGEST} effects "
            "of each were looked at together, and what comes after them by itself"
        )


def _outcome(target: str, cache: Path | None = None) -> Outcome:
    """What the engine makes of a target."""
    analysis = analyse(Path(target), cache=cache)
    unread = (FileResult(each.path, each.reason) for each in analysis.unread)
    return Outcome(
        framework=analysis.frameworks[0] if len(analysis.frameworks) == 1 else "",
        files=(*map(FileResult, analysis.read), *unread),
        findings=tuple(map(finding, analysis.reports)),
        notebooks=analysis.notebooks,
        notes=tuple(_said(analysis)),
    )


def finding(report: Report) -> Finding:
    """What a report says, as every engine says it."""
    window, code, match = report.window, report.judge.code, report.match
    rule = find(code)
    name = match.anomaly or report.judge.anomaly
    category, owasp = _OBJECTS if name is Name.STALE_AUTHORIZATION else _FLOWS
    category = _CATEGORIES.get(rule.owasp if rule else "", category)
    title = rule.name.replace("-", " ").capitalize() if rule else code
    check, use = _place(window.check.at), _place(window.use.effect.at)
    more = (Site(each.endpoint, _place(each.check), _place(each.use)) for each in report.more)
    endpoint = report.endpoints[0]
    return Finding(
        rule=code,
        title=f"{title} in {endpoint}",
        description=_description(report),
        category=category,
        severity=match.severity,
        confidence=match.confidence,
        endpoint=endpoint,
        framework=window.entry.framework,
        anomaly=name.value if name else "",
        requests=(),
        evidence=Evidence(
            Level.SUSPECTED,
            window=Window(
                check,
                use,
                _crossings(window),
                _item(window),
                tuple(more),
                report.pairs,
            ),
        ),
        remediation=_advice(report, rule),
        fingerprint=fingerprint(code, check, use),
        check=check,
        use=use,
        code_snippet=check.code,
        cwe=rule.cwe if rule else "CWE-367",
        owasp=(rule.owasp if rule else "") or owasp,
        endpoints=report.endpoints,
    )


def _advice(report: Report, rule: Rule | None) -> Remediation:
    """What the judge says, or else what helps against the anomaly."""
    name, said = report.match.anomaly or report.judge.anomaly, report.match.advice
    if said or name is None:
        return Remediation(said, reference=page_url(rule) if rule else "")
    return remediation(name, orm(report.window), _SHAPES.get(report.judge.code))


def fingerprint(rule: str, check: Location, use: Location) -> str:
    """The same as long as the code in question is; line numbers do not enter."""
    places = [(each.path, each.function, each.code) for each in (check, use)]
    return hashlib.sha256(repr((rule, places)).encode()).hexdigest()[:16]


def orm(window: Seen) -> Orm:
    """What the code is written with."""
    if window.store == "memory":
        return Orm.MEMORY
    if window.store == "file":
        return Orm.FILE
    kind = window.model.kind if window.model is not None else ""
    if kind in {"django", "sql"}:
        return Orm(kind)
    return Orm.SQLALCHEMY_ASYNC if window.entry.asynchronous else Orm.SQLALCHEMY


def _description(report: Report) -> str:
    others = len(report.endpoints) - 1
    if not others:
        return report.match.message
    return f"{report.match.message} {others} more of the endpoints run through this code."


def _item(window: Seen) -> str:
    return str(window.check.item) if window.check.item else ""


def _place(at: Location) -> Location:
    """With its text, and named from the working directory: fingerprints hold the path."""
    code = linecache.getline(at.path, at.line).strip()
    return replace(at, path=_named(at.path), code=code)


def _named(path: str) -> str:
    # abspath() keeps the symbolic links that resolve() follows.
    full, here = Path(os.path.abspath(path)), Path.cwd()  # noqa: PTH100
    return full.relative_to(here).as_posix() if full.is_relative_to(here) else path


def _crossings(window: Seen) -> tuple[Crossing, ...]:
    """Where others may run, each line once, and only so many."""
    lines = dict.fromkeys((each.at, _kind(each)) for each in window.crossings)
    return tuple(Crossing(_place(at), kind) for at, kind in list(lines)[:_MOST_CROSSINGS])


def _kind(effect: Effect) -> CrossingKind:
    if effect.item is not None:
        store = effect.item.store
        return CrossingKind.FILE if store == "file" else CrossingKind.STATEMENT
    return _KINDS.get(effect.kind, CrossingKind.CALL)
