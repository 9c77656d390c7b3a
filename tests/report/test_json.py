"""The JSON document and its published schema."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from tests.report.making import ENDPOINT, events, finding
from tocsin.model.event import Event, FileSeen, FindingRaised, RunStarted
from tocsin.model.location import Location
from tocsin.model.suppression import Suppression, SuppressionKind
from tocsin.model.verdict import FileResult, Level, Severity
from tocsin.report.document import fold
from tocsin.report.json import render, schema

PUBLISHED = Path(__file__).parents[2] / "docs" / "reference" / "report.schema.json"


def test_the_published_schema_is_up_to_date() -> None:
    """Run ``python -m tests.report.test_json`` to write it anew."""
    assert json.loads(PUBLISHED.read_text()) == schema()


@pytest.mark.parametrize(
    "stream",
    [
        events(),
        [],
        [RunStarted("explore", "a:b", "django")],
        [FindingRaised(finding(Severity.LOW, Level.SUSPECTED))],
    ],
)
def test_documents_are_valid(stream: list[Event]) -> None:
    jsonschema.validate(json.loads(render(fold(stream))), schema())


def test_the_fields_that_readers_rely_on() -> None:
    document = json.loads(render(fold(events())))
    (found,) = document["findings"]
    assert found["category"] == "Business flow"
    assert found["severity"] == "high"
    assert found["endpoint"] == ENDPOINT
    assert found["code_snippet"] == 'if order.status != "pending":'
    assert isinstance(found["remediation"], str)
    assert found["check"]["line"] == 41
    assert found["requests"][0] == {"endpoint": ENDPOINT, "identity": "alice", "name": "A"}
    assert found["evidence"]["level"] == "proven"
    assert found["witness"] == ".tocsin/witnesses/3f9a5c1e.json"
    marks = {step["mark"] for step in found["evidence"]["interleaving"]}
    assert marks == {"", "check", "write", "use"}
    assert document["operations"][1]["reason"] == "no value for item_id"
    assert {pair["verdict"] for pair in document["pairs"]} == {
        "violated",
        "holds",
        "inconclusive",
        "not_controlled",
    }
    assert document["authorization"][1]["allowed"] is False
    assert document["schema_version"] == 1


def test_what_does_not_count_says_why() -> None:
    place = Location("shop/orders.py", 40)
    suppression = Suppression(SuppressionKind.COMMENT, "one worker", place)
    stream = [
        FindingRaised(replace(finding(), suppression=suppression)),
        FileSeen(FileResult("shop/orders.py")),
        FileSeen(FileResult("shop/old.py", "is binary")),
    ]
    document = replace(fold(stream), hidden=2, gone=("a1b2 in shop/gone.py",))
    report = json.loads(render(document))
    jsonschema.validate(report, schema())
    (found,) = report["findings"]
    assert found["suppression"]["kind"] == "comment"
    assert found["suppression"]["reason"] == "one worker"
    assert found["suppression"]["place"]["line"] == 40
    assert report["unread"] == [{"path": "shop/old.py", "reason": "is binary"}]
    assert report["tally"] == {
        "suppressed": 1,
        "accepted": 0,
        "hidden": 2,
        "gone": ["a1b2 in shop/gone.py"],
        "files": 1,
    }
    assert report["verdict"] == "inconclusive"


def test_the_frameworks_test_list() -> None:
    document = json.loads(render(fold(events())))
    assert document["fastapi_toctou_tests"] == [
        {
            "endpoint": ENDPOINT,
            "test_type": "parallel_replay",
            "vulnerability": "TOCTOU proven - an order is cancelled twice",
            "recommendation": document["findings"][0]["remediation"],
        }
    ]
    assert "flask_toctou_tests" not in document


def test_a_detected_framework_has_its_list_even_when_it_is_empty() -> None:
    document = json.loads(render(fold([RunStarted("explore", "a:b", "flask")])))
    assert document["flask_toctou_tests"] == []


if __name__ == "__main__":
    PUBLISHED.parent.mkdir(parents=True, exist_ok=True)
    PUBLISHED.write_text(json.dumps(schema(), indent=2) + "\n")
