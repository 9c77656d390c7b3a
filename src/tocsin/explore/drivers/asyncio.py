"""The asyncio driver: ASGI apps in one event loop, in a thread of its own."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import Context, copy_context
from functools import partial
from typing import Any, cast

from tocsin.explore.drivers.asgi import ASGIApp, Lifespan, exchange
from tocsin.explore.drivers.base import Deliver, StartUpFailed
from tocsin.explore.drivers.loop import ExploreLoop
from tocsin.explore.drivers.pump import Stepping, pump
from tocsin.explore.run import Run
from tocsin.explore.strand import CURRENT, Abandoned, Strand
from tocsin.model.history import OpKind
from tocsin.model.http import Request, Response
from tocsin.stores.control import Call, Control
from tocsin.stores.patching import patched


class AsyncioDriver:
    """Runs ASGI requests as tasks of one loop, which other threads may watch."""

    def __init__(
        self, app: ASGIApp, where: Callable[[Coroutine[Any, Any, Any]], str], hooked: Stepping
    ) -> None:
        self._app = app
        self._where = where
        self._hooked = hooked
        self._loop = ExploreLoop()
        self._loop.set_task_factory(self._child)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run_loop, name="event loop", daemon=True)
        self._thread.start()
        self._ready.wait()
        self._lifespan: Lifespan | None = None
        self._begun: list[asyncio.Task[Any]] = []

    def open(self) -> None:
        self._lifespan = self.invoke(lambda: Lifespan(self._app))
        reason = self.invoke(self._lifespan.start)
        if reason is not None:
            raise StartUpFailed(reason)

    def invoke(self, function: Callable[[], Any]) -> Any:
        async def call() -> Any:
            try:
                answer = function()
                return await answer if inspect.isawaitable(answer) else answer
            except SystemExit as left:
                # In a task it would end the event loop.
                raise RuntimeError(f"SystemExit: {left}") from left

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result()

    def start(self, run: Run, requests: Mapping[str, Request], deliver: Deliver) -> None:
        self._loop.on_idle, self._loop.at_work = run.idle, run.at_work
        strands = {name: self._strand(name, run, main=True) for name in requests}
        for strand in strands.values():
            run.join(strand)
        self._begun = []

        def begin() -> None:
            for name, request in requests.items():
                context = copy_context()
                context.run(CURRENT.set, strands[name])
                work = self._serve(run, strands[name], request, deliver)
                self._begun.append(context.run(self._make_task, work, strands[name], context))

        self._loop.call_soon_threadsafe(begin)

    def unstick(self, run: Run) -> bool:
        moved: list[bool] = []
        done = threading.Event()

        def skip() -> None:
            moved.append(self._loop.skip_to_timer(run))
            done.set()

        self._loop.call_soon_threadsafe(skip)
        return done.wait(1) and moved[0]

    def close(self) -> None:
        if self._lifespan is not None:
            self.invoke(self._lifespan.stop)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    # -- inside the loop -----------------------------------------------------------------------

    def _run_loop(self) -> None:
        asyncio.set_event_loop(self._loop)
        # A root task for the loop's whole life: anyio ends its worker threads with it.
        self._loop.call_soon(self._ready.set)
        root = self._loop.create_task(asyncio.Event().wait(), name="root")
        try:
            self._loop.run_until_complete(root)
        except RuntimeError:
            # Stopped from outside.
            self._loop.finish()

    async def _serve(self, run: Run, strand: Strand, request: Request, deliver: Deliver) -> None:
        def responded() -> None:
            with run.lock:
                run.recorder.record(strand.task, OpKind.RESPOND, "respond")

        run.arrive(strand, OpKind.START, "start")
        state = self._lifespan.state if self._lifespan is not None else {}
        deliver(strand.task, await exchange(self._app, request, state, responded))

    def _strand(self, name: str, run: Run, *, main: bool = False) -> Strand:
        return Strand(name, run, main, loop_thread=self._thread.ident)

    def _child(
        self, loop: asyncio.AbstractEventLoop, work: Any, **options: Any
    ) -> asyncio.Task[Any]:
        """The loop's task factory: tasks that a request starts are strands of it."""
        parent = CURRENT.get()
        run = parent.run if parent is not None else None
        controlled = isinstance(run, Run) and not run.finished and inspect.iscoroutine(work)
        if parent is None or not isinstance(run, Run) or not controlled:
            return asyncio.Task(work, loop=loop, **options)
        strand = self._strand(parent.task, run)
        run.join(strand)
        context: Context = options.pop("context", None) or copy_context()
        context.run(CURRENT.set, strand)
        return self._make_task(work, strand, context, **options)

    def _make_task(
        self, work: Coroutine[Any, Any, Any], strand: Strand, context: Context, **options: Any
    ) -> asyncio.Task[Any]:
        return asyncio.Task(self._pumped(work, strand), loop=self._loop, context=context, **options)

    async def _pumped(self, work: Coroutine[Any, Any, Any], strand: Strand) -> Any:
        run = cast("Run", strand.run)
        strand.coroutine = work

        def woken() -> None:
            if strand.waited:
                strand.waited = False
                run.arrive(strand, OpKind.AWAIT, self._where(work), resumed=True)
            elif run.level.awaits:
                label = self._where(work)
                run.arrive(strand, OpKind.AWAIT, label)
                with run.lock:
                    run.recorder.record(strand.task, OpKind.AWAIT, label)

        try:
            stepping = self._hooked if run.level.lines else nullcontext
            return await pump(work, strand, woken, stepping)
        except Abandoned:
            return Response(0, error="abandoned")
        finally:
            run.leave(strand)


@contextmanager
def anyio_flights(around: Callable[[Callable[[], Any]], Any]) -> Iterator[None]:
    """Let strands know that anyio's worker threads work for them (FastAPI's ``def`` endpoints).

    ``around`` calls the function that the thread runs.
    """
    try:
        from anyio._backends._asyncio import AsyncIOBackend
    except ImportError:
        yield
        return
    original = AsyncIOBackend.__dict__["run_sync_in_worker_thread"]

    async def in_flight(
        cls: type[Any], func: Callable[..., Any], args: tuple[Any, ...], *rest: Any, **named: Any
    ) -> Any:
        strand = CURRENT.get()
        if strand is None:
            return await original.__func__(cls, func, args, *rest, **named)
        strand.flights += 1
        try:
            work = partial(around, partial(func, *args))
            return await original.__func__(cls, work, (), *rest, **named)
        finally:
            strand.flights -= 1

    with patched((AsyncIOBackend, "run_sync_in_worker_thread", classmethod(in_flight))):
        yield


@contextmanager
def virtual_sleep(control: Control, slept: Callable[[float], object]) -> Iterator[None]:
    """``asyncio.sleep`` of a controlled request: a scheduling point, and no waiting."""
    original = asyncio.sleep

    async def sleep(delay: float, result: Any = None) -> Any:
        if delay <= 0 or not control.controlled():
            return await original(delay, result)
        with control.call(Call(OpKind.SLEEP, f"asyncio.sleep({delay:g})")):
            slept(delay)
        return await original(0, result)

    with patched((asyncio, "sleep", sleep), (asyncio.tasks, "sleep", sleep)):
        yield
