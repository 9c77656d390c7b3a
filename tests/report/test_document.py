"""From events to one document; verdict, score and grade."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from tests.report.making import events, finding
from tocsin.model.event import (
    Event,
    FileSeen,
    FindingRaised,
    RunFinished,
    RunStarted,
    UnitFinished,
)
from tocsin.model.finding import Finding
from tocsin.model.location import Location
from tocsin.model.suppression import Suppression, SuppressionKind
from tocsin.model.verdict import FileResult, Level, PairResult, RequestRef, Severity, Verdict
from tocsin.report.document import Document, fold

PAIR = (RequestRef("POST /x", "alice", "A"),) * 2


def judged(*verdicts: Verdict, interrupted: bool = False) -> Document:
    pairs: list[Event] = [UnitFinished(PairResult(PAIR, verdict, 3)) for verdict in verdicts]
    finished = RunFinished("explore", "a:b", 1.0, interrupted=interrupted)
    return fold([RunStarted("explore", "a:b"), *pairs, finished])


def found(*findings: tuple[Severity, Level]) -> Document:
    return fold([FindingRaised(finding(severity, level)) for severity, level in findings])


def with_files(*files: FileResult) -> Document:
    return fold([RunStarted("static", "."), *map(FileSeen, files)])


def marked(kind: SuppressionKind) -> Finding:
    return replace(finding(Severity.CRITICAL), suppression=Suppression(kind, "one worker"))


def test_everything_said_is_in_the_document() -> None:
    document = fold(events())
    assert document.targets == ("shop.main:app",)
    assert document.frameworks == ("fastapi",)
    assert document.schedules == 26
    assert len(document.pairs) == 4
    assert len(document.permissions) == 2
    assert [operation.endpoint for operation in document.skipped] == ["PUT /items/{item_id}"]
    assert document.verdict is Verdict.VIOLATED


def test_the_worst_finding_comes_first() -> None:
    document = found((Severity.LOW, Level.PROVEN), (Severity.CRITICAL, Level.OBSERVED))
    assert [f.severity for f in document.findings] == [Severity.CRITICAL, Severity.LOW]


def test_findings_have_one_order_whatever_was_raised_first() -> None:
    one = replace(finding(), check=Location("b.py", 1))
    two = replace(finding(), check=Location("a.py", 9))
    three = replace(finding(), check=Location("a.py", 2))
    orders = {fold(map(FindingRaised, order)).findings for order in permutations((one, two, three))}
    assert orders == {(three, two, one)}


@pytest.mark.parametrize("kind", SuppressionKind)
def test_a_suppressed_finding_stays_and_does_not_count(kind: SuppressionKind) -> None:
    document = fold([FindingRaised(marked(kind)), FindingRaised(finding(Severity.LOW))])
    assert len(document.findings) == 2
    assert [f.severity for f in document.live] == [Severity.LOW]
    assert document.at_least(Severity.HIGH) == ()
    assert document.suppressed(kind) == (marked(kind),)
    assert document.score == 97


def test_files_that_could_not_be_read_are_told_apart() -> None:
    document = with_files(FileResult("a.py"), FileResult("b.py", "is binary"))
    assert document.unread == (FileResult("b.py", "is binary"),)
    assert document.grade == "A"
    assert with_files(FileResult("b.py", "is binary")).grade is None


@pytest.mark.parametrize(
    ("document", "verdict"),
    [
        (judged(), Verdict.INCONCLUSIVE),
        (judged(Verdict.HOLDS), Verdict.HOLDS),
        (judged(Verdict.HOLDS, Verdict.INCONCLUSIVE), Verdict.INCONCLUSIVE),
        (judged(Verdict.INCONCLUSIVE, Verdict.NOT_CONTROLLED), Verdict.NOT_CONTROLLED),
        (judged(Verdict.HOLDS, interrupted=True), Verdict.INCONCLUSIVE),
        (found((Severity.LOW, Level.PROVEN)), Verdict.VIOLATED),
        (found((Severity.LOW, Level.NOT_REPRODUCED)), Verdict.INCONCLUSIVE),
    ],
)
def test_verdict(document: Document, verdict: Verdict) -> None:
    assert document.verdict is verdict


@pytest.mark.parametrize(
    ("document", "score", "grade"),
    [
        (judged(), None, None),
        (judged(Verdict.INCONCLUSIVE), None, None),
        (judged(Verdict.HOLDS), 100, "A"),
        (found((Severity.INFO, Level.PROVEN)), 100, "A"),
        (found((Severity.MEDIUM, Level.PROVEN)), 92, "A"),
        (found((Severity.HIGH, Level.SUSPECTED)), 90, "A"),
        (found((Severity.HIGH, Level.OBSERVED)), 84, "B"),
        (found((Severity.HIGH, Level.PROVEN)), 59, "D"),
        (found((Severity.CRITICAL, Level.PROVEN)), 39, "F"),
        (found(*[(Severity.CRITICAL, Level.PROVEN)] * 9), 0, "F"),
        (found((Severity.CRITICAL, Level.NOT_REPRODUCED)), 100, "A"),
    ],
)
def test_score_and_grade(document: Document, score: int | None, grade: str | None) -> None:
    assert (document.score, document.grade) == (score, grade)


def test_a_finding_takes_the_place_of_one_with_the_same_cause() -> None:
    pair = PairResult(PAIR, Verdict.VIOLATED, findings=("first",))
    first = replace(finding(Severity.LOW), fingerprint="first")
    worst = replace(finding(Severity.HIGH), fingerprint="worst")
    wider = replace(worst, also=(PAIR,))
    said: list[Event] = [
        FindingRaised(first),
        UnitFinished(pair),
        FindingRaised(worst, "first"),
        FindingRaised(wider, "worst"),
    ]
    document = fold(said)
    assert document.findings == (wider,)
    assert document.pairs[0].findings == ("worst",)
