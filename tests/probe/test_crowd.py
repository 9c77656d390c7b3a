from __future__ import annotations

from tocsin.model.http import Request
from tocsin.probe.checks.base import Attack
from tocsin.probe.crowd import COPIES, EACH, crowd

A, B = Request("a", "POST /a", "POST", "/a"), Request("b", "POST /b", "POST", "/b")
READ = Request("r", "GET /r", "GET", "/r")


def test_copies_become_more_and_are_read_back_as_before() -> None:
    found = crowd(Attack("x", (A, A), (READ,)))
    assert found == Attack("x", (A,) * COPIES, (READ,))
    assert found.orders == ((0,), tuple(range(COPIES)))


def test_of_different_requests_some_orders_are_run_and_nothing_read() -> None:
    found = crowd(Attack("x", (A, B), (READ,)))
    assert found == Attack("x", (A, B) * EACH)
    assert found.crowded
    named = ["".join(found.requests[one].name for one in order) for order in found.orders]
    assert named == ["abababab", "babababa", "aaaabbbb", "bbbbaaaa"]


def test_what_is_a_crowd_stays_as_it_is() -> None:
    assert crowd(Attack("x", (A,) * COPIES)) is None
    assert crowd(Attack("x", (A, B, A))) is None
