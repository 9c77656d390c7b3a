"""Whole races on one small app in this process: baselines, verdicts, witnesses, replays."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tocsin.errors import UsageError
from tocsin.explore import jobs
from tocsin.explore.baseline import Baselines
from tocsin.explore.execution import Race
from tocsin.explore.footprint import Candidate, Footprint
from tocsin.explore.messages import Bounds, Explored, Proof, RaceOrder, Spec
from tocsin.explore.run import Level
from tocsin.explore.schedulers.replay import Follow
from tocsin.explore.session import Session, opened
from tocsin.model.anomaly import Name
from tocsin.model.http import Request
from tocsin.model.invariant import Invariant, Query
from tocsin.model.schedule import Schedule
from tocsin.model.verdict import Verdict

BOUNDS = Bounds()
NAME = "tocsin_tests_till"
APP = """
import json
import sqlite3
import time
from pathlib import Path

from flask import Flask, jsonify

database = Path(__file__).with_name("till.db")
app = Flask(__name__)


def seed():
    connection = sqlite3.connect(database)
    connection.execute("CREATE TABLE till (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)")
    connection.execute("INSERT INTO till VALUES (1, 100)")
    connection.commit()
    connection.close()


def debts():
    connection = sqlite3.connect(database)
    (n,) = connection.execute("SELECT n FROM till").fetchone()
    connection.close()
    assert n >= 0, f"{n} left"


@app.post("/racy")
def racy():
    connection = sqlite3.connect(database)
    (n,) = connection.execute("SELECT n FROM till WHERE id = 1").fetchone()
    if n >= 80:
        connection.execute("UPDATE till SET n = n - 80 WHERE id = 1")
        connection.commit()
    connection.close()
    return ("", 200 if n >= 80 else 409)


@app.post("/safe")
def safe():
    connection = sqlite3.connect(database)
    done = connection.execute("UPDATE till SET n = n - 80 WHERE id = 1 AND n >= 80").rowcount
    connection.commit()
    connection.close()
    return ("", 200 if done else 409)


@app.post("/numbered")
def numbered():
    connection = sqlite3.connect(database)
    connection.execute("UPDATE till SET n = n - 1 WHERE id = 1")
    connection.commit()
    connection.close()
    return jsonify(ok=True, number=time.thread_time_ns())


@app.post("/drifting")
def drifting():
    # What is put on another package outlives a run: nothing restores it.
    json.calls = getattr(json, "calls", 0) + 1
    connection = sqlite3.connect(database)
    connection.execute("UPDATE till SET n = n - 1 WHERE id = 1")
    connection.commit()
    connection.close()
    return jsonify(warmed_up=json.calls > 9)


@app.post("/broken")
def broken():
    raise LookupError("no such thing")


@app.get("/left")
def left():
    connection = sqlite3.connect(database)
    (n,) = connection.execute("SELECT n FROM till WHERE id = 1").fetchone()
    connection.close()
    return jsonify(left=n)
"""


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder: Path = tmp_path_factory.mktemp("till")
    (folder / f"{NAME}.py").write_text(APP)
    path = list(sys.path)
    spec = Spec(
        target=f"{NAME}:app",
        root=folder,
        directory=folder / "run",
        import_paths=(folder,),
        setup=f"{NAME}:seed",
        request_timeout=60,
    )
    with opened(spec) as session:
        yield session
    sys.path[:] = path
    del sys.modules[NAME]


def asked(path: str, method: str = "POST") -> Request:
    return Request(f"{method} {path}", f"{method} {path}", method, path)


def candidate(session: Session, request: Request) -> Candidate:
    alone = session.execution.run(
        {"A": request}, Follow(Schedule.serial("A")), Level(), observers=(), invariants=()
    )
    return Candidate(request, Footprint.of(alone.history))


def explored(
    session: Session,
    *paths: str,
    invariants: tuple[Invariant, ...] = (),
    observers: tuple[Request, ...] = (),
    bounds: Bounds = BOUNDS,
) -> Explored:
    candidates = tuple(candidate(session, asked(path)) for path in paths)
    return jobs.explore(session, RaceOrder(candidates, observers, invariants), bounds)


@pytest.fixture(scope="module")
def overrun(session: Session) -> Proof:
    found = explored(session, "/racy", "/racy")
    assert found.verdict is Verdict.VIOLATED
    return found.proofs[0]


def test_a_race_is_proven_by_ten_replays(overrun: Proof) -> None:
    assert overrun.witness.anomaly.name is Name.LIMIT_OVERRUN
    assert overrun.witness.replays == 10


def test_a_witness_has_one_preemption_that_it_needs(overrun: Proof) -> None:
    assert [segment.task for segment in overrun.witness.schedule.segments][:2] == ["A", "B"]
    assert len(overrun.witness.schedule.segments) <= 3


def test_a_witness_has_the_serial_outcomes_it_is_none_of(overrun: Proof) -> None:
    witness = overrun.witness
    assert {serial.order for serial in witness.serial} == {("A", "B"), ("B", "A")}
    assert all(serial.outcome != witness.observed for serial in witness.serial)


def test_check_and_use_are_lines_of_the_app(overrun: Proof) -> None:
    anomaly = overrun.witness.anomaly
    assert anomaly.check_at is not None
    assert anomaly.use_at is not None
    assert anomaly.check_at.function == anomaly.use_at.function == "racy"
    assert "SELECT" in anomaly.check_at.code
    assert "UPDATE" in anomaly.use_at.code


def test_a_witness_replays_with_one_outcome(session: Session, overrun: Proof) -> None:
    replayed = jobs.replay(session, overrun.witness, 5)
    assert replayed.reproduced == 5
    assert set(replayed.outcomes) == {overrun.witness.observed}


def test_a_witness_does_not_replay_on_what_was_mended(session: Session, overrun: Proof) -> None:
    mended = tuple(replace(asked("/safe"), name=name) for name in "AB")
    replayed = jobs.replay(session, replace(overrun.witness, requests=mended), 3)
    assert (replayed.reproduced, replayed.reason) == (0, "")


@pytest.mark.parametrize("exhaustive", [False, True])
def test_one_statement_holds_in_every_schedule(session: Session, exhaustive: bool) -> None:
    found = explored(session, "/safe", "/safe", bounds=Bounds(exhaustive=exhaustive))
    assert found.verdict is Verdict.HOLDS, found.reason
    assert found.schedules > 1
    assert found.bound.startswith("every schedule")


def test_two_endpoints(session: Session) -> None:
    assert explored(session, "/racy", "/safe").verdict is Verdict.VIOLATED


def test_a_broken_invariant_is_named(session: Session) -> None:
    found = explored(session, "/racy", "/racy", invariants=(f"{NAME}:debts",))
    (proof,) = found.proofs
    assert f"Invariant broken: {NAME}:debts" in proof.witness.anomaly.explanation
    assert proof.witness.invariants == (f"{NAME}:debts",)


DEBTS = Query("SELECT id, n FROM till WHERE n < 0")


def test_a_query_that_returns_a_row_is_a_broken_invariant(session: Session) -> None:
    found = explored(session, "/racy", "/racy", invariants=(DEBTS,))
    (proof,) = found.proofs
    broken = f'Invariant broken: {DEBTS} returned {{"id": 1, "n": -60}}.'
    assert broken in proof.witness.anomaly.explanation
    assert proof.witness.invariants == (DEBTS,)
    assert jobs.replay(session, proof.witness, 2).reproduced == 2


def test_an_invariant_that_no_order_keeps_is_said_and_not_judged(session: Session) -> None:
    untouched = Query("SELECT n FROM till WHERE n < 100")
    found = explored(session, "/safe", "/safe", invariants=(untouched,))
    assert found.verdict is Verdict.HOLDS
    (note,) = [note for note in found.notes if "invariant" in note]
    assert note == (
        "an invariant is broken even without a race, in the order A, B: "
        f'{untouched} returned {{"n": 20}}; it is not judged'
    )


@pytest.mark.parametrize("sql", ["SELECT x FROM till", "SELECT 1; SELECT 2", "DELETE FROM till"])
def test_bad_sql_is_one_sentence_before_anything_is_explored(session: Session, sql: str) -> None:
    order = RaceOrder((candidate(session, asked("/safe")),) * 2, (), (Query(sql),))
    with pytest.raises(UsageError, match=r"^invariant .*: sqlite:till.db says: [^\n]*$"):
        jobs.check(session, order)
    jobs.check(session, replace(order, invariants=(DEBTS,)))


def test_what_observers_see_is_part_of_the_outcome(session: Session) -> None:
    found = explored(session, "/safe", "/safe", observers=(asked("/left", "GET"),))
    assert found.verdict is Verdict.HOLDS, found.reason


def test_no_time_is_inconclusive(session: Session) -> None:
    found = explored(session, "/safe", "/safe", bounds=Bounds(seconds=0))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reason == "stopped after 0 s"


def baselines(session: Session, path: str) -> Baselines:
    race = Race({name: replace(asked(path), name=name) for name in "AB"})
    made = Baselines(session.execution, session.canon, race)
    made.establish()
    return made


def test_fields_that_vary_are_masked_and_named(session: Session) -> None:
    made = baselines(session, "/numbered")
    assert {"A.body.number", "B.body.number"} <= made.masks
    assert "A.body.number differs from run to run: it is not compared" in list(made.notes())
    assert explored(session, "/numbered", "/numbered").verdict is Verdict.HOLDS


def test_what_drifts_from_run_to_run_is_no_race(session: Session) -> None:
    """The first runs agree with each other, and so do the last: but not with the first."""
    found = explored(session, "/drifting", "/drifting")
    assert found.verdict is not Verdict.VIOLATED
    assert "warmed_up" in found.reason or "warmed_up" in str(found.notes)


def test_requests_that_always_fail_are_named(session: Session) -> None:
    notes = list(baselines(session, "/broken").notes())
    assert any(note.startswith("POST /broken answers 500 even without a race") for note in notes)


def test_serial_orders_are_run_once(session: Session) -> None:
    made = baselines(session, "/racy")
    runs = session.execution.runs
    assert set(made.serial(frozenset("B"))) == {("A", "B"), ("B", "A"), ("A",)}
    assert session.execution.runs == runs + 1
    assert set(made.serial(frozenset("B"))) == {("A", "B"), ("B", "A"), ("A",)}
    assert session.execution.runs == runs + 1


def test_what_is_done_without_a_race_is_expected_of_everybody(session: Session) -> None:
    made = baselines(session, "/racy")
    assert made.expected("A") >= 1
    assert made.expected("C") == 0
