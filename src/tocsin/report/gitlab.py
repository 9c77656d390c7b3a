"""The document as a GitLab SAST report, in version 15.0.6 of GitLab's security report format."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Any

from tocsin.model.finding import Finding
from tocsin.model.verdict import Severity
from tocsin.report import places
from tocsin.report.document import Document
from tocsin.report.words import clean_all, shorten, told
from tocsin.rules.catalogue import find, page_url

_VERSION = "15.0.6"
_SCHEMA = (
    "https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/raw/"
    f"v{_VERSION}/dist/sast-report-format.json"
)
_NAMES = {
    Severity.CRITICAL: "Critical",
    Severity.HIGH: "High",
    Severity.MEDIUM: "Medium",
    Severity.LOW: "Low",
    Severity.INFO: "Info",
}
_LONGEST_NAME = 255
_LONGEST_SOLUTION = 7000
_NAMESPACE = uuid.UUID("0f0a2e0e-5c68-5a8e-9d0c-6b1f4d1d6a55")
"""Identifiers are derived from fingerprints under this one: the same finding, the same id."""

Json = dict[str, Any]


def render(document: Document, ended: datetime) -> str:
    """The report as indented JSON with a newline at its end. ``ended`` is when the scan was."""
    return json.dumps(clean_all(report(document, ended)), indent=2, ensure_ascii=False) + "\n"


def report(document: Document, ended: datetime) -> Json:
    """The report as plain data. Suppressed and accepted findings are left out."""
    tool = {
        "id": "tocsin",
        "name": "tocsin",
        "version": version("tocsin"),
        "vendor": {"name": "The tocsin developers"},
        "url": "https://github.com/tocsin-dev/tocsin",
    }
    began = ended - timedelta(seconds=document.seconds)
    messages = [("warn", f"{file.path}: {file.reason}") for file in document.unread]
    messages += [("info", note) for note in document.notes]
    return {
        "version": _VERSION,
        "schema": _SCHEMA,
        "scan": {
            "analyzer": tool,
            "scanner": tool,
            "type": "sast",
            "start_time": _time(began),
            "end_time": _time(ended),
            "status": "failure" if document.interrupted else "success",
            "messages": [{"level": level, "value": text} for level, text in messages],
        },
        "vulnerabilities": [_vulnerability(finding) for finding in document.open],
    }


def _vulnerability(finding: Finding) -> Json:
    code = finding.code_snippet
    return {
        "id": str(uuid.uuid5(_NAMESPACE, finding.fingerprint)),
        "name": shorten(f"{finding.rule} {finding.title}", _LONGEST_NAME),
        "description": "\n\n".join(told(finding)),
        "severity": _NAMES[finding.severity],
        "solution": finding.remediation.summary[:_LONGEST_SOLUTION],
        "identifiers": _identifiers(finding),
        "links": _links(finding),
        "location": _location(finding),
        "tracking": _tracking(finding),
        "details": _details(finding),
        **({"raw_source_code_extract": code} if code else {}),
    }


def _identifiers(finding: Finding) -> list[Json]:
    number = finding.cwe.removeprefix("CWE-")
    found: list[Json] = [{"type": "tocsin_rule", "name": finding.rule, "value": finding.rule}]
    if number:
        url = f"https://cwe.mitre.org/data/definitions/{number}.html"
        found.append({"type": "cwe", "name": f"CWE-{number}", "value": number, "url": url})
    if finding.owasp:
        found.append({"type": "owasp", "name": finding.owasp, "value": finding.owasp})
    return found


def _links(finding: Finding) -> list[Json]:
    rule = find(finding.rule)
    links = [{"name": f"{rule.code} {rule.name}", "url": page_url(rule)}] if rule else []
    reference = finding.remediation.reference
    return [*links, {"url": reference}] if reference.startswith("http") else links


def _location(finding: Finding) -> Json:
    place = places.primary(finding)
    if place is None:
        return {}
    last = finding.use
    end = last.line if last and last.path == place.path and last.line > place.line else place.line
    where = {"file": places.slashed(place.path), "start_line": place.line, "end_line": end}
    return {**where, "method": place.function} if place.function else where


def _tracking(finding: Finding) -> Json:
    place = places.primary(finding)
    item: Json = {"signatures": [{"algorithm": "tocsin", "value": finding.fingerprint}]}
    if place is not None:
        item |= {"file": places.slashed(place.path), "start_line": place.line}
        item["end_line"] = place.line
    return {"type": "source", "items": [item]}


def _details(finding: Finding) -> Json:
    """What GitLab shows below the description: the endpoint, the evidence, the way to the use."""
    steps = [
        {
            "type": "file-location",
            "file_name": places.slashed(step.at.path),
            "line_start": step.at.line,
        }
        for step in places.essential_steps(finding)
    ]
    level = finding.evidence.level.value.replace("_", " ")
    details: Json = {
        "evidence": {"name": "Evidence", "type": "text", "value": level},
        "confidence": {"name": "Confidence", "type": "text", "value": finding.confidence},
    }
    if finding.endpoint:
        details["endpoint"] = {"name": "Endpoint", "type": "text", "value": finding.endpoint}
    if steps:
        name = "From the check to the use"
        details["window"] = {"name": name, "type": "list", "items": steps}
    return details


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
