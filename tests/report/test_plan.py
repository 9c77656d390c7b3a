from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model.http import Request
from tocsin.model.secret import Secret
from tocsin.report.plan import PlanFile, loads, save
from tocsin.report.witness import WitnessError, written

CANCEL = Request("cancel", "POST /orders/{id}/cancel", "POST", "/orders/1/cancel", identity="alice")
PLAN = PlanFile(
    plan="volley",
    address="http://127.0.0.1:8000/api",
    check="parallel_replay",
    requests=(CANCEL, CANCEL),
    title="Double submit",
)


def test_a_plan_holds_no_credentials_and_comes_back(tmp_path: Path) -> None:
    sent = replace(
        CANCEL,
        headers=(("Authorization", "Basic abc"), ("X-Shop", "1"), ("Cookie", "id=2")),
        body=b'{"pin": "hunter22"}',
    )
    path = save(
        replace(PLAN, requests=(sent, sent)), tmp_path / "a" / "b.json", [Secret("pin", "hunter22")]
    )
    text = path.read_text("utf-8")
    assert "abc" not in text
    assert "id=2" not in text
    assert "hunter22" not in text
    found = loads(text)
    assert found is not None
    assert found.requests[0].headers == (("X-Shop", "1"),)
    assert found.requests[0].identity == "alice"


@given(st.binary(), st.text(), st.lists(st.tuples(st.text(), st.text())))
def test_requests_come_back_whole(body: bytes, path: str, query: list[tuple[str, str]]) -> None:
    request = replace(CANCEL, body=body, path=path, query=tuple(query))
    file = replace(PLAN, requests=(request, CANCEL), readers=(request,))
    assert loads(written(file)) == file


@pytest.mark.parametrize("text", ["", "{", "[]", '{"witness": {}}', "null"])
def test_what_is_no_plan_is_somebody_elses(text: str) -> None:
    assert loads(text) is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"plan": "volley", "schema_version": 9}', "has schema_version 9"),
        ('{"plan": "volley"}', "is damaged"),
        (written(replace(PLAN, requests=(CANCEL,))), "a plan needs two requests"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(WitnessError, match=sentence):
        loads(text)
