from __future__ import annotations

import pytest

from tocsin.model.anomaly import Name
from tocsin.model.http import Request
from tocsin.model.verdict import RequestRef, Verdict
from tocsin.probe.baseline import Baseline, Outcome
from tocsin.probe.checks.base import Attack
from tocsin.probe.fought import Fought
from tocsin.probe.message import Observation, Origin, Shot, Volley, Way
from tocsin.probe.promise import Promise
from tocsin.probe.verdict import Broken

PAY = Request("pay", "POST /pay", "POST", "/pay")
ATTACK = Attack("parallel_replay", (PAY, PAY))
REFS = (RequestRef("POST /pay", "alice", "pay"),) * 2
ONE, BOTH = Outcome((200,)), Outcome((200, 409))
WAY = Way()


def fought(*rounds: Outcome) -> Fought:
    made = Fought(ATTACK, Baseline.of([[ONE, ONE], [BOTH, BOTH]]), Promise(12))
    volley = Volley(Origin("http", "127.0.0.1", 80), (Shot("POST", "/pay"),) * 2)
    for one in rounds:
        made.add(one, Observation(volley, (), WAY, 0.0))
    return made


def test_rounds_that_no_serial_order_gives_are_counted() -> None:
    found = fought(BOTH, Outcome((200, 200)), BOTH, Outcome((200, 200)))
    assert (found.worst.name, len(found.broken)) == (Name.DOUBLE_SUBMIT, 2)
    evidence = found.evidence(("curl …",))
    assert (evidence.shown, evidence.rounds) == (2, 4)
    assert pytest.approx(evidence.low, abs=0.01) == 0.15
    assert (evidence.serial, evidence.observed) == ("200 and 409", "200 and 200")
    result = found.result(REFS, 1.0)
    assert (result.verdict, result.schedules) == (Verdict.VIOLATED, 4)
    assert result.reason == "2 requests succeed, 1 in a row"


def test_what_was_not_observed_is_never_called_safe() -> None:
    result = fought(*[BOTH] * 5).result(REFS, 1.0)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.reason.startswith("not observed in 5 rounds: a race may still show in up to 45%")


def test_a_round_without_an_answer_counts_for_nothing() -> None:
    silent = Outcome((200, 504), trouble="closed early")
    assert fought(silent).result(REFS, 1.0).reason == "closed early"
    assert fought().result(REFS, 1.0).reason == "no round was sent"


def test_requests_have_one_method_or_none() -> None:
    gone = Request("gone", "DELETE /pay", "DELETE", "/pay")
    assert [Attack("", one).method for one in ((gone, gone), (gone, PAY))] == ["DELETE", ""]


def test_rounds_are_told_apart_by_how_many_requests_they_have() -> None:
    six = Fought(Attack("parallel_replay", (PAY,) * 6), fought().baseline)
    six.rounds, six.broken = [BOTH] * 3, [Broken(Name.DOUBLE_SUBMIT, "")]
    found = six.beside(fought(BOTH, BOTH))
    assert (found.of(6), found.of(2), found.of(8)) == ((1, 3), (0, 2), (0, 0))
