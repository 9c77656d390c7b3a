"""A file that is written beside its place, and gets its name when it is whole.

Who reads meanwhile finds what was there before, or nothing; what fails leaves nothing behind. A
process that is killed leaves a file ``.….part``.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO, Protocol

from tocsin.guard.errors import Conflict, Malformed, TooLarge
from tocsin.guard.files.refusals import refuse

BUFFER = 64 * 1024
"""Said, so that nobody asks the system whether this is a terminal."""

_PRIVATE = 0o600
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_NO_FOLDER_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP})


class Opener(Protocol):
    """``os.open`` that stays beneath ``dir_fd``: `openat2.opened`, `walk.opened`."""

    def __call__(self, path: str, flags: int, mode: int = 0o777, *, dir_fd: int) -> int: ...


Beneath = Callable[[Sequence[str]], AbstractContextManager[int]]
"""Opens the folder of these parts for a block."""
Publish = Callable[[str, str, int], None]
"""Gives the file of the first name the second, both in the folder of the descriptor."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a file may be: at most ``limit`` bytes, as many as were ``announced`` if any were."""

    limit: int | None = None
    announced: int | None = None
    mode: int = _PRIVATE

    def __post_init__(self) -> None:
        self.check(self.announced)

    def check(self, size: int | None) -> None:
        """Raises ``TooLarge``."""
        if self.limit is not None and size is not None and size > self.limit:
            raise TooLarge(f"at most {self.limit} bytes are accepted")


class Draft:
    """What is written to. ``size`` bytes have been."""

    __slots__ = ("_file", "_terms", "size")

    def __init__(self, file: BinaryIO, terms: Terms) -> None:
        self._file = file
        self._terms = terms
        self.size = 0

    def write(self, data: bytes) -> None:
        """Raises ``TooLarge`` before the limit is passed."""
        size = self.size + len(data)
        self._terms.check(size)
        self._file.write(data)
        self.size = size

    def complete(self) -> None:
        """Everything is on the disk. Raises ``Malformed`` where less came than was announced."""
        terms = self._terms
        if terms.announced is not None and terms.announced != self.size:
            raise Malformed(f"{terms.announced} bytes were announced, {self.size} came")
        self._file.flush()
        descriptor = self._file.fileno()
        if terms.mode != _PRIVATE:
            os.fchmod(descriptor, terms.mode)
        os.fsync(descriptor)


class Drafting:
    """A block in which a file is written, which has its name once the block ends well."""

    # Not a generator: these are in the way of every upload, and cost more than what they do.
    __slots__ = (
        "_at",
        "_beneath",
        "_draft",
        "_file",
        "_folder",
        "_opened",
        "_parts",
        "_publish",
        "_temporary",
        "_terms",
    )
    _at: int
    _draft: Draft
    _file: BinaryIO
    _folder: AbstractContextManager[int]
    _temporary: str

    def __init__(
        self,
        beneath: Beneath,
        parts: tuple[str, ...],
        publish: Publish,
        opened: Opener,
        terms: Terms,
    ) -> None:
        self._beneath = beneath
        self._parts = parts
        self._publish = publish
        self._opened = opened
        self._terms = terms

    def __enter__(self) -> Draft:
        self._folder = self._beneath(self._parts[:-1])
        self._at = self._folder.__enter__()
        self._temporary = f".{secrets.token_hex(16)}.part"
        try:
            written = self._opened(self._temporary, _NEW, _PRIVATE, dir_fd=self._at)
        except BaseException as error:
            self._folder.__exit__(None, None, None)
            refuse(error)
            raise
        self._file = os.fdopen(written, "wb", BUFFER)
        self._draft = Draft(self._file, self._terms)
        return self._draft

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._finish(self._at)
            else:
                self._discard(self._at)
        finally:
            self._folder.__exit__(None, None, None)

    def _finish(self, folder: int) -> None:
        try:
            with self._file:
                self._draft.complete()
            try:
                self._publish(self._temporary, self._parts[-1], folder)
            except OSError as error:
                refuse(error)
                raise
        except BaseException:
            self._forget(folder)
            raise
        _synchronise(folder)

    def _discard(self, folder: int) -> None:
        try:
            self._file.close()
        finally:
            self._forget(folder)

    def _forget(self, folder: int) -> None:
        with suppress(FileNotFoundError):
            os.unlink(self._temporary, dir_fd=folder)


def exclusively(temporary: str, name: str, folder: int) -> None:
    """The name was free: a second one to the same file is refused where there is one."""
    os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    os.unlink(temporary, dir_fd=folder)


def instead(temporary: str, name: str, folder: int) -> None:
    """Whatever had the name before has it no more."""
    try:
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except IsADirectoryError as error:
        raise Conflict("there is a folder of that name") from error


def _synchronise(folder: int) -> None:
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
