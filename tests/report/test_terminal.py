"""The text report, as it is read."""

from __future__ import annotations

import io
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from tests.report import scanned
from tests.report.making import events, finding, outcome, witness
from tocsin.model.event import FileSeen, FindingRaised, OperationSeen, UnitFinished
from tocsin.model.finding import Evidence, Outcome, SerialOutcome, Witness
from tocsin.model.history import History, Op, OpKind
from tocsin.model.suppression import Suppression, SuppressionKind
from tocsin.model.verdict import (
    LEFT_OUT,
    FileResult,
    Level,
    OperationResult,
    PairResult,
    RequestRef,
    Severity,
    Verdict,
)
from tocsin.report.document import Document, fold
from tocsin.report.terminal import print_document, render
from tocsin.report.terminal.lanes import Folded
from tocsin.report.terminal.lanes import fold as fold_history
from tocsin.report.terminal.outcomes import Difference, compare

SNAPSHOTS = Path(__file__).parent / "snapshots"


@pytest.mark.parametrize("width", [80, 120])
def test_the_report_is_as_committed(width: int) -> None:
    """Set ``TOCSIN_TEST_UPDATE`` to write the snapshots anew, then read them."""
    text = render(fold(events()), width)
    snapshot = SNAPSHOTS / f"report-{width}.txt"
    if "TOCSIN_TEST_UPDATE" in os.environ:
        snapshot.parent.mkdir(exist_ok=True)
        snapshot.write_text(text)
    assert text == snapshot.read_text()
    assert max(map(len, text.splitlines())) <= width
    assert not any(line.endswith(" ") for line in text.splitlines())


def with_witness(given: Witness) -> Document:
    raised = replace(finding(), evidence=Evidence(Level.PROVEN, given))
    return fold([FindingRaised(raised)])


def test_colour_is_for_terminals_only() -> None:
    colour, plain = io.StringIO(), io.StringIO()
    print_document(fold(events()), Console(file=colour, force_terminal=True, width=80))
    print_document(fold(events()), Console(file=plain, width=80))
    assert "\x1b[" in colour.getvalue()
    assert "\x1b[" not in plain.getvalue()


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    text = io.StringIO()
    print_document(fold(events()), Console(file=text, force_terminal=True, width=80))
    assert "\x1b[31m" not in text.getvalue()
    assert "\x1b[33m" not in text.getvalue()


def test_what_an_application_answers_cannot_drive_the_terminal() -> None:
    nasty = "\x1b]0;owned\x07[bold]x[/]\u202e"
    observed = Outcome((("A", 500, nasty), ("B", 200, "")), ((nasty, nasty),))
    op = Op(0, "A", OpKind.STATEMENT, nasty, error=nasty)
    text = render(with_witness(replace(witness(), observed=observed, history=History((op,)))))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[bold]x[/]" in text


def test_long_quiet_stretches_are_folded() -> None:
    rows = list(fold_history(witness()))
    folded = [row for row in rows if isinstance(row, Folded)]
    assert [(row.task, len(row.ops)) for row in folded] == [("A", 3), ("B", 3)]
    indexes = [row.index for row in rows if isinstance(row, Op)]
    assert {4, 10, 15} <= set(indexes)


def test_a_wait_and_an_error_are_shown() -> None:
    ops = (
        Op(0, "A", OpKind.STATEMENT, "UPDATE t SET n=1", waited=True),
        Op(1, "B", OpKind.STATEMENT, "INSERT INTO t", error="IntegrityError: duplicate key"),
    )
    text = render(with_witness(replace(witness(), history=History(ops))), 120)
    assert "(had to wait)" in text
    assert "IntegrityError: duplicate key" in text


def test_only_what_differs_is_compared() -> None:
    headings, lines = compare(witness())
    assert headings == ["A, then B", "B, then A"]
    assert [line.what for line in lines] == ["A answers", "B answers", "refunds id=2"]


def test_a_column_that_differs_is_named() -> None:
    def balance(amount: int) -> Outcome:
        return Outcome((), (("memory/accounts", f'[{{"id": 7, "balance": {amount}}}]'),))

    given = replace(
        witness(),
        serial=(SerialOutcome(("A", "B"), balance(20)), SerialOutcome(("B", "A"), balance(20))),
        observed=balance(60),
    )
    assert compare(given) == (
        ["A, then B or: B, then A"],
        [Difference("accounts id=7 balance", ("20", "60"))],
    )


def rows(*people: str, table: str = "db/uses") -> Outcome:
    """A table without keys: the same row may be there more than once."""
    return Outcome((), ((table, json.dumps([{"who": who} for who in people])),))


@pytest.mark.parametrize(
    ("expected", "observed", "lines"),
    [
        (rows("bob", "amy"), rows("amy", "bob", "amy"), [("uses another row", "no such row")]),
        (rows("bob"), rows("bob"), []),
        (rows("bob", "cat"), rows("bob", "amy"), [("uses row who", '"cat"')]),
        (Outcome((), ()), rows("amy"), [("uses another row", "as before")]),
        (
            rows("bob"),
            rows("amy", "amy"),
            [("uses row 1 who", '"bob"'), ("uses row 2", "no such row")],
        ),
    ],
)
def test_rows_without_a_key_are_shown_where_they_are_not_in_all(
    expected: Outcome, observed: Outcome, lines: list[tuple[str, str]]
) -> None:
    serial = (SerialOutcome(("A", "B"), expected),)
    _, found = compare(replace(witness(), serial=serial, observed=observed))
    assert [(line.what, line.values[0]) for line in found] == lines


def test_operations_that_nobody_wanted_are_counted() -> None:
    skipped = [OperationResult(f"GET /{n}", "", "skipped", LEFT_OUT) for n in range(3)]
    text = render(fold([*events(), *map(OperationSeen, skipped)]))
    assert "3 operations left out by --only or --skip" in text
    assert "GET /1" not in text


def test_state_that_is_no_table_is_compared_as_text() -> None:
    given = replace(
        witness(),
        serial=(SerialOutcome(("A",), Outcome((), (("file/x", '"a"'),))),),
        observed=Outcome((), (("file/x", '"b"'),)),
    )
    assert compare(given) == (["only A"], [Difference("file/x", ('"a"', '"b"'))])


def test_many_differences_are_cut() -> None:
    many = [Outcome((), ((f"t{n}", str(n)),)) for n in range(20)]
    given = replace(
        witness(),
        serial=(SerialOutcome(("A",), outcome(200, 409, 1)),),
        observed=Outcome((), tuple(pair for one in many for pair in one.state)),
    )
    assert "more" in render(with_witness(given))


@pytest.mark.parametrize(
    ("refs", "words"),
    [
        ((RequestRef("POST /x", "a", "A"),) * 2, "POST /x × itself: held in all 5 schedules"),
        (
            (RequestRef("POST /x", "a", "A"), RequestRef("POST /x", "b", "B")),
            "POST /x as a × as b: held",
        ),
        (
            (RequestRef("POST /x", "a", "A"), RequestRef("PUT /y", "a", "B")),
            "POST /x × PUT /y: held",
        ),
    ],
)
def test_pairs_are_named_for_people(refs: tuple[RequestRef, ...], words: str) -> None:
    assert words in render(fold([UnitFinished(PairResult(refs, Verdict.HOLDS, 5))]))


def test_a_long_list_is_cut() -> None:
    pair = UnitFinished(PairResult((RequestRef("POST /x", "a", "A"),) * 2, Verdict.HOLDS, 5))
    assert "… and 10 more: --output json lists all" in render(fold([pair] * 40))


def test_a_finding_without_a_witness_is_printed_too() -> None:
    bare = replace(
        finding(Severity.LOW, Level.NOT_REPRODUCED),
        evidence=Evidence(Level.NOT_REPRODUCED, reason="held in 14 schedules"),
        witness_path=None,
        check=None,
        use=None,
    )
    text = render(fold([FindingRaised(bare)]))
    assert "not reproduced" in text
    assert "held in 14 schedules" in text
    assert "Replay" not in text
    assert text.endswith("0 findings · 1 not reproduced · score 100/100, grade A\n")


def test_what_does_not_count_is_counted() -> None:
    known = Suppression(SuppressionKind.BASELINE, "")
    document = fold(
        [
            FindingRaised(replace(finding(), suppression=known)),
            FileSeen(FileResult("shop/orders.py")),
            FileSeen(FileResult("shop/old.py", "is binary")),
        ]
    )
    text = render(replace(document, hidden=3, gone=("a1b2 in shop/gone.py",)))
    assert "0 findings · 1 accepted · 3 only possible (--pedantic)" in text
    assert "1 file read · 1 not read" in " ".join(text.split())
    assert "double submit" not in text
    assert "shop/old.py: is binary" in text
    assert "a1b2 in shop/gone.py" in text


def test_a_window_shows_what_lies_between() -> None:
    text = render(fold([FindingRaised(scanned.suspected())]))
    lines = [line.split() for line in text.splitlines()]
    names = [line[0] for line in lines if line and line[0] in {"check", "between", "use"}]
    assert names == ["check", "between", "use"]
    assert "await charge(user)" in text
    assert "MEDIUM  TOC401  POST" in text


def test_an_empty_run_says_so() -> None:
    assert render(Document()) == "0 findings\n"
