"""What entries came to in earlier runs, kept until something that was looked at for them changes.

A volume is what one process has worked out in one run: the looks of its trail, what each of them
saw, and for each entry which of them count. One that sees something else today is a bit; an entry
holds if it has none of these bits. Volumes know nothing of each other, and whatever is wrong with
one, it is as if it were not there. They lie in the user's cache, never in the project.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

import tocsin
from tocsin.frameworks.routes.base import Entry
from tocsin.source.facts import Facts, Said
from tocsin.source.project import Project
from tocsin.source.trail import Look, Trail, numbers
from tocsin.static import wire
from tocsin.static.account import Judged, Steps, Told

_SUFFIX = ".volume"
_DIGEST = 32
_VOLUMES = 8
"""Kept of one project; the one that was of no use for the longest time goes first."""
_PROJECTS = 16
_MOSTLY = 4
"""Entries that hold for each that does not, where one process is enough."""


class _Entry(msgspec.Struct, array_like=True, frozen=True):
    """The notes of an entry, its head, and what is asked for less often: the reports, the trace.

    The routes that were found in some modules are the head of an entry, too.

    What was said of a trace and the trace are one text: they have nearly all in common.
    """

    noted: bytes
    head: bytes
    whole: bytes


class _Volume(msgspec.Struct, array_like=True, frozen=True):
    """``stamp`` names all that is not looked at: this program, and which files there are.

    ``facts`` are what files say by their bytes.
    """

    stamp: str
    looks: list[Look]
    seen: list[bytes]
    entries: dict[str, _Entry]
    facts: Said


@dataclass(slots=True, eq=False)
class Open:
    """A volume that is read from. ``told`` are the looks that were named already."""

    path: Path
    looks: Sequence[Look]
    told: int = 0
    used: bool = False

    def named(self, noted: int) -> Iterator[Look]:
        """What some notes stand for, where it was not named before."""
        new = noted & ~self.told
        self.told |= new
        return (self.looks[number] for number in numbers(new)) if new else iter(())


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """An entry that is as it was."""

    volume: Open
    noted: int
    told: Told
    judged: Judged
    _whole: bytes

    @classmethod
    def read(cls, volume: Open, noted: int, entry: _Entry) -> Kept:
        """Raises `wire.Unreadable` for what was never written like this."""
        told, silent, judged = wire.read(entry.head)
        if not silent:
            judged, _ = wire.read(entry.whole)
        return cls(volume, noted, told, judged, entry.whole)

    @property
    def looks(self) -> Iterator[Look]:
        """What was looked at for it, but for what another entry of the volume has named."""
        return self.volume.named(self.noted)

    @property
    def steps(self) -> Steps:
        _, steps = wire.read(self._whole)
        assert isinstance(steps, Steps)  # noqa: S101 - `keep` has written it
        return steps


@dataclass(slots=True, eq=False)
class Archive:
    """The volumes of a project, and the one that is being written."""

    folder: Path
    stamp: str
    trail: Trail
    facts: Facts
    _gone: set[str] = field(default_factory=set)
    _known: dict[str, tuple[Open, int, _Entry]] = field(default_factory=dict)
    _volumes: list[Open] = field(default_factory=list)
    _new: dict[str, _Entry] = field(default_factory=dict)

    @classmethod
    def of(cls, cache: Path, project: Project) -> Archive:
        """The archive of a project below a folder for what can be made again."""
        archive = cls(
            cache / "entries" / _home(project), _stamp(project), project.trail, project.facts
        )
        archive._read()
        return archive

    def find(self, name: str) -> Kept | None:
        """What is known of an entry, if nothing has changed that was looked at for it."""
        found = self._known.get(name)
        if found is None:
            return None
        try:
            kept = Kept.read(*found)
        except wire.Unreadable:
            return None
        kept.volume.used = True
        return kept

    @property
    def mostly(self) -> bool:
        """Whether so much holds that one process soon has the rest."""
        return len(self._known) > _MOSTLY * len(self._gone - self._known.keys())

    def routes(self, name: str) -> tuple[tuple[Entry, ...], Iterator[Look]] | None:
        """The routes that were found under a name, and what was looked at for them."""
        found = self._known.get(name)
        if found is None:
            return None
        volume, noted, entry = found
        try:
            entries = wire.read(entry.head)
        except wire.Unreadable:
            return None
        volume.used = True
        return entries, volume.named(noted)

    def keep_routes(self, name: str, noted: int, entries: tuple[Entry, ...]) -> None:
        """Put the routes that were found into the new volume."""
        self._new[name] = _Entry(_bytes(noted), wire.dumps(entries), b"")

    def keep(self, name: str, noted: int, told: Told, judged: Judged, steps: Steps) -> None:
        """Put what an entry came to into the new volume."""
        silent = not judged.reports and not judged.caveats
        head = wire.dumps((told, silent, judged if silent else None))
        whole = wire.dumps((judged, steps))
        self._new[name] = _Entry(_bytes(noted), head, whole)

    def close(self) -> None:
        """Write the new volume, whole or not at all, and leave what is of no use."""
        for each in self._volumes:
            if each.used:
                with contextlib.suppress(OSError):
                    os.utime(each.path)
        if self._new or self.facts.new:
            looks: list[Look] = self.trail.looks
            seen = [_saw(self.trail.answer(each)) for each in looks]
            with contextlib.suppress(OSError):
                _save(self.folder, _Volume(self.stamp, looks, seen, self._new, self.facts.new))

    def _read(self) -> None:
        now: dict[Look, bytes] = {}
        found = [(path, _load(path)) for path in _recent(self.folder)[:_VOLUMES]]
        held = [(path, each) for path, each in found if each and each.stamp == self.stamp]
        for _, volume in held:
            self.facts.add(volume.facts)
        for path, volume in held:
            changed = 0
            for number, (look, saw) in enumerate(zip(volume.looks, volume.seen, strict=True)):
                if look not in now:
                    now[look] = _saw(self.trail.answer(look))
                if now[look] != saw:
                    changed |= 1 << number
            self._open(Open(path, volume.looks), volume, changed)

    def _open(self, opened: Open, volume: _Volume, changed: int) -> None:
        self._volumes.append(opened)
        for name, entry in volume.entries.items():
            noted = int.from_bytes(entry.noted, "little")
            if not noted & changed:
                self._known.setdefault(name, (opened, noted, entry))
            else:
                self._gone.add(name)


def _bytes(noted: int) -> bytes:
    return noted.to_bytes(noted.bit_length() // 8 + 1, "little")


def _home(project: Project) -> str:
    return hashlib.blake2b(f"{Path.cwd()}\0{project.root}".encode(), digest_size=16).hexdigest()


def _stamp(project: Project) -> str:
    """This program, this Python, and the files that there are, whatever is in them."""
    key = hashlib.blake2b(digest_size=24)
    here = Path(tocsin.__file__).parent
    for path in sorted(here.rglob("*.py")):
        key.update(hashlib.sha256(path.read_bytes()).digest())
    for each in (sys.version, *(file.path for file in project.files)):
        key.update(hashlib.sha256(each.encode("utf-8", "surrogatepass")).digest())
    return key.hexdigest()


def _saw(answer: object) -> bytes:
    return hashlib.blake2b(repr(answer).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _recent(folder: Path) -> list[Path]:
    """What is in a folder, the one that was used last first."""
    try:
        found = [(each.stat().st_mtime_ns, each.path) for each in os.scandir(folder)]
    except OSError:
        return []
    return [Path(path) for _, path in sorted(found, reverse=True)]


def _load(path: Path) -> _Volume | None:
    """A volume; ``None`` for one that is cut short or changed."""
    try:
        data = path.read_bytes()
        if hashlib.sha256(memoryview(data)[_DIGEST:]).digest() != data[:_DIGEST]:
            return None
        return msgspec.msgpack.decode(memoryview(data)[_DIGEST:], type=_Volume)
    except (OSError, msgspec.DecodeError):
        return None


def _save(folder: Path, volume: _Volume) -> None:
    """Written beside, then put into place."""
    content = msgspec.msgpack.encode(volume)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, beside = tempfile.mkstemp(dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(content).digest())
            file.write(content)
        Path(beside).replace(beside + _SUFFIX)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    for each in _recent(folder)[_VOLUMES:]:
        with contextlib.suppress(OSError):
            each.unlink()
    for each in _recent(folder.parent)[_PROJECTS:]:
        shutil.rmtree(each, ignore_errors=True)
