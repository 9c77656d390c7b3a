from __future__ import annotations

import pytest

from tocsin.model.http import Operation, Request, Response
from tocsin.model.verdict import Permission
from tocsin.probe.checks.documentation import Kind, disagreements
from tocsin.probe.discover import Working

READ = Request("read", "GET /a", "GET", "/a")


def told(status: int, *documented: str, denied: int = 0) -> list[Kind]:
    operation = Operation("GET", "/a", responses=documented)
    cells = [Permission("GET /a", "bob", allowed=False, status=denied)] if denied else []
    found = disagreements([Working(READ, Response(status))], [operation], cells)
    return [Kind(one.kind) for one in found]


@pytest.mark.parametrize(
    ("status", "documented", "found"),
    [
        (200, ("200", "422"), []),
        (202, ("200", "422"), [Kind.SUCCESS]),
        (202, ("2XX",), []),
        (202, ("2xx",), []),
        (202, ("200", "default"), []),
        (202, ("404",), []),
        (202, (), []),
        (302, ("200",), []),
    ],
)
def test_a_success_is_told_that_others_leave_no_room_for(
    status: int, documented: tuple[str, ...], found: list[Kind]
) -> None:
    assert told(status, *documented) == found


@pytest.mark.parametrize(
    ("denied", "documented", "found"),
    [
        (404, ("200", "409"), [Kind.REFUSAL]),
        (404, ("200", "422"), []),
        (404, ("200", "401", "422"), []),
        (404, ("200", "404"), []),
        (404, ("200", "4XX"), []),
        (404, ("200", "409", "default"), []),
        (401, ("200", "409"), []),
    ],
)
def test_a_refusal_is_told_where_others_are_written_down(
    denied: int, documented: tuple[str, ...], found: list[Kind]
) -> None:
    assert told(200, *documented, denied=denied) == found


def test_what_the_document_does_not_know_is_not_compared() -> None:
    assert list(disagreements([Working(READ, Response(200))], [], [])) == []
    cells = [Permission("GET /b", "bob", allowed=False, status=404)]
    assert list(disagreements([], [Operation("GET", "/b", responses=("409",))], cells)) == []


def test_the_reason_names_what_is_documented() -> None:
    operation = Operation("GET", "/a", responses=("200", "422"))
    (flaw,) = disagreements([Working(READ, Response(206))] * 2, [operation], [])
    assert flaw.reason == "answers 206; its document has 200, 422"
