"""Where in the user's own code something happens: the stack, down to the frame that is theirs."""

from __future__ import annotations

import linecache
import os
import sys
from collections.abc import Coroutine, Iterable
from types import CodeType, FrameType
from typing import Any

import greenlet

from tocsin.model.location import Location

_FOREIGN = frozenset({"site-packages", "dist-packages", ".venv", "venv", ".tox", "node_modules"})
_OURSELVES = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_UNKNOWN = ""


class Source:
    """The user's own code: the files below ``project`` and ``packages``, libraries left out.

    ``packages`` are folders of the app that lie elsewhere (an app that was pip-installed). Paths
    are shown relative to the project, or to the folder that holds the package.
    """

    def __init__(self, project: str | os.PathLike[str], packages: Iterable[str] = ()) -> None:
        root = os.path.realpath(project)
        # Each folder with the one its paths are shown relative to; the innermost is asked first.
        roots = {folder: os.path.dirname(folder) for folder in map(os.path.realpath, packages)}
        roots = {folder: base for folder, base in roots.items() if not _within(folder, root)}
        self._roots = sorted([(root, root), *roots.items()], key=lambda pair: -len(pair[0]))
        self._shown: dict[str, str] = {}
        self._foreign: set[str] = set()
        self._places: dict[tuple[str, int], Location] = {}
        self._codes: dict[Location, CodeType] = {}

    def shown(self, filename: str) -> str:
        """The path of a file of the user's as they know it; empty for any other file."""
        shown = self._shown.get(filename)
        if shown is None:
            shown = self._shown[filename] = self._show(filename)
            if not shown:
                self._foreign.add(filename)
        return shown

    def mine(self, code: CodeType) -> bool:
        """Whether this code is the user's."""
        return bool(self.shown(code.co_filename))

    def locate(self) -> Location | None:
        """The innermost line of the user's code that the caller was called from."""
        lane: greenlet.greenlet | None = greenlet.getcurrent()
        frame: FrameType | None = sys._getframe()
        foreign = self._foreign
        while lane is not None:
            while frame is not None:
                code = frame.f_code
                # The set first: a stack has sixty frames, and this is a hot path.
                if code.co_filename not in foreign and self.mine(code):
                    return self.place(code, frame.f_lineno)
                frame = frame.f_back
            # The frames of a greenlet end where it was started: SQLAlchemy's async engines run
            # drivers in one. Whoever switched to it stands in its parent.
            lane = lane.parent
            frame = lane.gr_frame if lane is not None else None
        return None

    def awaiting(self, coroutine: Coroutine[Any, Any, Any]) -> Location | None:
        """The innermost line of the user's code that a suspended coroutine stands at."""
        found: tuple[CodeType, int] | None = None
        inner: Any = coroutine
        while inner is not None:
            frame = _frame_of(inner)
            if frame is not None and self.mine(frame.f_code):
                found = frame.f_code, frame.f_lineno
            inner = _awaited_by(inner)
        return self.place(*found) if found is not None else None

    def place(self, code: CodeType, line: int) -> Location:
        """A line of the user's code, with its text."""
        key = code.co_filename, line
        place = self._places.get(key)
        if place is None:
            text = linecache.getline(code.co_filename, line).strip()
            place = Location(self.shown(code.co_filename), line, code.co_qualname, text)
            self._places[key] = place
            self._codes[place] = code
        return place

    def code(self, place: Location) -> CodeType | None:
        """The function that a place was found in."""
        return self._codes.get(place)

    def _show(self, filename: str) -> str:
        if not filename.endswith(".py"):
            return _UNKNOWN  # Compiled from text or from a template.
        path = os.path.realpath(filename)
        for root, base in self._roots:
            if not _within(path, root):
                continue
            if _within(path, _OURSELVES) and not _within(root, _OURSELVES):
                return _UNKNOWN
            parts = os.path.relpath(path, root).split(os.sep)
            return _UNKNOWN if _FOREIGN.intersection(parts) else os.path.relpath(path, base)
        return _UNKNOWN


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _frame_of(awaitable: Any) -> FrameType | None:
    for name in ("cr_frame", "gi_frame", "ag_frame"):
        frame = getattr(awaitable, name, None)
        if frame is not None:
            return frame if isinstance(frame, FrameType) else None
    return None


def _awaited_by(awaitable: Any) -> Any:
    for name in ("cr_await", "gi_yieldfrom", "ag_await"):
        inner = getattr(awaitable, name, None)
        if inner is not None:
            return inner
    return None
