"""What two engines found stands in every output: twins, and what was explored and held."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import jsonschema
import pytest

from tests.report import scanned
from tocsin.report import registry, terminal
from tocsin.report.document import Document
from tocsin.report.json import report, schema
from tocsin.report.sarif import log

DOCUMENT = scanned.both()
WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def rendered(output: str, document: Document) -> str:
    if output == "text":
        return " ".join(terminal.render(document, width=200).split())
    return registry.render(output, document, WHEN)


@pytest.mark.parametrize(
    "output", ["text", "json", "sarif", "github", "gitlab", "junit", "markdown"]
)
def test_both_kinds_of_evidence_and_the_bound_are_told(output: str) -> None:
    text = rendered(output, DOCUMENT)
    assert re.search("Source says(:|%3A) tested(,|%2C) then sold.", text)
    assert "POST /a held in all 30 schedules." in text


def test_what_held_fails_nothing_in_junit() -> None:
    text = rendered("junit", DOCUMENT)
    assert 'failures="1"' in text
    assert 'skipped="1"' in text


def test_the_document_keeps_to_its_schema() -> None:
    document = json.loads(rendered("json", DOCUMENT))
    jsonschema.validate(document, schema())
    first, second = document["findings"]
    assert first["evidence"]["window"]["crossings"][0]["kind"] == "await"
    assert first["evidence"]["interleaving"]
    assert first["twins"][0]["fingerprint"] == "aa11"
    assert first["endpoints"] == ["POST /a", "POST /b"]
    assert second["evidence"]["level"] == "not_reproduced"


def test_what_held_does_not_count() -> None:
    assert [each.fingerprint for each in DOCUMENT.live] == ["3f9a5c1e"]
    assert report(DOCUMENT).verdict == "violated"


def test_sarif_has_the_fingerprints_and_the_flows_of_both() -> None:
    (run,) = log(DOCUMENT)["runs"]
    first = run["results"][0]
    assert first["partialFingerprints"] == {
        "tocsin/v1": "3f9a5c1e",
        "tocsin/source/v1": "aa11",
    }
    assert len(first["codeFlows"]) == 3


def test_the_lines_of_source_stand_beside_those_of_the_run() -> None:
    text = rendered("text", DOCUMENT)
    assert "shop/models.py:30" in text
    assert "shop/orders.py:44" in text
