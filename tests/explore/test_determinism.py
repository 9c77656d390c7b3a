"""Chance and time are each task's own, the same in every run, and real outside of tasks."""

from __future__ import annotations

import os
import random
import secrets
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

import pytest

from tocsin.explore.determinism import Streams, deterministic

INSTANT = 1_900_000_000_123_456_789
shared = random.Random()


class Desk:
    """Who is at work."""

    task: str | None = None

    def __call__(self) -> str | None:
        return self.task

    @contextmanager
    def as_task(self, task: str) -> Iterator[None]:
        before, self.task = self.task, task
        try:
            yield
        finally:
            self.task = before


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def streams(desk: Desk) -> Iterator[Streams]:
    streams = Streams(7, INSTANT)
    with deterministic(streams, desk):
        yield streams


def a_shuffle() -> object:
    cards = list(range(20))
    random.shuffle(cards)
    return cards


DRAWS: dict[str, Callable[[], object]] = {
    "random": lambda: random.random(),
    "getrandbits": lambda: random.getrandbits(70),
    "randint": lambda: random.randint(0, 10**9),
    "choice": lambda: random.choice(range(10**9)),
    "gauss": lambda: random.gauss(0, 1),
    "randbytes": lambda: random.randbytes(5),
    "shuffle": a_shuffle,
    "SystemRandom": lambda: random.SystemRandom().random(),
    "Random made before": lambda: shared.random(),
    "Random made now": lambda: random.Random().random(),
    "a temporary file": lambda: next(vars(tempfile)["_get_candidate_names"]()),
    "token_hex": secrets.token_hex,
    "randbelow": lambda: secrets.randbelow(10**9),
    "secrets.choice": lambda: secrets.choice(range(10**9)),
    "urandom": lambda: os.urandom(16),
    "getrandom": lambda: os.getrandom(16),
    "uuid4": lambda: uuid.uuid4(),
    "uuid1": lambda: uuid.uuid1(),
}


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_draws(desk: Desk, streams: Streams, draw: Callable[[], object]) -> None:
    def run(*order: str) -> dict[str, list[object]]:
        streams.reset()
        drawn: dict[str, list[object]] = {"A": [], "B": []}
        for task in order:
            with desk.as_task(task):
                drawn[task].append(draw())
        return drawn

    serial = run("A", "A", "B", "B")
    assert run("A", "B", "B", "A") == serial
    assert serial["A"] != serial["B"]
    assert len(set(map(repr, serial["A"]))) == 2
    assert draw() != draw()
    streams.reset(seed=8)
    with desk.as_task("A"):
        assert draw() != serial["A"][0]


def test_a_seeded_generator_keeps_its_sequence(desk: Desk, streams: Streams) -> None:
    expected = [random.Random(3).random() for _ in range(2)]
    with desk.as_task("A"):
        assert [random.Random(3).random() for _ in range(2)] == expected
        random.seed("x")
        first = random.random()
        random.seed("x")
        assert random.random() == first


def test_time_stands_still_in_a_task(desk: Desk, streams: Streams) -> None:
    instant = datetime.fromtimestamp(INSTANT // 10**9, UTC).replace(microsecond=123456)
    with desk.as_task("A"):
        assert time.time_ns() == INSTANT
        assert time.time() == INSTANT / 10**9
        assert datetime.now(UTC) == instant
        assert datetime.now() == datetime.fromtimestamp(INSTANT // 10**9).replace(
            microsecond=123456
        )
        assert date.today() == datetime.fromtimestamp(INSTANT // 10**9).date()
        assert (
            time.gmtime() == instant.timetuple()[:9] or time.gmtime()[:6] == instant.timetuple()[:6]
        )
        assert time.strftime("%Y") == str(time.localtime().tm_year)


def test_the_real_time_goes_on_outside(desk: Desk, streams: Streams) -> None:
    before = time.time_ns()
    assert before < INSTANT
    while time.time_ns() == before:
        pass
    with desk.as_task("A"):
        start = time.monotonic_ns()
        while time.monotonic_ns() == start:
            pass


def test_sleeping_is_each_tasks_own(desk: Desk, streams: Streams) -> None:
    streams.sleep("A", 1.5)
    with desk.as_task("A"):
        assert time.time_ns() == INSTANT + 1_500_000_000
    with desk.as_task("B"):
        assert time.time_ns() == INSTANT
    streams.reset()
    with desk.as_task("A"):
        assert time.time_ns() == INSTANT


def test_everything_is_put_back(desk: Desk) -> None:
    def world() -> tuple[object, ...]:
        return (
            random.random, random.seed, random.Random.__dict__.get("random"), random.Random.seed,
            random.gauss, os.urandom, uuid.uuid1, vars(random)["_urandom"],
        )  # fmt: skip

    before = world()
    with deterministic(Streams(1, INSTANT), desk), deterministic(Streams(2, INSTANT), desk):
        assert world() != before
    assert world() == before
    assert abs(time.time() * 10**9 - time.time_ns()) < 10**9


def test_nested_the_inner_streams_answer(desk: Desk, streams: Streams) -> None:
    with desk.as_task("A"):
        with deterministic(Streams(7, INSTANT + 5), desk):
            assert time.time_ns() == INSTANT + 5
            inner = random.random()
        assert time.time_ns() == INSTANT
        assert random.random() == inner
