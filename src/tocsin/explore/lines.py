"""Lines of the app that touch shared memory, as scheduling points.

In a thread, another request may run between any two of them. In an event loop it may not, but what
such a line accesses counts there too: it says which requests get in each other's way.
"""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import CodeType, FrameType, ModuleType

from tocsin.explore.memory.observe import Observer
from tocsin.explore.memory.reach import Reach, Root
from tocsin.explore.memory.switch import switchable
from tocsin.explore.memory.tracing import tracer
from tocsin.explore.memory.uses import Chain, Uses, uses_of
from tocsin.explore.source import Source
from tocsin.explore.strand import ours
from tocsin.model.access import Access
from tocsin.model.history import OpKind
from tocsin.model.location import Location
from tocsin.stores.control import Call, Control

__all__ = ["LineHook", "announcing", "label", "switchable"]

OnLine = Callable[[FrameType, int, tuple[Access, ...]], object]

_INLINED = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>", "<module>"})
"""Frames that Python 3.12 no longer has, and that of an import."""


class LineHook:
    """Calls ``on_line(frame, line, accesses)`` before a line runs that touches shared memory.

    ``source`` tells the app's code. ``roots`` gives the names that lead to its shared state, and
    may be asked again at any time; ``holds`` tells what is looked into (see ``state.graph``).
    Lines are not looked at while ``active()`` is false.
    """

    def __init__(
        self,
        source: Source,
        roots: Callable[[], Sequence[Root]],
        holds: Callable[[object], bool],
        on_line: OnLine,
        active: Callable[[], bool] = lambda: True,
    ) -> None:
        self._source = source
        self._roots = roots
        self._holds = holds
        self._on_line = on_line
        self._active = active
        self._reach = Reach((), holds)
        self._reached: Sequence[Root] = ()
        self._files: dict[str, Uses] = {}
        self._observer = Observer(self._reachable, source.mine)
        self._tracer = tracer(self._wanted, self._line)

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Make ready, once in a process."""
        with self._tracer.installed():
            yield

    @contextmanager
    def hooked(self) -> Iterator[None]:
        """Look at the lines that the calling thread runs meanwhile."""
        with self._tracer.hooked():
            yield

    def accesses(self, frame: FrameType, line: int) -> tuple[Access, ...]:
        """What a line of a frame is about to read and write."""
        uses = self._uses(frame.f_code.co_filename).get(line, ())
        return self._observer.accesses(frame, uses) if uses else ()

    def touching(self, code: CodeType) -> frozenset[int]:
        """Lines of a function that name a root themselves, whatever is in their variables."""
        module = _module_of(code)
        if module is None or not self._source.mine(code):
            return frozenset()
        uses, reach = self._uses(code.co_filename), self._reachable()
        local = frozenset(code.co_varnames)
        return frozenset(
            line
            for line in _lines(code)
            for use in uses.get(line, ())
            if use.chain.name not in local and _names_a_root(reach, module, use.chain)
        )

    def _line(self, frame: FrameType, line: int) -> None:
        if not self._active():
            return
        with ours():
            accesses = self.accesses(frame, line)
        if accesses:
            self._on_line(frame, line, accesses)

    def _wanted(self, code: CodeType) -> frozenset[int]:
        """Lines that name anything at all: what a variable stands for is seen when they run."""
        with ours():
            if code.co_name in _INLINED or not self._source.mine(code):
                return frozenset()
            return frozenset(_lines(code) & self._uses(code.co_filename).keys())

    def _uses(self, filename: str) -> Uses:
        uses = self._files.get(filename)
        if uses is None:
            uses = self._files[filename] = uses_of("".join(linecache.getlines(filename)))
        return uses

    def _reachable(self) -> Reach:
        roots = self._roots()
        if roots is not self._reached:
            self._reached, self._reach = roots, Reach(roots, self._holds)
        return self._reach


def announcing(control: Control, source: Source, may_preempt: Callable[[], bool]) -> OnLine:
    """An ``on_line`` that announces each line: to be stopped at, where the thread may be."""

    def on_line(frame: FrameType, line: int, accesses: tuple[Access, ...]) -> None:
        text = label(source.place(frame.f_code, line))
        call = Call(OpKind.MEMORY, text, accesses=accesses, pauses=may_preempt())
        with control.call(call):
            pass

    return on_line


def label(place: Location) -> str:
    """A line without its number, so that a witness survives edits elsewhere in the file."""
    return f"{place.path}:{place.function.replace('<locals>.', '')}: {place.code}"


def _lines(code: CodeType) -> set[int]:
    return {line for _, _, line in code.co_lines() if line is not None}


def _module_of(code: CodeType) -> ModuleType | None:
    modules = list(sys.modules.values())
    return next((m for m in modules if getattr(m, "__file__", None) == code.co_filename), None)


def _names_a_root(reach: Reach, module: ModuleType, chain: Chain) -> bool:
    if reach.bound(vars(module), chain.name) is not None:
        return True
    named = vars(module).get(chain.name)
    step = chain.steps[0] if chain.steps else None
    return (
        isinstance(named, ModuleType)
        and isinstance(step, str)
        and reach.bound(vars(named), step) is not None
    )
