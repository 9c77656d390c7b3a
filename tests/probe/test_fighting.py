"""Attacks on a server in the hand: what is sent, and when it ends."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.probe.sending import Server, answer, client
from tocsin.model.anomaly import Name
from tocsin.model.http import Request
from tocsin.probe.checks.base import Attack
from tocsin.probe.crowd import COPIES, EACH
from tocsin.probe.fighting import DOUBTS, fight
from tocsin.probe.fought import Fought
from tocsin.probe.message import (
    Answer,
    Observation,
    Origin,
    Protocol,
    Result,
    Shot,
    Volley,
)
from tocsin.probe.pace import Exhausted, Pace
from tocsin.probe.promise import Learnt, Promise
from tocsin.probe.runs import Runs
from tocsin.probe.verdict import CLEAR
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
    counter: Counter,
    *requests: Request,
    rounds: int = 12,
    most: int | None = None,
    readers: tuple[Request, ...] = (READ,),
) -> Fought:
    asked, _ = client(counter.handle, pace=Pace(most=most))
    asked.sender = Together(counter)
    runs = Runs(asked, Untouched(counter, lambda: asked.pace.sent))
    return fight(runs, Attack("parallel_replay", requests, readers), rounds)


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
    assert (len(found.rounds), found.broken) == (4, [])
    assert [len(group) for group in found.baseline.groups] == [1, 1]
    assert [one.read for one in found.rounds] == [True, False, False, True]
    gathered = found.aside
    assert gathered is not None
    assert (len(gathered.rounds), gathered.broken) == (8, [])
    assert len(gathered.rounds[0].statuses) == COPIES
    # One alone and two in a row come first; six in a row are not needed to see that none of six
    # did what two of them may not.
    assert counter.restored == 2 + 4 + 8
    assert [one.read for one in gathered.rounds].count(True) == 3
    result = found.result((), 0.0)
    assert result.bound.startswith("4 rounds of 2 requests and 8 rounds of 6, HTTP/1.1")
    assert "not observed in 12 rounds" in result.reason


def test_what_two_do_not_show_a_crowd_does() -> None:
    volley: list[int] = []

    def take(n: int, together: bool) -> tuple[int, int]:
        """At once, two get in line; whoever comes later does what was done."""
        volley.append(n) if together and n else volley.clear()
        return (200, n + 1) if n == 0 or len(volley) > 1 else (409, n)

    found = fought(Counter(take), WRITE, WRITE)
    assert len(found.attack.requests) == COPIES
    assert found.broken
    assert found.aside is not None
    assert not found.aside.broken
    assert found.worst.reason == "5 requests succeed, 1 in a row"


def test_a_deadlock_shows_in_a_crowd_of_two_that_do_not_mind_each_other() -> None:
    def take(n: int, together: bool) -> tuple[int, int]:
        return (500 if together and n == 5 else 200), n + 1

    counter = Counter(take)
    found = fought(counter, WRITE, OTHER, readers=())
    assert found.promise.rounds == 0
    assert [one.name for one in found.broken] == [Name.CRASH] * len(found.rounds)
    assert found.attack.requests == (WRITE, OTHER) * EACH
    assert counter.reads == 0
    # Both orders; all eight in a row in four orders, twice, once a crash has shown; the rounds.
    assert [len(group) for group in found.baseline.groups] == [2] * 4
    assert counter.restored == 2 + 8 + len(found.rounds)


def test_of_two_that_exclude_each_other_a_crowd_lets_both_succeed() -> None:
    def take(n: int, together: bool) -> tuple[int, int]:
        """In a row the first of all; at once, one of the other kind as well."""
        if n == 0:
            turns.clear()
        turns.append(together)
        return (200, n + 1) if n == 0 or sum(turns) == 2 * EACH else (409, n)

    turns: list[bool] = []
    counter = Counter(take)
    asked, _ = client(counter.handle)
    asked.sender = Together(counter)
    runs = Runs(asked, Untouched(counter, lambda: asked.pace.sent))
    attack = Attack("state_change_attack", (WRITE, OTHER), (READ,))
    found = fight(runs, attack, 12, learnt=Learnt(raced={WRITE.endpoint: True}))
    assert found.promise == Promise(6, crowd=24)
    assert len(found.attack.requests) == 2 * EACH
    assert found.worst.reason == "2 different requests succeed, 1 in a row"


def test_what_crashes_in_a_row_of_many_as_well_is_no_race() -> None:
    counter = Counter(lambda n, _: ((500 if n == 5 else 200), n + 1))
    found = fought(counter, WRITE, OTHER, readers=())
    assert not found.broken


def test_where_one_order_lets_both_succeed_refusals_are_read_back_now_and_then() -> None:
    def take(n: int, together: bool) -> tuple[int, int]:
        return (200, 1) if n == 0 else (404, n)

    class Order(Together):
        def send(self, origin: Origin, shot: Shot, protocol: Protocol = Protocol.HTTP1) -> Result:
            if shot.target == "/m" and self.counter.n == 0:
                return answer(200)
            return super().send(origin, shot, protocol)

    counter = Counter(take)
    asked, _ = client(counter.handle)
    asked.sender = Order(counter)
    runs = Runs(asked, Untouched(counter, lambda: asked.pace.sent))
    found = fight(runs, Attack("state_change_attack", (WRITE, OTHER), (READ,)), 6)
    assert [one.statuses for one in found.rounds] == [(200, 404)] * 6
    assert [one.read for one in found.rounds] == [True, False, False, True, False, False]


class Window(Together):
    """The second wins until the first leads by enough; in between they meet."""

    def deliver(self, volley: Volley, pause: float = 0.0) -> Observation:
        if len(volley.shots) == 1:
            return super().deliver(volley, pause)
        first, second = volley.offsets or (0.0, 0.0)
        lead = second - first
        self.leads.append(lead)
        won = (200, 409) if lead > OPENS + WIDTH else (409, 200) if lead < OPENS else (200, 200)
        self.counter.n = sum(status == 200 for status in won)
        at = [Answer(status, (), b"", 1.0, 1.0 + TAKES, 1.0 + TAKES) for status in won]
        return Observation(volley, tuple(at), volley.way, released=1.0)

    def __init__(self, counter: Counter) -> None:
        super().__init__(counter)
        self.leads: list[float] = []


OPENS, WIDTH, TAKES = 0.0031, 0.0004, 0.008


def test_the_second_is_released_where_nobody_wins() -> None:
    counter = Counter(lambda n, _: once(n, together=False))
    asked, _ = client(counter.handle)
    asked.sender = server = Window(counter)
    runs = Runs(asked, Untouched(counter, lambda: asked.pace.sent))
    found = fight(runs, Attack("state_change_attack", (WRITE, OTHER), (READ,)), 12)
    assert len(found.broken) == CLEAR
    assert OPENS <= server.leads[-1] <= OPENS + WIDTH


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
    assert (len(found.rounds), found.broken) == (1, [])


def test_what_shows_once_is_compared_with_more_rows() -> None:
    """The first volley crashes; of all rows, so do only the last that are made of each order."""
    volleys, rows = iter(range(100)), iter(range(100))

    def take(n: int, together: bool) -> tuple[int, int]:
        crashes = next(volleys) == 0 if together else next(rows) >= 16
        return (500, n) if crashes else once(n, together=False)

    found = fought(Counter(take), WRITE, OTHER)
    assert [len(group) for group in found.baseline.groups] == [2 + DOUBTS] * 2
    assert found.broken == []


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
