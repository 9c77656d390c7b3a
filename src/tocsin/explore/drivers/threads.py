"""The thread driver: WSGI apps, one thread per request of the scenario.

The threads are kept from run to run, so that what an app keeps per thread (Django's connections)
is pooled as it is in a threaded server.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from contextvars import copy_context
from functools import partial
from typing import Any

from tocsin.explore.drivers.base import Deliver
from tocsin.explore.drivers.wsgi import WSGIApp, exchange
from tocsin.explore.run import Run
from tocsin.explore.strand import CURRENT, Abandoned, Strand
from tocsin.model.history import OpKind
from tocsin.model.http import Request

_Job = Callable[[], object]


class ThreadDriver:
    """Runs WSGI requests."""

    def __init__(self, app: WSGIApp, around: Callable[[Callable[[], Any]], Any]) -> None:
        self._app = app
        self._around = around
        self._jobs: dict[str, queue.SimpleQueue[_Job | None]] = {}

    def open(self) -> None:
        """WSGI has no start-up."""

    def invoke(self, function: Callable[[], Any]) -> Any:
        return function()

    def start(self, run: Run, requests: Mapping[str, Request], deliver: Deliver) -> None:
        for name, request in requests.items():
            strand = Strand(name, run, main=True)
            run.join(strand)
            self._thread(name).put(partial(self._serve, run, strand, request, deliver))

    def unstick(self, run: Run) -> bool:
        return False

    def close(self) -> None:
        for jobs in self._jobs.values():
            jobs.put(None)

    def _thread(self, name: str) -> queue.SimpleQueue[_Job | None]:
        jobs = self._jobs.get(name)
        if jobs is None:
            jobs = self._jobs[name] = queue.SimpleQueue()
            title = f"request {name}"
            threading.Thread(target=_work, args=(jobs,), name=title, daemon=True).start()
        return jobs

    def _serve(self, run: Run, strand: Strand, request: Request, deliver: Deliver) -> None:
        context = copy_context()
        context.run(CURRENT.set, strand)

        def responded() -> None:
            with run.lock:
                run.recorder.record(strand.task, OpKind.RESPOND, "respond")

        def serve() -> None:
            run.arrive(strand, OpKind.START, "start")
            deliver(strand.task, exchange(self._app, request, responded))

        try:
            context.run(self._around, serve)
        except Abandoned:
            return
        finally:
            run.leave(strand)


def _work(jobs: queue.SimpleQueue[_Job | None]) -> None:
    while (job := jobs.get()) is not None:
        job()
