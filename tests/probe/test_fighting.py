"""Attacks on a server in the hand: what is sent, and when it ends."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.probe.sending import Server, answer, client
from tocsin.model.http import Request
from tocsin.probe.checks.base import Attack
from tocsin.probe.fighting import fight
from tocsin.probe.fought import Fought
from tocsin.probe.message import Observation, Result, Shot, Volley
from tocsin.probe.pace import Exhausted, Pace
from tocsin.probe.runs import Runs
from tocsin.probe.world import Untouched

READ = Request("read", "GET /n", "GET", "/n")
WRITE = Request("write", "POST /n", "POST", "/n")
OTHER = Request("other", "POST /m", "POST", "/m")


class Counter:
    """One number; ``at_once`` is what a volley's requests do, which a row's cannot."""

    restores = True

    def __init__(self, take: Callable[[int, bool], tuple[int, int]]) -> None:
        self.take = take
        self.n = self.restored = self.reads = 0
        self.together = False

    def restore(self) -> None:
        self.n = 0
        self.restored += 1

    def handle(self, shot: Shot) -> Result:
        if shot.method == "GET":
            self.reads += 1
            return answer(200, json.dumps({"n": self.n}).encode())
        status, self.n = self.take(self.n, self.together)
        return answer(status)


class Together(Server):
    """Tells the counter which requests are a volley's."""

    def deliver(self, volley: Volley, pause: float = 0.0) -> Observation:
        self.counter.together = len(volley.shots) > 1
        try:
            return super().deliver(volley, pause)
        finally:
            self.counter.together = False

    def __init__(self, counter: Counter) -> None:
        super().__init__(counter.handle)
        self.counter = counter


def fought(
    counter: Counter, *requests: Request, rounds: int = 12, most: int | None = None
) -> Fought:
    asked, _ = client(counter.handle, pace=Pace(most=most))
    asked.sender = Together(counter)
    runs = Runs(asked, Untouched(counter, lambda: asked.pace.sent))
    return fight(runs, Attack("parallel_replay", requests, (READ,)), rounds)


def once(n: int, together: bool) -> tuple[int, int]:
    """Works once; at once, always."""
    return (200, n + 1) if n == 0 or together else (409, n)


def test_two_rounds_are_enough_where_the_statuses_say_it() -> None:
    counter = Counter(once)
    found = fought(counter, WRITE, WRITE)
    assert (len(found.rounds), len(found.broken)) == (2, 2)
    # One alone and both in a row, each twice: the second time when something was shown.
    assert [len(group) for group in found.baseline.groups] == [2, 2]
    assert counter.restored == 4 + 2


def test_nothing_is_repeated_and_little_is_read_where_nothing_shows() -> None:
    counter = Counter(lambda n, _: once(n, together=False))
    found = fought(counter, WRITE, WRITE)
    assert (len(found.rounds), found.broken) == (12, [])
    assert [len(group) for group in found.baseline.groups] == [1, 1]
    assert [one.read for one in found.rounds] == [True, False, False] * 4
    assert counter.restored == 2 + 12


def test_what_changes_with_time_is_masked_once_it_is_looked_at_twice() -> None:
    clock = iter(range(1000))
    counter = Counter(lambda n, _: (200, next(clock)))
    found = fought(counter, WRITE, WRITE)
    assert found.broken == []
    assert found.baseline.masks == {"GET /n as anonymous n"}


def test_what_answers_differently_each_time_is_not_compared() -> None:
    turns = iter([200, 200, 200, 200, 409, 409, 200, 200])
    counter = Counter(lambda n, together: (500 if together else next(turns), n + 1))
    found = fought(counter, WRITE, OTHER)
    assert found.baseline.trouble == "requests in a row are answered differently each time"
    assert len(found.rounds) == 1


def test_what_was_shown_and_confirmed_survives_the_end_of_the_scan() -> None:
    """Wherever the cap ends it: an exception, or something that was shown."""
    ended = set()
    for most in range(1, 40):
        try:
            found = fought(Counter(once), WRITE, WRITE, most=most)
        except Exhausted:
            ended.add(0)
        else:
            assert [len(group) for group in found.baseline.groups] == [2, 2]
            ended.add(len(found.broken))
    assert ended == {0, 1, 2}
