"""Hearing of lines before they run: `sys.monitoring` from Python 3.12 on, a trace function on 3.11.

Both tell one callable ``on_line(frame, line)`` of the lines that ``wanted(code)`` names, in the
threads that are hooked.
"""

from __future__ import annotations

import sys
from _thread import get_ident
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any, Protocol

Wanted = Callable[[CodeType], Collection[int]]
OnLine = Callable[[FrameType, int], object]


class Tracer(Protocol):
    """A way to hear of lines."""

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Make ready, once in a process."""
        ...

    @contextmanager
    def hooked(self) -> Iterator[None]:
        """Hear of the lines that the calling thread runs meanwhile, and calls it makes."""
        ...


def tracer(wanted: Wanted, on_line: OnLine) -> Tracer:
    """The way that this version of Python has."""
    if sys.version_info >= (3, 12):
        return MonitoringTracer(wanted, on_line)
    return FunctionTracer(wanted, on_line)


class FunctionTracer:
    """A trace function. It is asked about every call in a hooked thread, so it answers at once."""

    def __init__(self, wanted: Wanted, on_line: OnLine) -> None:
        self._wanted = wanted
        self._on_line = on_line
        # By identity: the hash of a code object is made anew each time, from all of it.
        self._codes: dict[int, tuple[CodeType, Collection[int]]] = {}

    @contextmanager
    def installed(self) -> Iterator[None]:
        yield

    @contextmanager
    def hooked(self) -> Iterator[None]:
        before = sys.gettrace()
        sys.settrace(self._enter)
        try:
            yield
        finally:
            sys.settrace(before)

    def _enter(self, frame: FrameType, event: str, argument: Any) -> Any:
        code = frame.f_code
        known = self._codes.get(id(code))
        if known is None:
            known = self._codes[id(code)] = code, self._wanted(code)
        return self._line if known[1] else None

    def _line(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line" and frame.f_lineno in self._codes[id(frame.f_code)][1]:
            self._on_line(frame, frame.f_lineno)
        return self._line


if sys.version_info >= (3, 12):
    from sys import monitoring

    class MonitoringTracer:
        """Line events, for the code objects that have wanted lines and for no others."""

        def __init__(self, wanted: Wanted, on_line: OnLine) -> None:
            self._wanted = wanted
            self._on_line = on_line
            self._threads: dict[int, int] = {}
            self._codes: dict[int, tuple[CodeType, Collection[int]]] = {}
            self._tool = -1

        @contextmanager
        def installed(self) -> Iterator[None]:
            events = monitoring.events
            self._tool = next(id_ for id_ in (3, 4, 1, 2) if monitoring.get_tool(id_) is None)
            monitoring.use_tool_id(self._tool, "tocsin")
            monitoring.register_callback(self._tool, events.PY_START, self._start)
            monitoring.register_callback(self._tool, events.LINE, self._line)
            monitoring.set_events(self._tool, events.PY_START)
            monitoring.restart_events()
            try:
                yield
            finally:
                monitoring.set_events(self._tool, 0)
                for code, _ in self._codes.values():
                    monitoring.set_local_events(self._tool, code, 0)
                for event in (events.PY_START, events.LINE):
                    monitoring.register_callback(self._tool, event, None)
                monitoring.free_tool_id(self._tool)
                self._codes.clear()

        @contextmanager
        def hooked(self) -> Iterator[None]:
            thread = get_ident()
            self._threads[thread] = self._threads.get(thread, 0) + 1
            try:
                yield
            finally:
                self._threads[thread] -= 1
                if not self._threads[thread]:
                    del self._threads[thread]

        def _start(self, code: CodeType, offset: int) -> Any:
            wanted = self._wanted(code)
            if wanted:
                self._codes[id(code)] = code, wanted
                monitoring.set_local_events(self._tool, code, monitoring.events.LINE)
            return monitoring.DISABLE  # Once is enough for each function.

        def _line(self, code: CodeType, line: int) -> Any:
            if line not in self._codes[id(code)][1]:
                return monitoring.DISABLE
            if get_ident() in self._threads:
                self._on_line(sys._getframe(1), line)
            return None
