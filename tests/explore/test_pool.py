"""Worker processes: their jobs, their deaths, their end."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from tocsin.explore.messages import Spec
from tocsin.explore.pool import StartFailed, WorkerDied, WorkerPool

SOON = 120
ERRANDS = "tests.explore.errands"
APP = """
from starlette.applications import Starlette

app = Starlette()
"""

NewPool = Callable[..., WorkerPool]


@pytest.fixture
def new_pool(tmp_path: Path) -> Iterator[NewPool]:
    """A pool for the app with this source."""
    pools: list[WorkerPool] = []

    def make(source: str = APP, workers: int = 1) -> WorkerPool:
        (tmp_path / "tiny.py").write_text(source)
        spec = Spec(
            target="tiny:app", root=tmp_path, directory=tmp_path / "run", import_paths=(tmp_path,)
        )
        pools.append(WorkerPool(spec, workers))
        return pools[-1]

    yield make
    for pool in pools:
        pool.close()


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_jobs_are_done_in_a_process_of_their_own(new_pool: NewPool) -> None:
    pool = new_pool()
    assert pool.submit(f"{ERRANDS}:name_the_app", "hello").result(SOON) == "hello, tiny:app"
    process, session = pool.submit(f"{ERRANDS}:name_the_process").result(SOON)
    assert process != os.getpid()
    assert session == process, "Ctrl-C in the terminal does not reach it"
    assert pool.close() == ()
    assert not is_alive(process)


def test_the_process_is_kept_from_job_to_job(new_pool: NewPool) -> None:
    pool = new_pool()
    first, second = (pool.submit(f"{ERRANDS}:name_the_process") for _ in range(2))
    assert first.result(SOON) == second.result(SOON)


def test_a_process_that_is_used_up_is_replaced(new_pool: NewPool) -> None:
    pool = new_pool()
    spent = pool.submit(f"{ERRANDS}:use_up").result(SOON)
    process, _ = pool.submit(f"{ERRANDS}:name_the_process").result(SOON)
    assert process != spent.process
    assert not is_alive(spent.process)


def test_what_a_job_raises_is_said(new_pool: NewPool) -> None:
    pool = new_pool()
    with pytest.raises(StartFailed, match="there is no such request") as refused:
        pool.submit(f"{ERRANDS}:refuse").result(SOON)
    assert refused.value.exit_code == 2
    with pytest.raises(StartFailed, match="LookupError: two lines") as failed:
        pool.submit(f"{ERRANDS}:fail").result(SOON)
    assert failed.value.exit_code == 70
    assert "Traceback" in failed.value.trace
    assert pool.submit(f"{ERRANDS}:name_the_app", "still here").result(SOON)


def test_a_process_that_dies_is_replaced_and_its_last_words_are_told(new_pool: NewPool) -> None:
    pool = new_pool()
    dying = pool.submit(f"{ERRANDS}:die", "segmentation fault")
    following = pool.submit(f"{ERRANDS}:name_the_app", "hello")
    with pytest.raises(WorkerDied, match="ended unexpectedly: segmentation fault"):
        dying.result(SOON)
    assert following.result(SOON) == "hello, tiny:app"


def test_an_app_that_cannot_be_loaded_fails_every_job(new_pool: NewPool) -> None:
    pool = new_pool("1 / 0")
    for _ in range(2):
        with pytest.raises(StartFailed, match="ZeroDivisionError") as failed:
            pool.submit(f"{ERRANDS}:name_the_app", "hello").result(SOON)
        assert failed.value.exit_code == 2


def test_to_close_while_a_job_runs(new_pool: NewPool) -> None:
    pool = new_pool()
    process, _ = pool.submit(f"{ERRANDS}:name_the_process").result(SOON)
    with socket.create_server(("127.0.0.1", 0)) as begun:
        begun.settimeout(SOON)
        running = pool.submit(f"{ERRANDS}:wait_for_ever", begun.getsockname()[1])
        waiting = pool.submit(f"{ERRANDS}:name_the_app", "too late")
        line, _ = begun.accept()
        line.close()
        pool.close()
    with pytest.raises(WorkerDied):
        running.result(0)
    with pytest.raises(CancelledError):
        waiting.result(0)
    assert not is_alive(process)


def test_to_close_a_pool_that_has_done_nothing(new_pool: NewPool) -> None:
    pool = new_pool(workers=2)
    assert pool.close() == ()


def test_what_a_worker_kept_is_gone_when_the_pool_is_closed(
    new_pool: NewPool, tmp_path: Path
) -> None:
    with new_pool() as pool:
        pool.submit(f"{ERRANDS}:name_the_process").result(SOON)
        assert list((tmp_path / "run").glob("worker-1.*"))
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["worker-1.log"]
