"""What was sent to an address, as the text report and JSON show it."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from tests.report.making import finding
from tocsin.model.event import FindingRaised, UnitFinished
from tocsin.model.finding import Evidence
from tocsin.model.verdict import Level, PairResult, RequestRef, Verdict
from tocsin.model.volley import Attacked, Flight, VolleyEvidence
from tocsin.report import json as as_json
from tocsin.report.document import Document, fold
from tocsin.report.terminal import print_document, render

CANCEL = RequestRef("POST /orders/{order_id}/cancel", "alice", "cancel")
SHIP = RequestRef("POST /orders/{order_id}/ship", "carol", "ship")
WAY = "HTTP/1.1, 2 connections, holding back the last header bytes"
FLIGHTS = (
    Flight("POST /orders/1/cancel as alice", 0.0, 0.004, 200),
    Flight("POST /orders/1/cancel as alice", 0.004, 0.008, 0),
)


def document() -> Document:
    evidence = VolleyEvidence(
        3, 4, 0.3, 0.95, WAY, 4, 0.00004, "200 and 409", "200 and 200", flights=FLIGHTS
    )
    raised = replace(
        finding(), evidence=Evidence(Level.OBSERVED, volley=evidence), witness_path=None
    )
    none = PairResult((CANCEL, SHIP), Verdict.INCONCLUSIVE, 12, reason="not observed")
    unsent = PairResult((SHIP, SHIP), Verdict.INCONCLUSIVE, reason="not raced")
    twice = PairResult((CANCEL, CANCEL), Verdict.VIOLATED, 4)
    attacks = (
        replace(none, attack=Attacked("state_change_attack", 0, 12, WAY, 0.0001)),
        replace(unsent, attack=Attacked("parallel_replay", 0, 0, "", 0.0)),
        replace(twice, attack=Attacked("parallel_replay", 3, 4, WAY, 0.00004)),
    )
    return fold([FindingRaised(raised), *map(UnitFinished, attacks)])


def test_attacks_are_a_table_of_what_was_sent() -> None:
    lines = render(document(), 140).splitlines()
    begin = lines.index("Attacks (2)")
    table = [[cell.strip() for cell in line.split("│")] for line in lines[begin + 1 : begin + 10]]
    titles = ("attack", "operations", "delivered", "observed", "verdict")
    assert table[0] == list(titles)
    assert any("0.04 ms" in line for line in lines[begin:])
    rows = [row for row in table[2:] if len(row) == len(titles) and row[3]]
    assert [(row[0].split()[0], *row[3:]) for row in rows] == [
        ("parallel", "3 of 4", "violated"),
        ("state", "0 of 12", "inconclusive"),
    ]


def test_a_finding_has_the_timeline_of_a_round() -> None:
    lines = render(document(), 100).splitlines()
    begin = next(n for n, line in enumerate(lines) if "Timeline of one of these rounds" in line)
    first, second = lines[begin + 1 : begin + 3]
    assert first.split()[-6:] == ["━" * 18, "0.00", "to", "4.00", "ms", "200"]
    assert second.split()[-6:] == ["━" * 17, "4.00", "to", "8.00", "ms", "none"]
    assert second.index("━") == first.rindex("━") + 1


@pytest.mark.parametrize("width", [40, 60, 80, 100, 140])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    text = render(document(), width)
    assert max(map(len, text.splitlines())) <= width
    assert not any(line.endswith(" ") for line in text.splitlines())
    assert all(word in text for word in ("3 of 4", "violated", "0 of 12", "inconclusive", "apart"))


def test_colour_is_for_terminals_only() -> None:
    colour, bare = io.StringIO(), io.StringIO()
    print_document(document(), Console(file=colour, force_terminal=True, width=80))
    print_document(document(), Console(file=bare, force_terminal=True, no_color=True, width=80))
    assert "\x1b[36m" in colour.getvalue()
    assert "\x1b[36m" not in bare.getvalue()
    assert "\x1b" not in render(document(), 80)


def test_json_has_both() -> None:
    said = json.loads(as_json.render(document()))
    assert [one["attack"]["rounds"] for one in said["pairs"]] == [12, 0, 4]
    assert said["pairs"][2]["attack"] == {
        "check": "parallel_replay",
        "shown": 3,
        "rounds": 4,
        "way": WAY,
        "spread": 0.00004,
    }
    flights = said["findings"][0]["evidence"]["volley"]["flights"]
    assert flights[1] == {
        "request": "POST /orders/1/cancel as alice",
        "sent": 0.004,
        "done": 0.008,
        "status": 0,
    }
