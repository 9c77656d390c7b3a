"""Locks, threads and sleeping of the standard library: who waits for whom in the application.

The database says who waits for its locks; a lock of the application's own has to say it itself. So
locks are wrapped where they are made, before the application is loaded: conditions, events,
semaphores, queues and connection pools are all made of these few.
"""

from __future__ import annotations

import _thread
import functools
import importlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any, ClassVar, NoReturn
from weakref import WeakSet

from tocsin.model.history import OpKind
from tocsin.stores.control import Call, Control
from tocsin.stores.folders import Folders
from tocsin.stores.patching import patched

_START = threading.Thread.start.__code__
_GRACE = 0.05


@contextmanager
def instrument(
    control: Control,
    *,
    slept: Callable[[float], object] | None = None,
    mine: Callable[[CodeType], bool] | None = None,
) -> Iterator[None]:
    """Let controlled tasks announce what they wait for. Enter before the application is loaded.

    ``slept`` is told how long a controlled task would have slept. ``mine`` says which code is the
    application's: threads that it starts work for the request that started them, while those that
    a library starts work for many. Without it, all code that no installer put there counts.
    """
    lock = type("Lock", (_Lock,), {"__slots__": (), "_control": control})
    rlock = type("RLock", (_RLock,), {"__slots__": (), "_control": control})

    def allocate_lock() -> Any:
        site = _site(sys._getframe(1))
        # A thread that starts waits for nobody but itself: that is no scheduling point.
        return _thread.allocate_lock() if site is None else lock(site)

    with patched(
        (threading, "Lock", lock),
        (threading, "_allocate_lock", allocate_lock),
        (threading, "RLock", rlock),
        (functools, "RLock", rlock),  # cached_property computes under one on Python 3.11.
        (time, "sleep", _sleep(control, slept)),
        *_threads(control, mine or _not_installed()),
        *_file_locks(control),
    ):
        yield


class _Lock:
    """A lock that a controlled task does not wait for in silence."""

    __slots__ = ("__weakref__", "_lock", "_site", "_tasked", "release")

    _control: ClassVar[Control]
    _make: ClassVar[Any] = staticmethod(_thread.allocate_lock)
    _kind: ClassVar[str] = "threading.Lock"

    def __init__(self, site: tuple[str, int] | None = None) -> None:
        self._lock = self._make()
        self._site = site or _site(sys._getframe(1)) or ("threading", 0)
        self._tasked = False
        self.release: Callable[[], None] = self._lock.release

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if self._lock.acquire(False):
            self._tasked = self._control.controlled()
            return True
        if not blocking or not timeout:
            return bool(self._lock.acquire(blocking, timeout))
        return self._contend(timeout)

    __enter__ = acquire

    def __exit__(self, *exc: object) -> None:
        self._lock.release()

    def _contend(self, timeout: float) -> bool:
        control = self._control
        controlled = control.controlled()
        if not controlled:
            got = self._lock.acquire(True, timeout)
        elif not self._tasked and timeout < 0 and self._lock.acquire(True, _GRACE):
            # Its holder is no task and runs freely: to note this wait would make runs differ.
            got = True
        else:
            with control.wait(self._label(), self._held):
                got = self._lock.acquire(True, timeout)
        if got:
            self._tasked = controlled
        return bool(got)

    def _held(self) -> bool:
        return bool(self._lock.locked())

    def _label(self) -> str:
        path, line = self._site
        in_library = path == threading.__file__
        return self._kind if in_library else f"{self._kind} at {_shown(path)}:{line}"

    def __getattr__(self, name: str) -> Any:
        # What the real one has beyond this, which differs between versions and kinds of lock.
        return getattr(self._lock, name)

    def __reduce__(self) -> NoReturn:
        message = f"cannot pickle {self._kind!r} object"
        raise TypeError(message)

    def __repr__(self) -> str:
        return repr(self._lock)


class _RLock(_Lock):
    """The reentrant one."""

    __slots__ = ()

    _make = staticmethod(_thread.RLock)
    _kind = "threading.RLock"

    def _held(self) -> bool:
        lock = self._lock
        if lock._is_owned():
            return True
        if lock.acquire(False):
            lock.release()
            return False
        return True

    def _acquire_restore(self, state: Any) -> None:
        """Take the lock back after a condition was waited for."""
        if self._control.controlled() and self._held():
            with self._control.wait(self._label(), self._held):
                self._lock._acquire_restore(state)
        else:
            self._lock._acquire_restore(state)
        self._tasked = self._control.controlled()


def _site(frame: FrameType | None) -> tuple[str, int] | None:
    """The line outside of `threading` that makes a lock; ``None`` within the start of a thread."""
    last = frame
    while frame is not None and frame.f_code.co_filename == threading.__file__:
        if frame.f_code is _START:
            return None
        last, frame = frame, frame.f_back
    frame = frame or last
    return (frame.f_code.co_filename, frame.f_lineno) if frame is not None else None


def _shown(path: str) -> str:
    relative = os.path.relpath(path)
    return os.path.basename(path) if relative.startswith(os.pardir) else relative


def _not_installed() -> Callable[[CodeType], bool]:
    folders = Folders.of_interpreter()
    return lambda code: code.co_filename not in folders


def _sleep(control: Control, slept: Callable[[float], object] | None) -> Callable[[float], None]:
    real = time.sleep

    def sleep(seconds: float, /) -> None:
        if not control.controlled() or seconds < 0:
            real(seconds)
            return
        with control.call(Call(OpKind.SLEEP, "time.sleep", parameters=(seconds,))):
            if slept is not None:
                slept(seconds)

    return sleep


def _threads(
    control: Control, mine: Callable[[CodeType], bool]
) -> Iterator[tuple[Any, str, object]]:
    start, join = threading.Thread.start, threading.Thread.join
    submit = ThreadPoolExecutor.submit
    carried: WeakSet[threading.Thread] = WeakSet()

    def start_carried(self: threading.Thread) -> None:
        if control.controlled() and mine(sys._getframe(1).f_code):
            vars(self)["run"] = control.fork(self.run)
            carried.add(self)
        start(self)

    def join_announced(self: threading.Thread, timeout: float | None = None) -> None:
        if self in carried and control.controlled() and self.is_alive() and timeout != 0:
            with control.wait("threading.Thread.join", self.is_alive):
                join(self, timeout)
        else:
            join(self, timeout)

    def submit_carried(
        self: ThreadPoolExecutor, fn: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> Future[Any]:
        return submit(self, control.fork(fn) if control.controlled() else fn, *args, **kwargs)

    yield threading.Thread, "start", start_carried
    yield threading.Thread, "join", join_announced
    yield ThreadPoolExecutor, "submit", submit_carried


def _file_locks(control: Control) -> Iterator[tuple[Any, str, object]]:
    """``flock`` holds between two requests of one process; ``lockf`` does not, and never waits."""
    try:
        fcntl: Any = importlib.import_module("fcntl")
    except ImportError:  # Windows
        return
    real, reopen = fcntl.flock, os.open

    def flock(fd: Any, operation: int, /) -> None:
        at_once = fcntl.LOCK_NB | fcntl.LOCK_UN
        if not control.controlled() or operation & at_once:
            real(fd, operation)
            return
        try:
            real(fd, operation | fcntl.LOCK_NB)
        except BlockingIOError:
            number = fd if isinstance(fd, int) else fd.fileno()
            with control.wait("fcntl.flock", lambda: held(number, operation)):
                real(fd, operation)

    def held(number: int, operation: int) -> bool:
        # Asked through a description of its own: locks belong to those.
        try:
            other = reopen(f"/proc/self/fd/{number}", os.O_RDONLY)
        except OSError:
            return False
        try:
            real(other, operation | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(other)
        return False

    yield fcntl, "flock", flock
