"""A file that is written beside its place, and gets its name when it is whole.

Who reads meanwhile finds what was there before, or nothing; what fails leaves nothing behind. A
process that is killed leaves a file ``.….part``.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from tocsin.guard.errors import Conflict, Malformed, TooLarge
from tocsin.guard.files.refusals import Refusals

_PRIVATE = 0o600
_NO_FOLDER_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP})


class Opener(Protocol):
    """``os.open`` that stays beneath ``dir_fd``: `openat2.opened`, `walk.opened`."""

    def __call__(self, path: str, flags: int, mode: int = 0o777, *, dir_fd: int) -> int: ...


Publish = Callable[[str, str, int], None]
"""Gives the file of the first name the second, both in the folder of the descriptor."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a file may be: at most ``limit`` bytes, as many as were ``announced`` if any were."""

    limit: int | None = None
    announced: int | None = None
    mode: int = _PRIVATE

    def __post_init__(self) -> None:
        self.check(self.announced or 0)

    def check(self, size: int) -> None:
        """Raises ``TooLarge``."""
        if self.limit is not None and size > self.limit:
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
        self._terms.check(self.size + len(data))
        self._file.write(data)
        self.size += len(data)

    def complete(self) -> None:
        """Everything is on the disk. Raises ``Malformed`` where less came than was announced."""
        if self._terms.announced not in {None, self.size}:
            raise Malformed(f"{self._terms.announced} bytes were announced, {self.size} came")
        self._file.flush()
        if self._terms.mode != _PRIVATE:
            os.fchmod(self._file.fileno(), self._terms.mode)
        os.fsync(self._file.fileno())


@contextmanager
def draft(
    folder: int, name: str, publish: Publish, opened: Opener, terms: Terms
) -> Iterator[Draft]:
    """Written inside the block; has its ``name`` in ``folder`` once the block ends well."""
    temporary = f".{secrets.token_hex(16)}.part"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with Refusals():
        written = opened(temporary, flags, _PRIVATE, dir_fd=folder)
    try:
        with os.fdopen(written, "wb") as file:
            yield (writing := Draft(file, terms))
            writing.complete()
        with Refusals():
            publish(temporary, name, folder)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=folder)
        raise
    _synchronise(folder)


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
