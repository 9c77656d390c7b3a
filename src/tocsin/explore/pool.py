"""Worker processes that each hold the app: pairs are independent, and are explored in parallel."""

from __future__ import annotations

import getpass
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Self

from tocsin.errors import TocsinError
from tocsin.explore.messages import Failed, Spec

_PATIENCE = 5.0
_TAIL = 2000
_PREFIX = "tocsin-"


class WorkerDied(TocsinError):
    """A worker process ended in the middle of a job: the app took it down."""


class StartFailed(TocsinError):
    """The app could not be loaded; the message says why."""

    def __init__(self, failure: Failed) -> None:
        super().__init__(failure.message)
        self.exit_code = failure.exit_code
        self.trace = failure.trace


@dataclass(frozen=True, slots=True)
class _Task:
    job: str
    arguments: tuple[Any, ...]
    future: Future[Any]


class _Worker:
    """One process, started when it is first needed, and again after it was used up."""

    def __init__(self, spec: Spec, number: int) -> None:
        self._spec = replace(spec, directory=spec.directory / f"worker-{number}")
        self._log = spec.directory / f"worker-{number}.log"
        self._core = number - 1
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._generation = 0
        self.problems: list[str] = []

    @property
    def started(self) -> bool:
        return self._connection is not None

    def start(self) -> None:
        """Raises `StartFailed`."""
        ours, theirs = Pipe()
        self._generation += 1
        directory = self._spec.directory.with_name(
            f"{self._spec.directory.name}.{self._generation}"
        )
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter, our module
                [sys.executable, "-m", "tocsin.explore.worker", str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Its own session: Ctrl-C is for us, and we end it in good order.
                start_new_session=True,
                env={**os.environ, "PYTHONHASHSEED": "0"},
            )
        theirs.close()
        _pin(self._process.pid, self._core)
        self._connection = ours
        self._directory = directory
        ours.send(replace(self._spec, directory=directory))
        answer = self._receive()
        if isinstance(answer, Failed):
            self.stop()
            raise StartFailed(answer)

    def work(self, task: _Task) -> None:
        """Do one job and settle its future."""
        try:
            if self._connection is None:
                self.start()
            self._ours().send((task.job, task.arguments))
            answer = self._receive()
        except Exception as error:  # noqa: BLE001 - whatever it is, the future tells
            self.stop()
            task.future.set_exception(error)
            return
        if isinstance(answer, Failed):
            task.future.set_exception(StartFailed(answer))
        else:
            if answer.spent:
                self.stop()
            task.future.set_result(answer.result)

    def stop(self) -> None:
        """End the process, and give back what it could not."""
        process, self._process = self._process, None
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if self._directory.exists():
            self.problems += _clean_up(self._directory)

    def terminate(self) -> None:
        """Tell the process to stop whatever it does; `stop` waits for that."""
        if self._process is not None:
            self._process.terminate()

    def _ours(self) -> Connection:
        if self._connection is None:
            raise WorkerDied("the app's process was stopped")
        return self._connection

    def _receive(self) -> Any:
        try:
            return self._ours().recv()
        except (EOFError, OSError) as error:
            tail = self._log.read_text("utf-8", "replace")[-_TAIL:].strip().splitlines()
            last = f": {tail[-1]}" if tail else ""
            raise WorkerDied(f"the app's process ended unexpectedly{last}") from error


class WorkerPool:
    """``workers`` processes for one app. Use it as a context manager.

    `submit` takes a job's name: ``module:function``, whose first argument is the `Session`.
    """

    def __init__(self, spec: Spec, workers: int) -> None:
        spec.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._tasks: queue.Queue[_Task | None] = queue.Queue()
        self._workers = [_Worker(spec, number) for number in range(1, workers + 1)]
        self._threads = [
            threading.Thread(target=self._run, args=(worker,), daemon=True)
            for worker in self._workers
        ]
        self._closing = False
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def submit(self, job: str, *arguments: Any) -> Future[Any]:
        """A future of ``job(session, *arguments)``, in whichever process is free."""
        future: Future[Any] = Future()
        self._tasks.put(_Task(job, arguments, future))
        return future

    def close(self) -> tuple[str, ...]:
        """End all processes; jobs not begun are cancelled. What could not be given back is said."""
        self._closing = True
        while True:
            try:
                task = self._tasks.get_nowait()
            except queue.Empty:
                break
            if task is not None:
                task.future.cancel()
        for worker in self._workers:
            self._tasks.put(None)
            worker.terminate()
        for thread in self._threads:
            thread.join()
        return tuple(problem for worker in self._workers for problem in worker.problems)

    def _run(self, worker: _Worker) -> None:
        while not self._closing and (task := self._tasks.get()) is not None:
            if not worker.started and not self._started(worker):
                # Others have the app already (one that works in place has it alone): theirs then.
                self._tasks.put(task)
                break
            if task.future.set_running_or_notify_cancel():
                worker.work(task)
        worker.stop()

    def _started(self, worker: _Worker) -> bool:
        """Start a worker; ``False`` if it fails where another one does not."""
        try:
            worker.start()
        except TocsinError:
            worker.stop()
            return not any(other.started for other in self._workers)
        return True


def default_workers() -> int:
    """One for each core that this process may use."""
    return len(_cores()) or os.cpu_count() or 1


def _cores() -> list[int]:
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def _pin(pid: int, number: int) -> None:
    """Keep a process on one core: its threads take turns, and the way to another core is long."""
    if cores := _cores():
        with suppress(OSError):
            os.sched_setaffinity(pid, {cores[number % len(cores)]})


def run_directory() -> Path:
    """A folder for one scan, in memory where the system has such a place."""
    memory = Path("/dev/shm")  # noqa: S108 - mkdtemp makes the folder in it ours alone
    usable = memory.is_dir() and os.access(memory, os.W_OK)
    base = memory if usable else Path(tempfile.gettempdir())
    _sweep(base)
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=base))


def _sweep(base: Path) -> None:
    """Give back what scans left that were killed."""
    for folder in base.glob(f"{_PREFIX}*-*"):
        pid = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdigit() and not _alive(int(pid)) and folder.owner() == getpass.getuser():
            for worker in folder.iterdir():
                if worker.is_dir():
                    _clean_up(worker)
            shutil.rmtree(folder, ignore_errors=True)


def _clean_up(directory: Path) -> tuple[str, ...]:
    # Seldom needed, and it knows every kind of state.
    from tocsin.explore.state.vault import clean_up

    return clean_up(directory)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
