"""A folder that names cannot lead out of, both ways of opening, and somebody who swaps things."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from fuzz.tape import Tape
from tocsin.guard.errors import GuardError
from tocsin.guard.files import Root, openat2, walk
from tocsin.guard.files.draft import Opener

FRAGMENTS = ("a", "b", "out", "in", "..", ".", "", "/", "exports-evil", "secret", "fifo", "n" * 256)
MEMORY = Path("/dev/shm")  # noqa: S108 # where synchronising costs nothing
THEIRS = {"secret": "theirs", "deep/secret": "theirs"}


def one(data: bytes) -> None:
    """The same story in two worlds, one for each way: the same happens in both."""
    told = [_story(Tape(data), opener) for opener in (walk.opened, openat2.opened)]
    assert told[0] == told[1], told


def _story(tape: Tape, opener: Opener) -> list[str]:
    world = Path(tempfile.mkdtemp(prefix="fuzz-", dir=MEMORY if MEMORY.is_dir() else None))
    try:
        return _played(world, tape, opener)
    finally:
        shutil.rmtree(world)


def _played(world: Path, tape: Tape, opener: Opener) -> list[str]:
    served = world / "exports"
    (served / "a/b").mkdir(parents=True)
    (served / "a/b/in").write_text("ours")
    (served / "in").write_text("ours")
    (served / "out").symlink_to("../exports-evil")
    os.mkfifo(served / "fifo")
    for name, text in THEIRS.items():
        path = world / "exports-evil" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    told = []
    with Root(served, opener=opener) as root:
        for _ in range(12):
            if tape.over:
                break
            told.append(_act(root, served, tape))
            assert _theirs(world) == THEIRS, told
    return told


def _theirs(world: Path) -> dict[str, str]:
    evil = world / "exports-evil"
    return {str(p.relative_to(evil)): p.read_text() for p in evil.rglob("*") if p.is_file()}


def _act(root: Root, served: Path, tape: Tape) -> str:
    verb = tape.one_of((_read, _create, _replace, Root.remove, _folder, None))
    if verb is None:
        return _swap(served, tape)
    name = _name(tape)
    try:
        seen = verb(root, name)
    except GuardError as error:
        return type(error).__name__
    return f"{name!r}: {seen}"


def _name(tape: Tape) -> str:
    if tape.number(4) == 0:
        return tape.text()
    return "/".join(tape.one_of(FRAGMENTS) for _ in range(1 + tape.number(4)))


def _read(root: Root, name: str) -> str:
    with root.open(name) as file:
        found = file.read().decode()
    assert found in {"ours", "new"}
    return found


def _create(root: Root, name: str) -> None:
    with root.create(name, limit=3) as draft:
        draft.write(b"new")


def _replace(root: Root, name: str) -> None:
    with root.replace(name, limit=3) as draft:
        draft.write(b"new")


def _folder(root: Root, name: str) -> None:
    root.folder(name, make=True).close()


def _swap(served: Path, tape: Tape) -> str:
    """Somebody else puts a link, or nothing, where something was."""
    path = served / tape.one_of(("a", "a/b", "a/b/in", "in", "out"))
    act: Callable[[], None] = tape.one_of((lambda: _gone(path), lambda: _linked(path)))
    if path.parent.is_dir() and not path.parent.is_symlink():
        act()
    return "swapped"


def _gone(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _linked(path: Path) -> None:
    _gone(path)
    world = next(parent for parent in path.parents if parent.name == "exports").parent
    path.symlink_to(world / "exports-evil")
