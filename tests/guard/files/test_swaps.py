"""Somebody swaps folders for links while a file is opened: between any two of the calls made."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.guard.files.world import openers
from tocsin.guard.errors import Conflict, GuardError
from tocsin.guard.files import Root
from tocsin.guard.files.draft import Opener

CALLS = ("open", "mkdir", "link", "rename", "unlink", "fstat", "fsync")


@contextmanager
def swapped(
    monkeypatch: pytest.MonkeyPatch, at: int, swap: Callable[[], None]
) -> Iterator[list[str]]:
    """Before the call to the system that comes ``at``-th, ``swap`` is called; yields the calls."""
    made: list[str] = []

    def announced(name: str) -> Callable[..., object]:
        real = getattr(os, name)

        def call(*args: object, **kwargs: object) -> object:
            made.append(name)
            if len(made) == at:
                swap()
            return real(*args, **kwargs)

        return call

    with monkeypatch.context() as patch:
        for name in CALLS:
            patch.setattr(os, name, announced(name))
        # Patched functions are not in it.
        patch.setattr(os, "supports_dir_fd", {os.open})
        yield made


def attacked(opener: Opener) -> Opener:
    """The opener, as one call that can be counted, however many it makes."""
    if opener.__module__.endswith("walk"):
        return opener

    def opened(path: str, flags: int, mode: int = 0o777, *, dir_fd: int) -> int:
        os.fstat(dir_fd)
        return opener(path, flags, mode, dir_fd=dir_fd)

    return opened


@pytest.fixture
def forest(tmp_path: Path) -> Path:
    (tmp_path / "exports/a/b").mkdir(parents=True)
    (tmp_path / "evil/b").mkdir(parents=True)
    (tmp_path / "exports/a/b/file").write_text("ours")
    (tmp_path / "evil/b/file").write_text("theirs")
    return tmp_path


def read(root: Root) -> str:
    with root.open("a/b/file") as file:
        return file.read().decode()


def written(root: Root) -> None:
    with root.create("a/b/new") as draft:
        draft.write(b"new")


def replaced(root: Root) -> None:
    with root.replace("a/b/file") as draft:
        draft.write(b"new")


def removed(root: Root) -> None:
    root.remove("a/b/file")


def made(root: Root) -> None:
    root.folder("a/b/c", make=True).close()


VERBS = (read, written, replaced, removed, made)


def folder_for_link(forest: Path, which: str) -> None:
    """``which`` lies elsewhere beneath now, and leads out where it was."""
    (forest / "exports" / which).rename(forest / "exports/was")
    (forest / "exports" / which).symlink_to(forest / "evil" / which.removeprefix("a").lstrip("/"))


def file_for_link(forest: Path) -> None:
    (forest / "exports/a/b/file").unlink()
    (forest / "exports/a/b/file").symlink_to(forest / "evil/b/file")


SWAPS: dict[str, Callable[[Path], None]] = {
    "a": lambda forest: folder_for_link(forest, "a"),
    "a/b": lambda forest: folder_for_link(forest, "a/b"),
    "file": file_for_link,
}


@pytest.mark.parametrize("opener", openers().values(), ids=openers())
@pytest.mark.parametrize("swap", SWAPS.values(), ids=SWAPS)
@pytest.mark.parametrize("verb", VERBS)
def test_no_swap_leads_out(
    forest: Path,
    monkeypatch: pytest.MonkeyPatch,
    opener: Opener,
    swap: Callable[[Path], None],
    verb: Callable[[Root], object],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    theirs = {"evil/b": None, "evil/b/file": "theirs"}
    at, more = 0, True
    while more:
        at += 1
        world = tmp_path_factory.mktemp("world") / "forest"
        _copied(forest, world)
        root = Root(world / "exports", opener=attacked(opener))
        with swapped(monkeypatch, at, lambda world=world: swap(world)) as calls:  # type: ignore[misc]
            try:
                seen = verb(root)
            except GuardError as error:
                seen = None
                assert not isinstance(error, Conflict)
        root.close()
        more = len(calls) >= at
        assert seen in {None, "ours"}
        assert _tree(world / "evil") == theirs
        assert not list(world.rglob("*.part"))
    assert at > 2


def _copied(forest: Path, world: Path) -> None:
    (world / "exports/a/b").mkdir(parents=True)
    (world / "evil/b").mkdir(parents=True)
    (world / "exports/a/b/file").write_text((forest / "exports/a/b/file").read_text())
    (world / "evil/b/file").write_text((forest / "evil/b/file").read_text())


def _tree(folder: Path) -> dict[str, str | None]:
    return {
        str(path.relative_to(folder.parent)): path.read_text() if path.is_file() else None
        for path in folder.rglob("*")
    }
