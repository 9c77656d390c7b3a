"""What a key means, whatever keeps the answers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.guard.repeats import ask
from tocsin.guard.errors import Conflict, Malformed, Unprocessable
from tocsin.guard.idempotency import Answer, Record, asked, judge

MINUTE = 60_000_000


def test_a_key_that_is_missing() -> None:
    told = {"identity": "alice", "method": "POST", "path": "/"}
    with pytest.raises(Malformed, match="Idempotency-Key is missing"):
        asked([], **told)  # type: ignore[arg-type]
    assert asked([], **told, required=False) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (['""'], "is empty"),
        (['"a"', '"a"'], "is there 2 times"),
        (["a"], 'as in Idempotency-Key: "8e03978e-40d5"'),
    ],
)
def test_a_key_that_is_none(values: list[str], said: str) -> None:
    with pytest.raises(Malformed, match=said):
        asked(values, identity="alice", method="POST", path="/", required=False)


@pytest.mark.parametrize("identity", ["", None, False])
def test_nobody_has_a_key(identity: Any) -> None:
    with pytest.raises(ValueError, match="belongs to somebody, not to"):
        asked(['"a"'], identity=identity, method="POST", path="/")


@given(st.lists(st.tuples(st.text(), st.text(), st.binary()), min_size=2, max_size=2, unique=True))
def test_what_differs_has_another_id_or_fingerprint(told: list[tuple[str, str, bytes]]) -> None:
    one, two = (
        asked(['"k"'], identity=f"u{who}", method="POST", path="/", query=query, body=body)
        for who, query, body in told
    )
    assert one != two


def test_while_the_first_is_at_work_and_after_it_died() -> None:
    record = Record.fresh(ask(), 0, lease=60, keep=3600)
    with pytest.raises(Conflict):
        judge(record, ask(), MINUTE - 1)
    with pytest.raises(Unprocessable):
        judge(record, ask(body=b"[]"), MINUTE)
    assert judge(record, ask(), MINUTE) is None
    assert judge(record, ask(body=b"[]"), 60 * MINUTE) is None


@given(
    st.integers(100, 499),
    st.lists(st.tuples(st.text(), st.text())).map(tuple),
    st.binary(),
)
def test_an_answer_survives_the_store(status: int, headers: Any, body: bytes) -> None:
    answer = Answer(status, headers, body)
    assert Answer.decode(answer.encode()) == answer


def test_what_belongs_to_one_client_or_connection_is_not_kept() -> None:
    given = [("Set-Cookie", "session=1"), ("DATE", "today"), ("Location", "/1"), ("ETag", '"1"')]
    assert Answer.made(201, given, b"").headers == (("Location", "/1"), ("ETag", '"1"'))
