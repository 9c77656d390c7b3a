"""A loop that says when it has nothing to do, and whose clock can be moved on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tocsin.explore.drivers.loop import ExploreLoop
from tocsin.explore.strand import CURRENT, Strand

HOUR = 3600


@pytest.fixture
def loop() -> Iterator[ExploreLoop]:
    loop = ExploreLoop()
    yield loop
    loop.close()


def test_it_asks_before_it_blocks(loop: ExploreLoop) -> None:
    gate = asyncio.Event()
    asked: list[bool] = []

    def idle() -> bool:
        asked.append(gate.is_set())
        gate.set()
        return True

    loop.on_idle = idle
    loop.run_until_complete(gate.wait())
    assert asked == [False]


def test_it_does_not_ask_while_there_is_work(loop: ExploreLoop) -> None:
    asked: list[None] = []

    def idle() -> bool:
        asked.append(None)
        return False

    loop.on_idle = idle

    async def busy() -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    loop.run_until_complete(busy())
    assert asked == []


async def slept(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "awake"


def of_a_request(loop: ExploreLoop, run: object, seconds: float) -> asyncio.Task[str]:
    CURRENT.set(Strand("A", run))
    try:
        return loop.create_task(slept(seconds))
    finally:
        CURRENT.set(None)


def test_the_clock_moves_on_to_a_request_s_timer(loop: ExploreLoop) -> None:
    run = object()
    task = of_a_request(loop, run, HOUR)
    loop.on_idle = lambda: loop.skip_to_timer(run)
    before = loop.time()
    assert loop.run_until_complete(task) == "awake"
    assert loop.time() - before >= HOUR


def test_the_nearest_timer_comes_first(loop: ExploreLoop) -> None:
    run = object()
    late, soon = of_a_request(loop, run, 2 * HOUR), of_a_request(loop, run, HOUR)
    loop.on_idle = lambda: loop.skip_to_timer(run)
    loop.run_until_complete(soon)
    assert not late.done()
    loop.run_until_complete(late)


def test_timers_of_others_are_left_alone(loop: ExploreLoop) -> None:
    of_another = of_a_request(loop, object(), HOUR)
    of_the_app = loop.create_task(slept(HOUR))
    loop.run_until_complete(slept(0))
    before = loop.time()
    assert not loop.skip_to_timer(object())
    assert loop.time() - before < HOUR
    for task in (of_another, of_the_app):
        task.cancel()
    loop.run_until_complete(asyncio.gather(of_another, of_the_app, return_exceptions=True))


def test_cancelled_timers_are_none(loop: ExploreLoop) -> None:
    run = object()
    task = of_a_request(loop, run, HOUR)
    loop.run_until_complete(slept(0))
    task.cancel()
    loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    assert not loop.skip_to_timer(run)


def test_work_in_an_executor_is_a_flight(loop: ExploreLoop) -> None:
    strand = Strand("A", object())
    seen: list[int] = []

    async def work() -> None:
        CURRENT.set(strand)
        await asyncio.get_running_loop().run_in_executor(None, lambda: seen.append(strand.flights))
        await asyncio.sleep(0)
        seen.append(strand.flights)

    loop.run_until_complete(work())
    loop.run_until_complete(loop.shutdown_default_executor())
    assert seen == [1, 0]
