"""What is told of attempts."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import pytest

from tocsin.guard.basic.events import Attempt, Burst, Counted, Event, Log, Outcome, tell

WRONG = Attempt(Outcome.WRONG, "alice", "198.51.100.7")
BURST = Burst("alice", "198.51.100.7", 10, 0.25)


def test_a_log(caplog: pytest.LogCaptureFixture) -> None:
    log = Log(logging.getLogger("shop"))
    with caplog.at_level(logging.DEBUG, "shop"):
        for event in (WRONG, BURST, Attempt(Outcome.ACCEPTED, "alice", None)):
            log.told(event)
    told = [(record.levelname, record.message) for record in caplog.records]
    assert told == [
        ("WARNING", "basic wrong"),
        ("WARNING", "basic burst"),
        ("DEBUG", "basic accepted"),
    ]
    assert caplog.records[0].__dict__["event"] == {
        "outcome": "wrong",
        "username": "alice",
        "address": "198.51.100.7",
    }


def test_counts_have_few_labels() -> None:
    counts: list[tuple[str, Mapping[str, str]]] = []

    class Metrics:
        def count(self, name: str, labels: Mapping[str, str]) -> None:
            counts.append((name, labels))

    for event in (WRONG, BURST):
        Counted(Metrics()).told(event)
    assert counts == [
        ("tocsin_guard_basic", {"outcome": "wrong"}),
        ("tocsin_guard_basic", {"outcome": "burst"}),
    ]


def test_a_watcher_that_fails_is_told_of_and_nobody_else_suffers(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told: list[Event] = []

    class Broken:
        def told(self, event: Event) -> None:
            raise LookupError

    class Whole:
        def told(self, event: Event) -> None:
            told.append(event)

    tell((Broken(), Whole()), WRONG)
    assert told == [WRONG]
    assert "a watcher failed" in caplog.text
