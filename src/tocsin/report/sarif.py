"""The document as SARIF 2.1.0 (OASIS), for code scanning and editors.

Each result has a code flow that leads from the check to the use; a proven one has a second, with a
thread flow for each request and the order in which their steps were executed (section 3.38.11).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from tocsin.model.finding import Finding
from tocsin.model.fix import Fix
from tocsin.model.location import Location
from tocsin.model.rule import Rule
from tocsin.model.suppression import Suppression, SuppressionKind
from tocsin.model.verdict import Level, Severity
from tocsin.report import places
from tocsin.report.document import Document
from tocsin.report.words import clean_all, told
from tocsin.rules.catalogue import find, page, page_url

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_HOME = "https://github.com/tocsin-dev/tocsin"
_ROOT = "%SRCROOT%"
_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
_SECURITY_SEVERITY = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "3.0",
    Severity.INFO: "0.0",
}
"""Numbers that GitHub reads as critical, high, medium and low."""
_PRECISION = {Level.PROVEN: "very-high", Level.OBSERVED: "high"}
_SUPPRESSED = {SuppressionKind.COMMENT: "inSource", SuppressionKind.BASELINE: "external"}

Json = dict[str, Any]


def render(document: Document) -> str:
    """The document as a SARIF log with one run, and a newline at its end."""
    return json.dumps(clean_all(log(document)), indent=2, ensure_ascii=False) + "\n"


def log(document: Document) -> Json:
    """The SARIF log as plain data."""
    used = sorted({finding.rule for finding in document.findings})
    run = {
        "tool": {"driver": _driver(used)},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {
            _ROOT: {"description": {"text": "The folder in which tocsin was started."}}
        },
        "invocations": [_invocation(document)],
        "results": [_result(finding, used) for finding in document.findings],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _driver(used: Sequence[str]) -> Json:
    return {
        "name": "tocsin",
        "version": version("tocsin"),
        "semanticVersion": version("tocsin"),
        "informationUri": _HOME,
        "rules": [_rule(code) for code in used],
    }


def _rule(code: str) -> Json:
    rule = find(code)
    if rule is None:
        return {"id": code}
    text = page(rule)
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": f"{rule.code} {rule.name}"},
        "fullDescription": {"text": rule.summary},
        "help": {"text": text, "markdown": text},
        "helpUri": page_url(rule),
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "tags": _tags(rule),
            "precision": "medium",
            "security-severity": _SECURITY_SEVERITY[rule.severity],
            "fixSafety": rule.fix.value,
        },
    }


def _tags(rule: Rule) -> list[str]:
    tags = ["security", "race-condition", f"external/cwe/{rule.cwe.lower()}", rule.cwe]
    return [*tags, rule.owasp] if rule.owasp else tags


def _result(finding: Finding, used: Sequence[str]) -> Json:
    witness = finding.evidence.witness
    result: Json = {
        "ruleId": finding.rule,
        "ruleIndex": used.index(finding.rule),
        "kind": "fail",
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(finding)},
        "locations": [_location(places.primary(finding), finding)],
        "partialFingerprints": _fingerprints(finding),
        "suppressions": [_suppression(finding.suppression)] if finding.suppression else [],
        "properties": _properties(finding),
    }
    if finding.fixes:
        result["fixes"] = [_fix(each) for each in finding.fixes]
    if finding.check is not None and finding.use is not None:
        result["relatedLocations"] = [{"id": 1, **_place(finding.use), **_text("the use")}]
    flows = [_flow("from the check to the use", places.essential_steps(finding))]
    if witness is not None:
        flows.append(_flow("the window as source shows it", places.window_steps(finding)))
        steps = list(places.witnessed(finding))
        flows.append(
            _flow(f"the schedule that was replayed {witness.replays} times", steps, split=True)
        )
    result["codeFlows"] = [flow for flow in flows if flow["threadFlows"]]
    return result


def _fingerprints(finding: Finding) -> dict[str, str]:
    """The finding's own, and that of what source alone would have told: the same result."""
    twins = {"tocsin/source/v1": finding.twins[0].fingerprint} if finding.twins else {}
    return {"tocsin/v1": finding.fingerprint, **twins}


def _fix(fix: Fix) -> Json:
    """Section 3.55: regions of whole lines, from the first column to that of the line after."""
    changes = [
        {
            "artifactLocation": _whole(change.path)["physicalLocation"]["artifactLocation"],
            "replacements": [
                {
                    "deletedRegion": {
                        "startLine": edit.start + 1,
                        "startColumn": 1,
                        "endLine": edit.end + 1,
                        "endColumn": 1,
                    },
                    "insertedContent": {"text": edit.text},
                }
                for edit in change.edits
            ],
        }
        for change in fix.changes
    ]
    return {
        "description": {"text": f"{fix.description} ({fix.safety.value})"},
        "artifactChanges": changes,
    }


def _message(finding: Finding) -> str:
    """GitHub shows the first sentence in lists: what, where, how sure."""
    level = finding.evidence.level.value.replace("_", " ")
    words = [f"{finding.title} ({level}).", *told(finding), finding.remediation.summary]
    return " ".join(word for word in words if word)


def _properties(finding: Finding) -> Json:
    return {
        "endpoint": finding.endpoint,
        "framework": finding.framework,
        "anomaly": finding.anomaly,
        "evidence": finding.evidence.level.value,
        "confidence": finding.confidence,
        "severity": finding.severity.value,
        "precision": _PRECISION.get(finding.evidence.level, "medium"),
        "security-severity": _SECURITY_SEVERITY[finding.severity],
        "tags": [finding.cwe, *([finding.owasp] if finding.owasp else [])],
        **({"witness": places.slashed(finding.witness_path)} if finding.witness_path else {}),
    }


def _flow(words: str, steps: Sequence[places.Step], *, split: bool = False) -> Json:
    """One code flow; with ``split``, a thread flow for each request in order of their beginning."""
    threads: dict[str, list[Json]] = {}
    for order, step in enumerate(steps, 1):
        threads.setdefault(step.request if split else "", []).append(
            {
                "location": {**_place(step.at), **_text(step.text)},
                "executionOrder": step.order or order,
                "importance": "essential" if step.essential or not step.request else "important",
            }
        )
    flows = [
        {"id": request, **_text(f"request {request}"), "locations": locations}
        if request
        else {"locations": locations}
        for request, locations in threads.items()
    ]
    return {**_text(words), "threadFlows": flows}


def _location(place: Location | None, finding: Finding) -> Json:
    """The place in the code; the endpoint is the logical one, and all there is without a place."""
    logical = [{"fullyQualifiedName": finding.endpoint, "kind": "resource"}]
    if place is None:
        return {"logicalLocations": logical}
    if place.function:
        logical.insert(0, {"fullyQualifiedName": place.function, "kind": "function"})
    return {**_place(place), "logicalLocations": logical}


def _place(place: Location) -> Json:
    artifact: Json = {"uri": places.uri(place.path)}
    if "://" not in artifact["uri"]:
        artifact["uriBaseId"] = _ROOT
    region: Json = {"startLine": max(place.line, 1)}
    if place.code:
        region["snippet"] = {"text": place.code}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}


def _suppression(given: Suppression) -> Json:
    found: Json = {"kind": _SUPPRESSED[given.kind], "status": "accepted"}
    if given.reason:
        found["justification"] = given.reason
    if given.place is not None:
        found["location"] = _place(given.place)
    return found


def _invocation(document: Document) -> Json:
    """How the run went: what could not be read makes it a warning, never silence."""
    notifications = [
        {**_note(f"{file.path}: {file.reason}", "warning"), "locations": [_whole(file.path)]}
        for file in document.unread
    ]
    notifications += [_note(note, "note") for note in document.notes]
    if document.interrupted:
        notifications.append(_note("interrupted: this covers what was done until then", "error"))
    return {
        "executionSuccessful": not document.interrupted,
        "toolExecutionNotifications": notifications,
    }


def _whole(path: str) -> Json:
    artifact: Json = {"uri": places.uri(path)}
    if "://" not in artifact["uri"]:
        artifact["uriBaseId"] = _ROOT
    return {"physicalLocation": {"artifactLocation": artifact}}


def _note(text: str, level: str) -> Json:
    return {"level": level, **_text(text)}


def _text(text: str) -> Json:
    return {"message": {"text": text}}
