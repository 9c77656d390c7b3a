"""Names of wrong histories."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.explore.histories import history
from tocsin.explore.anomalies import name_it, severity
from tocsin.explore.oracle import Judgement
from tocsin.model.anomaly import Anomaly, Name, Phenomenon
from tocsin.model.finding import Outcome
from tocsin.model.history import History
from tocsin.model.http import Request
from tocsin.model.verdict import Severity

LOST = "r(A,x) r(B,x) w(B,x) c(B) f(B) w(A,x) c(A) f(A)"
CREATED = "r(A,x) r(B,x) i(B,x) c(B) f(B) i(A,x) c(A) f(A)"
STALE = "r(A,x) w(B,x) c(B) f(B) w(A,y) c(A) f(A)"
SKEWED = "r(A,x) w(B,x) w(B,y) c(B) f(B) r(A,y) c(A) f(A)"


def answers(a: int, b: int) -> Outcome:
    return Outcome((("A", a, ""), ("B", b, "")), ())


BOTH = answers(200, 200)


def name(
    told: str | History,
    observed: Outcome,
    *,
    judgement: Judgement = Judgement.NOT_SERIALIZABLE,
    ab: Outcome = BOTH,
    ba: Outcome = BOTH,
    other_endpoint: str = "POST /x",
    broken: str | None = None,
    deadlocked: bool = False,
) -> Anomaly:
    return name_it(
        judgement,
        history(told) if isinstance(told, str) else told,
        {
            "A": Request("A", "POST /x", "POST", "/x"),
            "B": Request("B", other_endpoint, "POST", "/x"),
        },
        observed,
        {("A", "B"): ab, ("B", "A"): ba},
        broken_invariant=broken,
        deadlocked=deadlocked,
    )


ONE_WINS: dict[str, Any] = {"ab": answers(200, 409), "ba": answers(409, 200)}


def test_one_change_is_lost() -> None:
    assert name(LOST, BOTH).name is Name.LOST_UPDATE


def test_both_pass_where_one_is_stopped_in_any_order() -> None:
    assert name(LOST, BOTH, **ONE_WINS).name is Name.DOUBLE_SUBMIT


def test_both_look_and_both_create() -> None:
    assert name(CREATED, BOTH, **ONE_WINS).name is Name.DUPLICATE_CREATE


def test_both_count_and_both_create() -> None:
    ops = (
        replace(op, label="SELECT COUNT(*) FROM x") if op.reads else op
        for op in history(CREATED).ops
    )
    assert name(History(tuple(ops)), BOTH, **ONE_WINS).name is Name.LIMIT_OVERRUN


def test_an_answer_of_two_times_is_a_read_skew() -> None:
    anomaly = name(SKEWED, BOTH)
    assert anomaly.name is Name.READ_SKEW
    assert anomaly.phenomenon is Phenomenon.READ_SKEW
    assert anomaly.victim == "A"


@pytest.mark.parametrize(
    ("late", "expected"), [(403, Name.STALE_AUTHORIZATION), (404, Name.READ_SKEW)]
)
def test_an_answer_that_is_refused_once_the_other_was_first_is_stale_authorization(
    late: int, expected: Name
) -> None:
    anomaly = name(SKEWED, BOTH, ba=answers(late, 200))
    assert (anomaly.name, anomaly.phenomenon) == (expected, Phenomenon.READ_SKEW)


@pytest.mark.parametrize(
    ("late", "expected"), [(403, Name.STALE_AUTHORIZATION), (200, Name.STALE_CHECK)]
)
def test_the_right_thing_at_the_wrong_time(late: int, expected: Name) -> None:
    anomaly = name(STALE, BOTH, judgement=Judgement.STALE, ba=answers(late, 200))
    assert anomaly.name is expected
    assert (anomaly.victim, anomaly.other) == ("A", "B")


def test_a_failure_is_a_crash_and_its_victim_failed() -> None:
    anomaly = name(LOST, answers(500, 200), judgement=Judgement.CRASHED)
    assert anomaly.name is Name.CRASH
    assert anomaly.victim == "A"


def test_a_deadlock_is_one_whoever_saw_it() -> None:
    assert name(LOST, Outcome((), ()), deadlocked=True).name is Name.DEADLOCK
    told = history(LOST)
    ops = (*told.ops[:-1], replace(told.ops[-1], error="DeadlockDetected: deadlock detected"))
    seen = name(History(ops), answers(500, 200), judgement=Judgement.CRASHED)
    assert seen.name is Name.DEADLOCK


def test_an_invariant_is_the_name_where_there_is_no_other() -> None:
    explained = name(LOST, BOTH, judgement=Judgement.EXPLAINED, broken="shop:no_debts")
    assert explained.name is Name.INVARIANT
    lost = name(LOST, BOTH, broken="shop:no_debts")
    assert lost.name is Name.LOST_UPDATE
    assert "shop:no_debts" in explained.explanation
    assert "shop:no_debts" in lost.explanation


def test_check_change_and_use_are_pointed_at() -> None:
    anomaly = name(LOST, BOTH)
    assert (anomaly.victim, anomaly.other) == ("A", "B")
    assert (anomaly.check, anomaly.between, anomaly.use) == (0, 2, 5)
    assert anomaly.check_at is not None
    assert anomaly.use_at is not None
    assert (anomaly.check_at.line, anomaly.use_at.line) == (0, 5)
    assert "A read x and trusted the answer; B changed it" in anomaly.explanation


def test_without_a_window_there_is_still_a_name() -> None:
    anomaly = name("w(A,x) c(A) f(A) w(B,x) c(B) f(B)", BOTH)
    assert anomaly.check is None
    assert anomaly.victim in {"A", "B"}
    assert anomaly.explanation


@pytest.mark.parametrize(
    ("kind", "writes", "expected"),
    [
        (Name.LOST_UPDATE, True, Severity.HIGH),
        (Name.READ_SKEW, False, Severity.LOW),
        (Name.CRASH, True, Severity.MEDIUM),
        (Name.DEADLOCK, True, Severity.MEDIUM),
    ],
)
def test_effects_are_worse_than_failures_than_stale_answers(
    kind: Name, writes: bool, expected: Severity
) -> None:
    anomaly = replace(name(LOST, BOTH), name=kind)
    assert severity(anomaly, victim_writes=writes) is expected


def test_what_takes_a_free_threaded_build_is_low() -> None:
    anomaly = replace(name(LOST, BOTH), needs_free_threading=True)
    assert severity(anomaly, victim_writes=True) is Severity.LOW
