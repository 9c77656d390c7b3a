"""What reading a folder came to, kept until something changes.

An entry is named by all that its content depends on: every file's name and bytes, tocsin's own
source, this Python, the working directory (findings name their places from it). It lies in the
user's cache, never in the project: what is in a repository is not trusted. Whatever is wrong with
an entry or its folder, the source is read as if there were none.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

import tocsin
from tocsin.model.finding import Finding
from tocsin.model.verdict import FileResult
from tocsin.source.files import Found, discover

_SUFFIX = ".msgpack"
_MOST = 64
"""Entries kept; the one that was not used for the longest time goes first."""

_DIGEST = 32


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that a scan tells of a folder."""

    framework: str
    files: tuple[FileResult, ...]
    findings: tuple[Finding, ...]
    notebooks: int = 0
    notes: tuple[str, ...] = ()


def default_folder() -> Path:
    """Where this system keeps what can be made again: ``$XDG_CACHE_HOME/tocsin`` or its like."""
    named = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    if named:
        return Path(named) / "tocsin"
    home = Path("~").expanduser()
    return (home / "Library/Caches" if sys.platform == "darwin" else home / ".cache") / "tocsin"


def remembered(target: str, folder: Path, work: Callable[[], Outcome]) -> Outcome:
    """What ``work`` gives for the target, or gave when everything was as it is now.

    Nothing is kept when a file changed while ``work`` ran.
    """
    found = discover(Path(target))
    place = folder / "static" / (_key(target, found) + _SUFFIX)
    known = _load(place)
    if known is not None:
        return known
    outcome = work()
    if discover(Path(target)) == found:
        _save(place, outcome)
    return outcome


def _key(target: str, found: Found) -> str:
    key = hashlib.blake2b(digest_size=24)
    here = Path(tocsin.__file__).parent
    own = sorted(here.rglob("*.py"))
    for each in (sys.version, str(Path.cwd()), target, *map(repr, found.unread)):
        _add(key, each.encode("utf-8", "surrogatepass"))
    for path in (*map(str, own), *(each.path for each in found.files)):
        _add(key, path.encode("utf-8", "surrogatepass"))
        _add(key, _bytes(path))
    return key.hexdigest()


def _add(key: hashlib.blake2b, part: bytes) -> None:
    """With its length: no two lists of parts are the same text."""
    key.update(len(part).to_bytes(8, "big"))
    key.update(part)


def _bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123  thousands of files: no Path for each
            return file.read()
    except OSError as error:
        return f"\0{error.errno}".encode()


def _load(place: Path) -> Outcome | None:
    """An entry; ``None`` for one that is missing, cut short or changed."""
    try:
        data = place.read_bytes()
        digest, content = data[:_DIGEST], data[_DIGEST:]
        if hashlib.sha256(content).digest() != digest:
            return None
        outcome = msgspec.msgpack.decode(content, type=Outcome)
    except (OSError, msgspec.DecodeError):  # of which a ValidationError is one
        return None
    with contextlib.suppress(OSError):
        os.utime(place)
    return outcome


def _save(place: Path, outcome: Outcome) -> None:
    """Whole or not at all: written beside, then put into place."""
    content = msgspec.msgpack.encode(outcome)
    with contextlib.suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, beside = tempfile.mkstemp(dir=place.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(content).digest() + content)
            Path(beside).replace(place)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
        _prune(place.parent)


def _prune(folder: Path) -> None:
    """What a killed run left behind is old some day, and goes like the rest."""
    every = sorted(os.scandir(folder), key=lambda each: each.stat().st_mtime_ns)
    for each in every[:-_MOST]:
        with contextlib.suppress(OSError):
            Path(each.path).unlink()
