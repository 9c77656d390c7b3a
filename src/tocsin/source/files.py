"""The Python files of a folder: found, never followed out of it, and never a crash."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

IGNORED = frozenset(
    {"__pycache__", "node_modules", "site-packages", "dist-packages", "venv", "env", "build"}
    | {"dist", "eggs", "bower_components"}
)
"""Folders that hold other people's code, or what was built; hidden folders are left out too."""

MAX_BYTES = 1_000_000
"""Larger files are generated: reading them takes long and finds nothing."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A file or folder that was not analysed, and why: a sentence without a full stop."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A Python file. ``path`` is as the user named it, ``parts`` are its names below the root."""

    path: str
    parts: tuple[str, ...]
    size: int
    modified: int

    @property
    def dotted(self) -> tuple[str, ...]:
        """The names under which a module of this file could be imported, as one path."""
        *folders, name = self.parts
        stem = name.removesuffix(".py")
        return tuple(folders) if stem == "__init__" else (*folders, stem)


@dataclass(slots=True)
class Found:
    """What `discover` found: files in a fixed order, what it left out, how many notebooks."""

    files: list[SourceFile] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    notebooks: int = 0


def discover(root: Path) -> Found:
    """Every Python file at or below ``root``. Symbolic links to folders are not followed."""
    found = Found()
    if root.is_file():
        _file(str(root), (root.name,), found)
        return found
    _folder(str(root), (), found)
    return found


def _folder(path: str, parts: tuple[str, ...], found: Found) -> None:
    pending = [(path, parts)]
    while pending:
        folder, names = pending.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            found.unread.append(Unread(folder, f"cannot be listed: {error.strerror}"))
            continue
        if any(entry.name == "pyvenv.cfg" for entry in entries):
            continue
        below = list(_entries(entries, names, found))
        pending.extend(reversed(below))


def _entries(
    entries: list[os.DirEntry[str]], parts: tuple[str, ...], found: Found
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for entry in entries:
        name = entry.name
        if name.endswith(".py"):
            _file(entry.path, (*parts, name), found)
        elif name.endswith(".ipynb"):
            found.notebooks += 1
        elif name in IGNORED or name.startswith(".") or name.endswith(".egg-info"):
            continue
        elif entry.is_dir(follow_symlinks=False):
            yield entry.path, (*parts, name)


def _file(path: str, parts: tuple[str, ...], found: Found) -> None:
    try:
        status = os.stat(path)
    except OSError as error:
        found.unread.append(Unread(path, f"cannot be opened: {error.strerror}"))
        return
    if not stat.S_ISREG(status.st_mode):
        found.unread.append(Unread(path, "is no regular file"))
    elif status.st_size > MAX_BYTES:
        found.unread.append(Unread(path, f"is larger than {MAX_BYTES:,} bytes"))
    else:
        found.files.append(SourceFile(path, parts, status.st_size, status.st_mtime_ns))
