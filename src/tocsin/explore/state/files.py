"""Files: a journal of what stood where before a run changed it.

Two journals are kept, and both are on disk before the change they describe. ``run`` goes back to
the last snapshot and is undone before every run; ``found`` goes back to the start and is undone
at the end, so that the user's files are left as they were found.

The functions of ``os`` are bound when this module is imported, which is before they are
instrumented: the journal's own reading and writing is never scheduled.
"""

# pathlib looks its functions up when called, and would find the instrumented ones:
# ruff: noqa: PTH101, PTH102, PTH103, PTH106, PTH108, PTH115, PTH211

from __future__ import annotations

import json
import os
import stat
import threading
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from io import FileIO
from os import chmod, lstat, makedirs, mkdir, readlink, rmdir, scandir, symlink, unlink, utime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tocsin.model.access import Item
    from tocsin.model.table import Row, Table
    from tocsin.stores.control import Session

STORE = "file"
_TEXT_LIMIT = 4096
"""Longer contents are compared by their hash alone."""

Kind = Literal["absent", "file", "link", "folder", "other"]


@dataclass(frozen=True, slots=True)
class PreImage:
    """What stood at a path.

    ``content`` is a file's bytes, a link's target or the names in a folder. Anything else
    (devices, sockets, pipes) is of kind ``other`` and is left alone.
    """

    path: str
    kind: Kind
    content: bytes = b""
    mode: int = 0
    modified: int = 0

    @classmethod
    def take(cls, path: str) -> PreImage:
        """Look at a path without following a link."""
        kind = _kind(path)
        if kind in {"absent", "other"}:
            return cls(path, kind)
        if kind == "link":
            return cls(path, kind, os.fsencode(readlink(path)))
        found = lstat(path)
        content = _contents(path) if kind == "file" else os.fsencode("/".join(_entries(path)))
        return cls(path, kind, content, stat.S_IMODE(found.st_mode), found.st_mtime_ns)

    def clear(self) -> None:
        """Remove what stands at the path if it is of another kind.

        A folder that was empty is emptied: another may have been renamed to it, with all in it.
        """
        if self.kind == "other":
            return
        if self.kind != _kind(self.path):
            _remove(self.path)
        elif self.kind == "folder" and not self.content:
            for name in _entries(self.path):
                _remove(os.path.join(self.path, name))

    def put_back(self) -> None:
        """Make the path what it was, once everything of another kind is cleared away."""
        if self.kind in {"absent", "other"}:
            return
        makedirs(os.path.dirname(self.path), exist_ok=True)
        if self.kind == "link":
            _remove(self.path)
            symlink(os.fsdecode(self.content), self.path)
            return
        if self.kind == "file":
            with FileIO(self.path, "w") as file:
                file.write(self.content)
        elif _kind(self.path) == "absent":
            mkdir(self.path)
        chmod(self.path, self.mode)

    def put_time_back(self) -> None:
        """Last of all: a folder's time moves when something in it is put back."""
        if self.kind in {"file", "folder"}:
            utime(self.path, ns=(self.modified, self.modified))

    def to_line(self) -> bytes:
        shape = asdict(self) | {"content": b64encode(self.content).decode()}
        return json.dumps(shape).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> PreImage:
        shape = json.loads(line)
        return cls(**(shape | {"content": b64decode(shape["content"])}))


class Journal:
    """Pre-images, the first of each path alone; on disk before in memory."""

    def __init__(self, path: Path) -> None:
        self._file = FileIO(str(path), "a+")
        self._taken: dict[str, PreImage] = {}

    def __contains__(self, path: str) -> bool:
        return path in self._taken

    def note(self, images: Iterable[PreImage]) -> None:
        """Keep what is not kept yet."""
        for image in images:
            if image.path not in self._taken:
                stood = image if self._stood(image.path) else PreImage(image.path, "absent")
                self._file.write(stood.to_line())
                self._taken[image.path] = stood

    def _stood(self, path: str) -> bool:
        """Whether something stood at a path at first, for all that is known of its folders.

        What stands there now may have come with a folder that was renamed.
        """
        folder, name = os.path.split(path)
        while name:
            known = self._taken.get(folder)
            if known is not None:
                return known.kind == "folder" and os.fsencode(name) in known.content.split(b"/")
            folder, name = os.path.split(folder)
        return True

    def images(self) -> tuple[PreImage, ...]:
        return tuple(self._taken.values())

    def undo(self) -> None:
        """Put everything back, and start anew."""
        _put_back(self._taken.values())
        self.forget()

    def forget(self) -> None:
        self._taken.clear()
        self._file.truncate(0)

    def close(self) -> None:
        self._file.close()


class FilesState:
    """The files that requests create, change, rename or remove.

    ``journal`` is a folder of the run's own; it is made if it is missing.
    """

    store = STORE

    def __init__(self, journal: Path) -> None:
        makedirs(journal, 0o700, exist_ok=True)
        self._found = Journal(journal / "found.jsonl")
        self._run = Journal(journal / "run.jsonl")
        self._lock = threading.Lock()
        self._closed = False

    def before_write(self, path: str | bytes | os.PathLike[str] | os.PathLike[bytes]) -> None:
        """Keep what stands at ``path``; call it before each change, for both ends of a rename.

        The folders that would have to be made for it, the target of a link and the contents of a
        folder are kept too. Raises ``OSError`` if a file that is there cannot be read.
        """
        with self._lock:
            if not self._closed:
                for place in _places(os.fsdecode(path)):
                    if place not in self._run:
                        self._run.note(_images(place))

    def describe(self) -> str:
        return "files"

    def snapshot(self) -> None:
        """Take the present files as the world before every run."""
        with self._lock:
            self._found.note(self._run.images())
            self._run.forget()

    def restore(self, touched: Collection[Item]) -> None:
        """Undo what was changed since the snapshot, whether an item names it or not."""
        del touched
        with self._lock:
            self._run.undo()

    def read(self, touched: Collection[Item]) -> Mapping[str, Sequence[Row]]:
        """What stands at each touched path; an item without a name means all that was changed."""
        names = {item.name for item in touched if item.name is not None}
        if any(item.name is None for item in touched):
            with self._lock:
                names |= {image.path for image in self._run.images()}
        return {name: (_row(PreImage.take(name)),) for name in sorted(names)}

    def tables(self) -> Mapping[str, Table]:
        return {}

    def related(self, table: str) -> frozenset[str]:
        del table
        return frozenset()

    def waiting(self, sessions: Collection[Session]) -> Mapping[int, frozenset[int]]:
        del sessions
        return {}

    def close(self) -> None:
        """Leave every file as it was found at the start."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._run.undo()
            self._found.undo()
            self._run.close()
            self._found.close()


def recover(journal: Path) -> tuple[str, ...]:
    """Undo what a killed process changed; gives the paths. No journal, nothing to do."""
    paths: list[str] = []
    for name in ("run.jsonl", "found.jsonl"):
        file = journal / name
        if not file.exists():
            continue
        # The last line is incomplete if the process died writing it: its change was never made.
        lines = [
            line for line in _contents(str(file)).splitlines(keepends=True) if line.endswith(b"\n")
        ]
        images = [PreImage.from_line(line) for line in lines]
        _put_back(images)
        file.unlink()
        paths += [image.path for image in images]
    return tuple(dict.fromkeys(paths))


def _put_back(images: Iterable[PreImage]) -> None:
    # From the outside in: what stands where a folder was must not be looked through.
    ordered = sorted(images, key=lambda image: image.path.split("/"))
    for image in ordered:
        image.clear()
    for image in ordered:
        image.put_back()
    for image in ordered:
        image.put_time_back()


def _places(path: str) -> Iterable[str]:
    """A path and, while there are links, what they lead to, each by its one real name."""
    seen: set[str] = set()
    path = os.path.abspath(path)
    while True:
        folder, name = os.path.split(path)
        is_plain = name not in {"", ".", ".."}
        place = os.path.join(os.path.realpath(folder), name) if is_plain else os.path.realpath(path)
        if place in seen:
            return
        seen.add(place)
        yield place
        if _kind(place) != "link":
            return
        path = os.path.join(os.path.dirname(place), readlink(place))


def _images(path: str) -> Iterable[PreImage]:
    yield from reversed([PreImage(parent, "absent") for parent in _missing_parents(path)])
    image = PreImage.take(path)
    yield image
    yield from _inside(image)


def _inside(image: PreImage) -> Iterable[PreImage]:
    if image.kind != "folder":
        return
    for name in _entries(image.path):
        inner = PreImage.take(os.path.join(image.path, name))
        yield inner
        yield from _inside(inner)


def _missing_parents(path: str) -> Iterable[str]:
    parent = os.path.dirname(path)
    while parent and parent != "/" and _kind(parent) == "absent":
        yield parent
        parent = os.path.dirname(parent)


def _kind(path: str) -> Kind:
    try:
        mode = lstat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return "absent"
    if stat.S_ISLNK(mode):
        return "link"
    if stat.S_ISDIR(mode):
        return "folder"
    return "file" if stat.S_ISREG(mode) else "other"


def _remove(path: str) -> None:
    kind = _kind(path)
    if kind == "folder":
        for name in _entries(path):
            _remove(os.path.join(path, name))
        rmdir(path)
    elif kind != "absent":
        unlink(path)


def _entries(folder: str) -> list[str]:
    with scandir(folder) as entries:
        return sorted(entry.name for entry in entries)


def _contents(path: str) -> bytes:
    with FileIO(path) as file:
        return file.readall()


def _row(image: PreImage) -> Row:
    row: dict[str, object] = {"kind": image.kind}
    if image.kind == "file":
        row |= {"size": len(image.content), "sha256": sha256(image.content).hexdigest()}
        text = image.content.decode(errors="replace")
        if len(image.content) <= _TEXT_LIMIT and "�" not in text:
            row["text"] = text
    if image.kind == "link":
        row["target"] = os.fsdecode(image.content)
    return row
