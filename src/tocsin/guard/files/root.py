"""A folder that names cannot lead out of, and what is done beneath it."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from types import TracebackType
from typing import BinaryIO, Self
from weakref import finalize

from tocsin.guard.errors import Missing
from tocsin.guard.files import openat2, walk
from tocsin.guard.files.draft import (
    BUFFER,
    Draft,
    Drafting,
    Opener,
    Publish,
    Terms,
    exclusively,
    instead,
)
from tocsin.guard.files.names import parts
from tocsin.guard.files.refusals import Refusals, refuse

# Without O_NONBLOCK a FIFO keeps who opens it until somebody writes.
_READING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)


class Root:
    """A folder, held open: it stays the same one when something else gets its path.

    Names are relative to it and as `names.parts` wants them. No symbolic link beneath it is
    followed, the path of the folder itself may lead through some. Every verb raises ``Malformed``
    for a name that no file can have and ``Missing`` for one that leads nowhere, through a link or
    to no ordinary file; OSError is left to what the server has to answer for (a full disk, rights).
    One ``Root`` may be used by many threads.
    """

    def __init__(self, path: str | os.PathLike[str], *, opener: Opener | None = None) -> None:
        if os.open not in os.supports_dir_fd:
            raise OSError("this system cannot open files beneath a folder that is held open")
        self._hold(os.open(path, _FOLDER), opener)

    def _hold(self, descriptor: int, opener: Opener | None) -> None:
        self._descriptor = descriptor
        self._closing = finalize(self, os.close, descriptor)
        self._opener = opener or _best(descriptor)

    # -- files ---------------------------------------------------------------------------------

    def open(self, name: str) -> BinaryIO:
        """The file, to read. What is opened is an ordinary file; none waits to be opened."""
        return self.opened(name)[0]

    def opened(self, name: str) -> tuple[BinaryIO, os.stat_result]:
        """The file as `open` gives it, and what the system says of it: size, times."""
        parts(name)
        try:
            descriptor = self._opener(name, _READING, dir_fd=self._held())
        except OSError as error:
            refuse(error)
            raise
        told = os.fstat(descriptor)
        if not stat.S_ISREG(told.st_mode):
            os.close(descriptor)
            raise Missing("there is no such file")
        return os.fdopen(descriptor, "rb", BUFFER), told

    def create(
        self,
        name: str,
        *,
        limit: int | None = None,
        announced: int | None = None,
        mode: int = 0o600,
    ) -> AbstractContextManager[Draft]:
        """A new file, written in the block and named at its end: whole, or not at all.

        Of several requests for one name the first to end gets it. Raises besides: ``Conflict``
        where the name is taken; ``TooLarge`` for more than ``limit`` bytes; ``Malformed`` where
        not as many as were ``announced`` came.
        """
        return self._draft(name, exclusively, Terms(limit, announced, mode))

    def replace(
        self,
        name: str,
        *,
        limit: int | None = None,
        announced: int | None = None,
        mode: int = 0o600,
    ) -> AbstractContextManager[Draft]:
        """As `create`, and whatever has the name loses it in the moment the new file gets it."""
        return self._draft(name, instead, Terms(limit, announced, mode))

    def remove(self, name: str) -> None:
        """The name is gone. Of several requests one removes it, the others raise ``Missing``."""
        *folders, last = parts(name)
        with self._beneath(folders) as folder, Refusals():
            os.unlink(last, dir_fd=folder)

    # -- folders -------------------------------------------------------------------------------

    def folder(self, name: str, *, make: bool = False, mode: int = 0o700) -> Root:
        """A folder beneath this one, as a ``Root`` of its own; made if need be with ``make``."""
        split = parts(name)
        with Refusals():
            if make:
                for depth in range(1, len(split) + 1):
                    self._make(split[:depth], mode)
            descriptor = self._opener(name, _FOLDER, dir_fd=self._held())
        return _held_open(descriptor, self._opener)

    def _make(self, split: Sequence[str], mode: int) -> None:
        with self._beneath(split[:-1]) as folder, suppress(FileExistsError):
            os.mkdir(split[-1], mode, dir_fd=folder)

    # -- holding -------------------------------------------------------------------------------

    def close(self) -> None:
        """Let go of the folder, when nobody is at work in it. Twice is once."""
        self._closing()
        self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _held(self) -> int:
        if self._descriptor < 0:
            raise ValueError("this folder is closed")
        return self._descriptor

    # -- one level up --------------------------------------------------------------------------

    def _draft(self, name: str, publish: Publish, terms: Terms) -> Drafting:
        return Drafting(self._beneath, parts(name), publish, self._opener, terms)

    def _beneath(self, split: Sequence[str]) -> _Folder:
        if not split:
            return _Folder(self._held(), lent=True)
        with Refusals():
            return _Folder(self._opener("/".join(split), _FOLDER, dir_fd=self._held()), lent=False)


class _Folder:
    """The descriptor of a folder for a block, closed at its end unless it is ``lent``."""

    __slots__ = ("_descriptor", "_lent")

    def __init__(self, descriptor: int, *, lent: bool) -> None:
        self._descriptor = descriptor
        self._lent = lent

    def __enter__(self) -> int:
        return self._descriptor

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._lent:
            os.close(self._descriptor)


def _best(descriptor: int) -> Opener:
    return _in_one_call if openat2.available(descriptor) else walk.opened


def _in_one_call(path: str, flags: int, mode: int = 0o777, *, dir_fd: int) -> int:
    # Of one part every kernel makes one call. Modules are asked anew each time, as ``os`` is: an
    # instrument may have replaced what is in them.
    way: Opener = openat2.opened if "/" in path else walk.opened
    return way(path, flags, mode, dir_fd=dir_fd)


def _held_open(descriptor: int, opener: Opener) -> Root:
    root = Root.__new__(Root)
    root._hold(descriptor, opener)  # noqa: SLF001 # the other way to make one
    return root
