"""One line of execution of a request, and how it is stopped and let go.

A request usually has one strand. Child tasks and threads that it starts are strands of the same
request: they carry its name in a context variable.
"""

from __future__ import annotations

import _thread
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

from tocsin.explore.drivers.awaiting import awaits_io
from tocsin.stores.control import Session


class Abandoned(BaseException):
    """Thrown into a parked strand when its run is given up: it must not run any further."""


class Parking(Protocol):
    """How a strand waits where it is: a thread blocks, a coroutine yields to its loop."""

    def wait(self) -> None:
        """Return once `release` was called, from whichever thread."""
        ...

    def release(self) -> None: ...


class ThreadParking:
    """Blocks the calling thread."""

    __slots__ = ("_lock",)

    def __init__(self) -> None:
        self._lock = _thread.allocate_lock()
        self._lock.acquire()

    def wait(self) -> None:
        self._lock.acquire()

    def release(self) -> None:
        self._lock.release()


class Signal:
    """A flag that is set once, on a lock that no instrument has touched."""

    __slots__ = ("_lock", "_set")

    def __init__(self) -> None:
        self._lock = _thread.allocate_lock()
        self._lock.acquire()
        self._set = False

    def set(self) -> None:
        """Set it; to set it again changes nothing. Callers take turns."""
        if not self._set:
            self._set = True
            if self._lock.locked():
                self._lock.release()

    def nudge(self) -> None:
        """Wake who waits, or the next who does, once. Callers take turns."""
        if not self._set and self._lock.locked():
            self._lock.release()

    def wait(self, seconds: float) -> bool:
        """Whether it is set, after so many seconds or sooner."""
        if self._lock.acquire(timeout=seconds) and self._set:
            self._lock.release()
        return self._set


@dataclass(slots=True, eq=False)
class Strand:
    """A request's line of execution.

    ``main`` strands answer the request; the others are what it started on the side. ``park`` makes
    the parking for code that runs where the strand's ``coroutine`` does (``None`` for threads).
    ``flights`` counts work handed to other threads. ``awaiting`` tells whether what the coroutine
    is suspended on has come, ``still`` whether a lock it waits for is still held. ``session`` is
    the connection whose call is under way, ``waited`` whether the strand was known to wait since
    its last operation.
    """

    task: str
    run: object
    main: bool = False
    loop_thread: int | None = None
    park: Callable[[], Parking] | None = None
    flights: int = 0
    awaiting: Callable[[], bool] | None = None
    coroutine: Coroutine[Any, Any, Any] | None = None
    session: Session | None = None
    still: Callable[[], bool] | None = None
    waited: bool = False

    def in_thread(self) -> bool:
        """Whether the caller runs in a thread of its own rather than in the event loop's."""
        return self.loop_thread is None or _thread.get_ident() != self.loop_thread

    def suspended(self) -> bool:
        """Whether its coroutine awaits something that only another task can give."""
        if self.awaiting is None or self.awaiting() or self.coroutine is None:
            return False
        return not awaits_io(self.coroutine)

    def parking(self) -> Parking | None:
        """A parking for the calling code, or ``None`` where it cannot be stopped."""
        if self.in_thread():
            return ThreadParking()
        return self.park() if self.park is not None else None


CURRENT: ContextVar[Strand | None] = ContextVar("tocsin_strand", default=None)


class ours:  # noqa: N801 - reads as the function it stands for, and is entered in hot paths
    """What happens in here (reading source files, say) is not the app's doing."""

    __slots__ = ("_token",)

    def __enter__(self) -> None:
        self._token = CURRENT.set(None)

    def __exit__(self, *_: object) -> None:
        CURRENT.reset(self._token)
