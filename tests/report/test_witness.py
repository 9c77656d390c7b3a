"""Witnesses as files: nothing lost, nothing secret."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report.making import request, witness
from tocsin.model.access import Access, Item, Mode
from tocsin.model.anomaly import Anomaly, Edge, Name, Phenomenon
from tocsin.model.finding import Outcome, SerialOutcome, Witness
from tocsin.model.history import History, Op, OpKind
from tocsin.model.http import Request
from tocsin.model.invariant import Query
from tocsin.model.location import Location
from tocsin.model.schedule import Mark, Schedule, Segment
from tocsin.model.secret import Secret, redact, reveal
from tocsin.report.witness import WitnessError, WitnessFile, dumps, loads, read, save, to_pytest

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
WORDS = st.lists(TEXT, max_size=2).map(tuple)
PAIRS = st.lists(st.tuples(TEXT, TEXT), max_size=2).map(tuple)
VALUES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT
WHERE = st.lists(st.tuples(TEXT, st.frozensets(VALUES, max_size=3)), max_size=2).map(tuple)
ACCESSES = st.builds(
    Access,
    st.builds(Item, TEXT, st.none() | TEXT, WHERE),
    st.sampled_from(Mode),
    TEXT,
    st.booleans(),
)
PLACES = st.none() | st.builds(Location, TEXT, st.integers(1, 99), TEXT, TEXT)
OPS = st.builds(
    Op,
    index=st.integers(0, 99),
    task=TEXT,
    kind=st.sampled_from(OpKind),
    label=TEXT,
    accesses=st.lists(ACCESSES, max_size=2).map(tuple),
    location=PLACES,
    rows=st.none() | st.integers(0, 9),
    waited=st.booleans(),
    error=st.none() | TEXT,
)
HEADERS = st.lists(st.tuples(st.sampled_from(["accept", "x-n"]), TEXT), max_size=2).map(tuple)
REQUESTS = st.builds(Request, TEXT, TEXT, TEXT, TEXT, PAIRS, HEADERS, st.binary(max_size=9), TEXT)
OUTCOMES = st.builds(
    Outcome, st.lists(st.tuples(TEXT, st.integers(100, 599), TEXT), max_size=2).map(tuple), PAIRS
)
SEGMENTS = st.builds(Segment, TEXT, st.none() | st.builds(Mark, TEXT, st.integers(1, 9)))
WITNESSES = st.builds(
    Witness,
    requests=st.lists(REQUESTS, max_size=2).map(tuple),
    schedule=st.builds(Schedule, st.lists(SEGMENTS, max_size=3).map(tuple)),
    history=st.builds(History, st.lists(OPS, max_size=3).map(tuple)),
    serial=st.lists(st.builds(SerialOutcome, WORDS, OUTCOMES), max_size=2).map(tuple),
    observed=OUTCOMES,
    anomaly=st.builds(
        Anomaly,
        st.sampled_from(Name),
        st.sampled_from(Phenomenon),
        TEXT,
        TEXT,
        st.none() | st.integers(0, 9),
        st.none() | st.integers(0, 9),
        st.none() | st.integers(0, 9),
        st.lists(st.builds(Edge, TEXT, TEXT, TEXT, TEXT), max_size=2).map(tuple),
        check_at=PLACES,
    ),
    masks=WORDS,
    observers=st.lists(REQUESTS, max_size=1).map(tuple),
    invariants=st.lists(TEXT | st.builds(Query, TEXT, TEXT), max_size=2).map(tuple),
    replays=st.integers(0, 10),
)
FILES = st.builds(WitnessFile, app=TEXT, witness=WITNESSES, setup=st.none() | TEXT, stores=WORDS)


@given(FILES)
def test_what_is_written_is_read_again(file: WitnessFile) -> None:
    assert loads(dumps(file)) == file


@given(FILES)
def test_a_test_holds_its_witness_whole(file: WitnessFile) -> None:
    names: dict[str, str] = {}
    source = to_pytest(file).replace("from tocsin.testing import replay", "replay = None")
    exec(compile(source, "test_race.py", "exec"), names)  # noqa: S102
    assert loads(names["WITNESS"]) == file


def test_a_real_one_goes_through_a_file(tmp_path: Path) -> None:
    file = WitnessFile(app="shop.main:app", witness=witness(), setup="shop.seed:reset")
    path = save(file, tmp_path / "deep" / "w.json")
    bare = replace(
        file.witness,
        requests=tuple(replace(r, headers=(("accept", "*/*"),)) for r in file.witness.requests),
    )
    assert read(path) == replace(file, witness=bare)


@pytest.mark.parametrize(
    "name", ["Authorization", "cookie", "X-API-Key", "api_key", "X-Auth-Token", "X-CSRFToken"]
)
def test_headers_with_credentials_are_left_out(name: str) -> None:
    sent = replace(request("A"), headers=((name, "s3cret"), ("idempotency-key", "k")))
    file = WitnessFile(app="a:b", witness=replace(witness(), requests=(sent,)))
    text = dumps(file)
    assert "s3cret" not in text
    assert "idempotency-key" in text


def test_known_secrets_are_left_out_wherever_they_are() -> None:
    secrets = (Secret("alice.password", "wonderland"),)
    op = Op(0, "A", OpKind.STATEMENT, "SELECT ?", detail="SELECT 'wonderland'")
    leaking = replace(
        witness(),
        history=History((op,)),
        observed=Outcome((("A", 200, "wonderland"),), (("t", "[wonderland]"),)),
    )
    text = dumps(WitnessFile(app="a:b", witness=leaking), secrets)
    assert "wonderland" not in text
    body = loads(text).witness.requests[0].body.decode()
    assert reveal(body, secrets) == '{"note": "wonderland"}'


def test_redact() -> None:
    secrets = (Secret("a", "pw"), Secret("b", "pw-long"), Secret("c", ""))
    assert redact("pw pw-long spwx", secrets) == "<secret a> <secret b> spwx"
    assert redact("pw", ()) == "pw"
    # A placeholder is not searched for the next secret.
    assert redact("wonder", (Secret("a", "wonder"), Secret("b", "secret"))) == "<secret a>"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "is not JSON"),
        ("[]", "is not a witness"),
        ('{"schema_version": 99, "witness": {}}', "schema_version 99"),
        ('{"schema_version": 1, "app": "a:b", "witness": {}}', "is damaged"),
        (
            '{"schema_version": 1, "app": "a:b", "witness": {"requests": [{"base64": "x"}]}}',
            "is damaged",
        ),
    ],
)
def test_what_is_no_witness_says_why(text: str, reason: str) -> None:
    with pytest.raises(WitnessError, match=reason):
        loads(text)
