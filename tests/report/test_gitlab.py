"""The GitLab SAST report: what its published format requires, and what GitLab matches by."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import jsonschema
import pytest

from tests.report import scanned
from tests.report.making import events
from tocsin.report.document import Document, fold
from tocsin.report.gitlab import render

ENDED = datetime(2026, 2, 14, 17, 2, tzinfo=timezone(timedelta(hours=1)))
_TEXT = {"type": "string", "minLength": 1}
_LINE = {"type": "integer"}
_URL = {"type": "string", "pattern": "^https?://.+"}
_TIME = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$"}
_TOOL = {
    "required": ["id", "name", "version", "vendor"],
    "properties": {"id": _TEXT, "name": _TEXT, "version": _TEXT, "url": _URL},
}
_IDENTIFIER = {
    "required": ["type", "name", "value"],
    "properties": {"type": _TEXT, "name": _TEXT, "value": _TEXT, "url": _URL},
}
_VULNERABILITY = {
    "required": ["id", "identifiers", "location"],
    "properties": {
        "id": _TEXT,
        "name": {"type": "string", "maxLength": 255},
        "description": {"type": "string", "maxLength": 1048576},
        "severity": {"enum": ["Info", "Unknown", "Low", "Medium", "High", "Critical"]},
        "solution": {"type": "string", "maxLength": 7000},
        "identifiers": {"type": "array", "minItems": 1, "items": _IDENTIFIER},
        "links": {"type": "array", "items": {"required": ["url"], "properties": {"url": _URL}}},
        "location": {"type": "object", "properties": {"start_line": _LINE, "end_line": _LINE}},
        "details": {"additionalProperties": {"required": ["name", "type"]}},
        "tracking": {"required": ["items"], "properties": {"type": {"const": "source"}}},
    },
}
REQUIRED = {
    "required": ["scan", "version", "vulnerabilities"],
    "properties": {
        "version": {"pattern": r"^15\.\d+\.\d+$"},
        "schema": _URL,
        "scan": {
            "required": ["analyzer", "scanner", "start_time", "end_time", "status", "type"],
            "properties": {
                "analyzer": _TOOL,
                "scanner": _TOOL,
                "start_time": _TIME,
                "end_time": _TIME,
                "status": {"enum": ["success", "failure"]},
                "type": {"const": "sast"},
                "messages": {
                    "items": {
                        "required": ["level", "value"],
                        "properties": {"level": {"enum": ["info", "warn", "fatal"]}},
                    }
                },
            },
        },
        "vulnerabilities": {"type": "array", "items": _VULNERABILITY},
    },
}


def report(document: Document) -> dict[str, Any]:
    parsed = json.loads(render(document, ENDED).encode())
    jsonschema.validate(parsed, REQUIRED)
    return dict(parsed)


@pytest.mark.parametrize("document", [fold([]), fold(events()), scanned.document(), scanned.both()])
def test_documents_have_what_the_format_requires(document: Document) -> None:
    assert report(document)["scan"]["type"] == "sast"


def test_times_are_utc() -> None:
    scan = report(fold(events()))["scan"]
    assert (scan["start_time"], scan["end_time"]) == ("2026-02-14T16:01:58", "2026-02-14T16:02:00")


def test_suppressed_findings_are_left_out() -> None:
    found = report(scanned.document())["vulnerabilities"]
    signatures = [v["tracking"]["items"][0]["signatures"][0]["value"] for v in found]
    assert signatures == ["3f9a5c1e", "dd44", "aa11", "ee55"]


def test_identifiers_stay_the_same() -> None:
    one, two = (
        report(scanned.document())["vulnerabilities"],
        report(fold(reversed(scanned.stream())))["vulnerabilities"],
    )
    assert {v["id"] for v in one} == {v["id"] for v in two}
    assert len({uuid.UUID(v["id"]) for v in one}) == len(one)


def test_a_window_is_a_place_and_a_way() -> None:
    (found,) = [
        v
        for v in report(scanned.document())["vulnerabilities"]
        if v["location"].get("start_line") == 7
    ]
    assert found["location"] == {
        "file": "shop/stock rooms.py",
        "start_line": 7,
        "end_line": 7,
        "method": "take",
    }
    assert [step["line_start"] for step in found["details"]["window"]["items"]] == [7, 9, 30]
    assert [i["name"] for i in found["identifiers"]] == ["TOC401", "CWE-367", "API6:2023"]
    assert found["severity"] == "Medium"


def test_what_could_not_be_read_is_a_warning() -> None:
    messages = report(scanned.document())["scan"]["messages"]
    assert messages[0] == {"level": "warn", "value": "shop\\old.py: is binary"}
    assert {message["level"] for message in messages} == {"warn", "info"}


def test_an_interrupted_scan_is_a_failure() -> None:
    document = replace(fold(events()), interrupted=True)
    assert report(document)["scan"]["status"] == "failure"
