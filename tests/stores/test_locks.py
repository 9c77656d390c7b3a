"""Waiting for the app's own locks is announced, and everything made of locks still works."""

from __future__ import annotations

import asyncio
import copy
import functools
import logging
import multiprocessing
import pickle
import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anyio.to_thread
import pytest
from sqlalchemy import create_engine, pool, text

from tests.stores.ledger import Baton, Ledger
from tocsin.stores import locks

HERE = f"{Path(__file__).resolve().relative_to(Path.cwd())}"
KINDS: list[tuple[str, Callable[[], Any]]] = [
    ("threading.Lock", lambda: threading.Lock()),
    ("threading.RLock", lambda: threading.RLock()),
]


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def ledger(slept: list[float]) -> Iterator[Ledger]:
    ledger = Ledger()
    with locks.instrument(ledger, slept=slept.append):
        yield ledger


def hold(ledger: Ledger, lock: Any, *, task: str | None = "B") -> tuple[Baton, threading.Thread]:
    """Hold a lock in another thread until the baton is given."""
    taken, release = Baton(), Baton()

    def work() -> None:
        with lock:
            taken.give()
            release.take()

    def as_task() -> None:
        if task is None:
            work()
        else:
            with ledger.acting(task):
                work()

    thread = threading.Thread(target=as_task)
    thread.start()
    taken.take()
    return release, thread


@pytest.mark.parametrize(("kind", "make"), KINDS)
def test_a_task_that_waits_says_so(ledger: Ledger, kind: str, make: Callable[[], Any]) -> None:
    lock = make()
    release, thread = hold(ledger, lock)
    seen: list[bool] = []

    def let_go(still: Callable[[], bool]) -> None:
        seen.append(still())
        release.give()
        thread.join()
        seen.append(still())

    ledger.on_wait = let_go
    with ledger.acting("A"), lock:
        assert seen == [True, False]
    assert ledger.waits[0].startswith(f"{kind} at {HERE}:")


@pytest.mark.parametrize(("kind", "make"), KINDS)
def test_nobody_waits_for_a_free_lock(ledger: Ledger, kind: str, make: Callable[[], Any]) -> None:
    lock = make()
    with ledger.acting("A"):
        with lock:
            pass
        assert lock.acquire(timeout=5)
        lock.release()
        assert lock.acquire(blocking=False)
        lock.release()
    assert ledger.waits == []


def test_no_wait_is_noted_for_a_holder_that_runs_freely(ledger: Ledger) -> None:
    lock = threading.Lock()
    release, thread = hold(ledger, lock, task=None)
    release.give()
    with ledger.acting("A"), lock:
        thread.join()
    assert ledger.waits == []


def test_asking_is_not_waiting(ledger: Ledger) -> None:
    lock = threading.Lock()
    release, thread = hold(ledger, lock)
    with ledger.acting("A"):
        assert not lock.acquire(blocking=False)
        assert not lock.acquire(timeout=0)
        assert lock.locked()
    release.give()
    thread.join()
    assert ledger.waits == []


def test_a_time_limit_is_kept(ledger: Ledger) -> None:
    lock = threading.Lock()
    release, thread = hold(ledger, lock)
    with ledger.acting("A"):
        assert not lock.acquire(timeout=0.001)
    release.give()
    thread.join()
    assert len(ledger.waits) == 1


def test_reentrant(ledger: Ledger) -> None:
    lock = threading.RLock()
    with ledger.acting("A"), lock, lock:
        assert lock._is_owned()  # type: ignore[attr-defined]
    assert ledger.waits == []
    with pytest.raises(RuntimeError):
        lock.release()


def test_waiting_for_an_event_a_queue_a_condition_a_semaphore(ledger: Ledger) -> None:
    event, condition = threading.Event(), threading.Condition()
    jobs: queue.Queue[str] = queue.Queue()
    semaphore = threading.Semaphore(0)

    def notify() -> None:
        with condition:
            condition.notify()

    def answering(answer: Callable[[], object]) -> Callable[[Callable[[], bool]], None]:
        def answer_once(still: Callable[[], bool]) -> None:
            ledger.on_wait = lambda still: None
            assert still()
            answer()
            assert not still()

        return answer_once

    with ledger.acting("A"):
        ledger.on_wait = answering(event.set)
        assert event.wait()
        ledger.on_wait = answering(lambda: jobs.put("x"))
        assert jobs.get() == "x"
        ledger.on_wait = answering(notify)
        with condition:
            condition.wait()
        ledger.on_wait = answering(semaphore.release)
        assert semaphore.acquire()
    assert len(ledger.waits) == 4
    assert sum(HERE in wait for wait in ledger.waits) == 3


def test_sleeping_takes_no_time(ledger: Ledger, slept: list[float]) -> None:
    with ledger.acting("A"):
        time.sleep(3600)
    assert slept == [3600]
    assert [(call.text, call.parameters) for call in ledger.calls] == [("time.sleep", (3600,))]
    time.sleep(0)
    assert slept == [3600]
    with ledger.acting("A"), pytest.raises(ValueError, match="non-negative"):
        time.sleep(-1)


def test_a_request_goes_on_in_the_threads_it_starts(ledger: Ledger) -> None:
    seen: list[str | None] = []
    with ledger.acting("A"), ThreadPoolExecutor(1) as executor:
        thread = threading.Thread(target=lambda: seen.append(ledger.task()))
        thread.start()
        thread.join()
        seen.append(executor.submit(ledger.task).result())
        with ledger.acting("B"):
            seen.append(executor.submit(ledger.task).result())
    assert seen == ["A", "A", "B"]


def test_a_librarys_threads_belong_to_nobody() -> None:
    ledger = Ledger()
    with locks.instrument(ledger, mine=lambda code: False), ledger.acting("A"):
        seen: list[str | None] = []
        thread = threading.Thread(target=lambda: seen.append(ledger.task()))
        thread.start()
        thread.join()
    assert seen == [None]


def test_starting_a_thread_is_no_wait(ledger: Ledger) -> None:
    with ledger.acting("A"):
        for _ in range(50):
            thread = threading.Thread(target=lambda: None, daemon=True)
            thread.start()
    assert ledger.waits == []


def test_joining_a_thread_of_ones_own_is_a_wait(ledger: Ledger) -> None:
    baton = Baton()
    ledger.on_wait = lambda still: baton.give()
    with ledger.acting("A"):
        thread = threading.Thread(target=baton.take)
        thread.start()
        thread.join()
    assert ledger.waits == ["threading.Thread.join"]


def test_a_lock_on_a_file(ledger: Ledger, tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    with (tmp_path / "lock").open("w") as first, (tmp_path / "lock").open("w") as second:
        with ledger.acting("B"):
            fcntl.flock(first, fcntl.LOCK_EX)
        seen: list[bool] = []

        def let_go(still: Callable[[], bool]) -> None:
            seen.append(still())
            fcntl.flock(first, fcntl.LOCK_UN)
            seen.append(still())

        ledger.on_wait = let_go
        with ledger.acting("A"):
            with pytest.raises(BlockingIOError):
                fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fcntl.flock(second, fcntl.LOCK_EX)
            fcntl.flock(second, fcntl.LOCK_UN)
    assert seen == [True, False]
    assert ledger.waits == ["fcntl.flock"]


def test_everything_is_put_back() -> None:
    def world() -> tuple[object, ...]:
        return (
            threading.Lock, threading.RLock, vars(threading)["_allocate_lock"], time.sleep,
            vars(functools)["RLock"], threading.Thread.start, threading.Thread.join,
            ThreadPoolExecutor.submit,
        )  # fmt: skip

    before = world()
    with locks.instrument(Ledger()), locks.instrument(Ledger()):
        assert not set(before) & set(world())
    assert world() == before


# -- what is made of locks -------------------------------------------------------------------------


def test_locks_cannot_be_copied(ledger: Ledger) -> None:
    for copied in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError):
            copied(threading.Lock())


def test_logging(ledger: Ledger, tmp_path: Path) -> None:
    handler = logging.FileHandler(tmp_path / "log")
    logger = logging.getLogger("tocsin.tests.shop")
    logger.addHandler(handler)
    with ledger.acting("A"):
        logger.warning("hello")
    logger.removeHandler(handler)
    handler.close()
    assert (tmp_path / "log").read_text() == "hello\n"


def test_asyncio_and_anyio(ledger: Ledger) -> None:
    async def main() -> list[str | None]:
        plain = await asyncio.get_running_loop().run_in_executor(None, ledger.task)
        carried = await asyncio.to_thread(ledger.task)
        return [plain, carried, await anyio.to_thread.run_sync(ledger.task)]

    with ledger.acting("A"):
        assert asyncio.run(main()) == ["A", "A", "A"]
    # A worker of a pool is nobody's: the next request finds it idle.
    assert not any("anyio" in wait for wait in ledger.waits)


def test_sqlalchemys_pool(ledger: Ledger) -> None:
    engine = create_engine("sqlite://", poolclass=pool.QueuePool, pool_size=1, max_overflow=0)
    first = engine.connect()

    def give_back(still: Callable[[], bool]) -> None:
        ledger.on_wait = lambda still: None
        assert still()
        first.close()

    ledger.on_wait = give_back
    with ledger.acting("A"), engine.connect() as second:
        assert second.execute(text("select 1")).scalar() == 1
    assert len(ledger.waits) == 1
    engine.dispose()


def test_multiprocessing(ledger: Ledger) -> None:
    context = multiprocessing.get_context("spawn")
    jobs = context.Queue()
    jobs.put("job")
    assert jobs.get(timeout=10) == "job"
    jobs.close()
    jobs.join_thread()


def test_cached_property_on_every_version(ledger: Ledger) -> None:
    class Shop:
        @functools.cached_property
        def name(self) -> str:
            return "shop"

    with ledger.acting("A"):
        assert Shop().name == "shop"
