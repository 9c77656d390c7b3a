"""One list of findings from two engines: proven together, not reproduced, or still open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.places import CANCEL, SHIP, at, pair, proven, suspected
from tocsin.model.event import Event, FindingRaised, OperationSeen, RunStarted, UnitFinished
from tocsin.model.finding import Finding
from tocsin.model.verdict import (
    LEFT_OUT,
    Level,
    OperationResult,
    PairResult,
    Severity,
    Verdict,
)
from tocsin.report.document import Document, fold
from tocsin.scan.correlate import LOWERED, correlated

WINDOW = suspected(at(26), at(31))
RACE = proven(at(26), at(16, "refund"))
BOTH = (RunStarted("static", "shop"), RunStarted("explore", "a:b", "", ("SQLite 3.40.1, shop.db",)))
NOTHING_IN_COMMON = "the requests touched nothing in common: they may not have come to this code."
ASKED = OperationResult(CANCEL, "alice", "exercised")


def explored(
    findings: Iterable[Finding],
    pairs: Iterable[PairResult] = (),
    operations: Iterable[OperationResult] = (ASKED,),
) -> Document:
    events: list[Event] = [*BOTH, *map(FindingRaised, findings)]
    events += [*map(UnitFinished, pairs), *map(OperationSeen, operations)]
    return correlated(fold(events))


def only(document: Document) -> Finding:
    (finding,) = document.findings
    return finding


def test_one_race_is_one_finding_with_both_kinds_of_evidence() -> None:
    found = only(explored([WINDOW, RACE]))
    assert found.evidence.level is Level.PROVEN
    assert found.evidence.window == WINDOW.evidence.window
    assert found.twins == (WINDOW,)
    assert (found.fingerprint, found.rule) == (RACE.fingerprint, RACE.rule)
    assert found.check == RACE.check


def test_the_order_of_the_targets_does_not_matter() -> None:
    assert explored([WINDOW, RACE]).findings == explored([RACE, WINDOW]).findings


def test_a_run_without_a_place_takes_that_of_source() -> None:
    found = only(explored([WINDOW, proven(None, None)]))
    assert (found.check, found.use) == (WINDOW.check, WINDOW.use)


def test_a_cause_of_two_proven_races_is_the_twin_of_both() -> None:
    other = proven(at(26), at(90, "log"), fingerprint="another")
    found = explored([WINDOW, RACE, other]).findings
    assert [each.twins for each in found] == [(WINDOW,), (WINDOW,)]


def test_what_held_is_not_reproduced_less_severe_and_says_how_far() -> None:
    found = only(explored([WINDOW], [pair(CANCEL, CANCEL)]))
    assert found.evidence.level is Level.NOT_REPRODUCED
    assert found.severity is Severity.LOW
    assert found.evidence.reason == (
        f"{CANCEL} × itself held in all 30 schedules that were explored, on SQLite 3.40.1 "
        "(every schedule with at most 2 preemptions)."
    )
    assert found.fingerprint == WINDOW.fingerprint


def test_every_rival_has_to_hold() -> None:
    window = suspected(at(26), at(31), pairs=((CANCEL, SHIP), (CANCEL, CANCEL)))
    asked = (ASKED, OperationResult(SHIP, "bob", "exercised"))
    held = explored([window], [pair(SHIP, CANCEL), pair(CANCEL, CANCEL, schedules=12)], asked)
    assert only(held).evidence.level is Level.NOT_REPRODUCED
    assert "held in all 42 schedules" in only(held).evidence.reason
    unasked = explored([window], [pair(CANCEL, CANCEL)])
    assert only(unasked).evidence.level is Level.SUSPECTED


@pytest.mark.parametrize(
    ("pairs", "operations", "reason"),
    [
        ([], [], f"{CANCEL} is no operation of the application that was explored."),
        (
            [],
            [OperationResult(CANCEL, "alice", "skipped", "no value for order_id")],
            f"{CANCEL} could not be exercised: no value for order_id.",
        ),
        (
            [],
            [OperationResult(CANCEL, "alice", "skipped", LEFT_OUT)],
            f"{CANCEL} was left out by --only or --skip.",
        ),
        (
            [pair(CANCEL, CANCEL, Verdict.INCONCLUSIVE, reason="it hung")],
            [ASKED],
            f"{CANCEL} × itself was explored: inconclusive, it hung.",
        ),
        (
            [pair(CANCEL, CANCEL), pair(CANCEL, CANCEL, Verdict.NOT_CONTROLLED, reason="apsw")],
            [ASKED],
            f"{CANCEL} × itself was explored: not controlled, apsw.",
        ),
        (
            [pair(CANCEL, CANCEL, Verdict.VIOLATED)],
            [ASKED],
            f"{CANCEL} × itself was explored and races, but in other code.",
        ),
        (
            [],
            [ASKED],
            f"{CANCEL} × itself was exercised, and {NOTHING_IN_COMMON}",
        ),
    ],
)
def test_what_was_not_decided_stays_suspected_with_the_reason(
    pairs: list[PairResult], operations: list[OperationResult], reason: str
) -> None:
    found = only(explored([WINDOW], pairs, operations))
    assert found.evidence.level is Level.SUSPECTED
    assert found.severity is WINDOW.severity
    assert found.evidence.reason == reason


def test_what_no_pair_shows_is_known_from_source_only() -> None:
    found = only(explored([suspected(at(26), at(31), pairs=())], [pair(CANCEL, CANCEL)]))
    assert found.evidence.level is Level.SUSPECTED
    assert found.evidence.reason.startswith("Known from source only")


@pytest.mark.parametrize("engine", ["static", "explore"])
def test_a_run_of_one_engine_comes_back_as_it_is(engine: str) -> None:
    document = fold([RunStarted(engine, "x"), FindingRaised(WINDOW), FindingRaised(RACE)])
    assert correlated(document) is document


def test_the_worst_stands_first() -> None:
    held = [pair(CANCEL, CANCEL)]
    low = replace(proven(at(70, "ship"), at(72, "ship"), SHIP, SHIP), severity=Severity.MEDIUM)
    ranks = [each.severity.rank for each in explored([WINDOW, low], held).findings]
    assert ranks == sorted(ranks, reverse=True)


def test_what_held_is_never_more_severe() -> None:
    assert all(LOWERED[each].rank <= each.rank for each in Severity)
    assert set(LOWERED) == set(Severity)


LINES = st.integers(1, 40)
WINDOWS = st.builds(
    lambda check, length, name: suspected(at(check), at(check + length), fingerprint=name),
    LINES,
    st.integers(0, 9),
    st.uuids().map(str),
)
RACES = st.builds(
    lambda check, length, name: proven(at(check), at(check + length), fingerprint=name),
    LINES,
    st.integers(0, 9),
    st.uuids().map(str),
)
PAIRS = st.lists(st.builds(pair, st.just(CANCEL), st.just(CANCEL), st.sampled_from(Verdict)))


@given(st.lists(WINDOWS), st.lists(RACES), PAIRS)
def test_nothing_is_lost_and_nothing_is_told_twice(
    windows: list[Finding], races: list[Finding], pairs: list[PairResult]
) -> None:
    found = explored([*windows, *races], pairs).findings
    names = [each.fingerprint for each in found]
    assert len(names) == len(set(names))
    twins = {twin.fingerprint for each in found for twin in each.twins}
    assert twins.isdisjoint(names)
    assert twins | set(names) == {each.fingerprint for each in (*windows, *races)}
    assert all(each.evidence.reason for each in found if each.evidence.level is not Level.PROVEN)
