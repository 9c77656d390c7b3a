"""What the app does with its files is announced, whichever way the standard library goes."""

from __future__ import annotations

import asyncio
import builtins
import glob
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse

from tests.stores.ledger import Ledger
from tocsin.guard.files import Root, openat2, walk
from tocsin.guard.files.draft import Opener
from tocsin.model.access import Access
from tocsin.stores import files
from tocsin.stores.control import Call


@dataclass
class Kept:
    """A journal that notes whether the file was there."""

    paths: list[tuple[str, bool]] = field(default_factory=list)

    def before_write(self, path: str) -> None:
        self.paths.append((os.path.basename(path), os.path.lexists(path)))


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def ledger(kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    home = tmp_path.resolve() / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    Path("a.txt").write_text("a")
    Path("folder").mkdir()
    ledger = Ledger()
    with files.instrument(ledger, kept):
        yield ledger


def summary(call: Call) -> str:
    """``r a.txt, w folder/[name='x']``: the accesses, from the working directory on."""
    return ", ".join(map(_access, call.accesses))


def _access(access: Access) -> str:
    name = str(access.item.name).removeprefix(os.getcwd() + os.sep) or "./"
    where = "".join(f"[{next(iter(values))}]" for _, values in access.item.where)
    return f"{'w' if access.writes else 'r'} {name}{where}"


def write(path: str, mode: str = "w") -> None:
    with open(path, mode) as file:
        file.write("x")


def read(path: str | bytes | Path) -> None:
    with open(path) as file:
        file.read()


def unlink_within(folder: str) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.mkdir("sub", dir_fd=fd)
        os.rmdir("sub", dir_fd=fd)
    finally:
        os.close(fd)


def create_by_flags() -> None:
    os.close(os.open("new", os.O_CREAT | os.O_EXCL | os.O_WRONLY))


CASES: list[tuple[Callable[[], object], list[tuple[str, str]]]] = [
    (lambda: read("a.txt"), [("open(a.txt, 'r')", "r a.txt")]),
    (lambda: read(b"a.txt"), [("open(a.txt, 'r')", "r a.txt")]),
    (lambda: read(Path("./folder/../a.txt")), [("open(a.txt, 'r')", "r a.txt")]),
    (
        lambda: write("folder/n"),
        [("open(folder/n, 'w')", "w folder/n, w folder/[n]"), ("write folder/n", "w folder/n")],
    ),
    (
        lambda: write("n", "x"),
        [("open(n, 'x')", "w n, w ./[n]"), ("write n", "w n")],
    ),
    (
        lambda: write("a.txt", "r+"),
        [("open(a.txt, 'r+')", "w a.txt"), ("write a.txt", "w a.txt")],
    ),
    (
        create_by_flags,
        [("open(new, O_WRONLY|O_CREAT|O_EXCL)", "w new, w ./[new]"), ("write new", "w new")],
    ),
    (lambda: os.path.exists("a.txt"), [("stat(a.txt)", "r a.txt")]),
    (lambda: os.path.isfile("nothing"), [("stat(nothing)", "r nothing")]),
    (lambda: os.path.getsize(Path("a.txt")), [("stat(a.txt)", "r a.txt")]),
    (lambda: Path("a.txt").exists(), [("stat(a.txt)", "r a.txt")]),
    (lambda: os.path.lexists("a.txt"), [("lstat(a.txt)", "r a.txt")]),
    (lambda: os.access("a.txt", os.R_OK), [("access(a.txt)", "r a.txt")]),
    (lambda: os.path.realpath("a.txt"), [("realpath(a.txt)", "r a.txt")]),
    (lambda: Path("a.txt").read_text(), [("open(a.txt, 'r')", "r a.txt")]),
    (
        lambda: Path("n").write_bytes(b""),
        [("open(n, 'wb')", "w n, w ./[n]"), ("write n", "w n")],
    ),
    (lambda: os.listdir(), [("listdir(.)", "r ./")]),
    (lambda: list(os.scandir("folder")), [("listdir(folder)", "r folder/")]),
    (lambda: list(Path("folder").iterdir()), [("listdir(folder)", "r folder/")]),
    (lambda: os.remove("a.txt"), [("remove(a.txt)", "w a.txt, w ./[a.txt]")]),
    (lambda: Path("a.txt").unlink(), [("unlink(a.txt)", "w a.txt, w ./[a.txt]")]),
    (
        lambda: os.rename("a.txt", "b"),
        [("rename(a.txt, b)", "w a.txt, w ./[a.txt], w b, w ./[b]")],
    ),
    (
        lambda: Path("folder").replace("f2"),
        [("replace(folder, f2)", "w folder, w ./[folder], w folder/, w f2, w ./[f2]")],
    ),
    (lambda: os.mkdir("new"), [("mkdir(new)", "w new, w ./[new], w new/")]),
    (lambda: os.rmdir(path="folder"), [("rmdir(folder)", "w folder, w ./[folder], w folder/")]),
    (lambda: os.link("a.txt", "b"), [("link(a.txt, b)", "r a.txt, w b, w ./[b]")]),
    (lambda: os.symlink("a.txt", "b"), [("symlink(b)", "w b, w ./[b]")]),
    (lambda: os.truncate("a.txt", 0), [("truncate(a.txt)", "w a.txt")]),
    (lambda: os.chmod("a.txt", 0o600), [("chmod(a.txt)", "w a.txt")]),
    (lambda: os.utime("a.txt"), [("utime(a.txt)", "w a.txt")]),
    (
        lambda: unlink_within("folder"),
        [
            ("open(folder, O_RDONLY)", "r folder"),
            ("mkdir(folder/sub)", "w folder/sub, w folder/[sub], w folder/sub/"),
            ("rmdir(folder/sub)", "w folder/sub, w folder/[sub], w folder/sub/"),
        ],
    ),
]


IDS = [f"{number} {expected[0][0]}" for number, (_, expected) in enumerate(CASES)]


@pytest.mark.parametrize(("act", "expected"), CASES, ids=IDS)
def test_announced(
    ledger: Ledger, act: Callable[[], object], expected: list[tuple[str, str]]
) -> None:
    with ledger.acting():
        act()
    assert [(call.text, summary(call)) for call in ledger.calls] == expected


@pytest.mark.parametrize(("act", "expected"), CASES, ids=IDS)
def test_nobody_is_told_outside_of_a_request(
    ledger: Ledger, kept: Kept, act: Callable[[], object], expected: list[tuple[str, str]]
) -> None:
    act()
    assert ledger.calls == []
    assert kept.paths == []


def test_a_link_and_what_it_leads_to(ledger: Ledger) -> None:
    os.symlink("folder", "link")
    os.symlink("a.txt", "to_a")
    with ledger.acting():
        os.path.exists("link/x")
        read("to_a")
        os.remove("to_a")
    assert [(call.text, summary(call)) for call in ledger.calls] == [
        ("stat(folder/x)", "r folder/x"),
        ("open(a.txt, 'r')", "r to_a, r a.txt"),
        ("remove(to_a)", "w to_a, w ./[to_a]"),
    ]


def test_what_was_there_is_kept_before_it_changes(ledger: Ledger, kept: Kept) -> None:
    with ledger.acting():
        write("a.txt")
        write("new")
        os.replace("new", "a.txt")
        os.mkdir("made")
    assert kept.paths == [
        ("a.txt", True), ("new", False), ("new", True), ("a.txt", True), ("made", False),
    ]  # fmt: skip


def test_another_request_may_look_between_truncation_and_writing(ledger: Ledger) -> None:
    seen: list[str] = []

    def look(call: Call) -> None:
        if call.text.startswith("write"):
            with open("a.txt") as file:
                seen.append(file.read())

    def once(call: Call) -> None:
        ledger.before_call = lambda call: None
        look(call)
        ledger.before_call = once

    ledger.before_call = once
    with ledger.acting():
        write("a.txt")
    assert seen == [""]


@pytest.mark.parametrize("opener", [openat2.opened, walk.opened], ids=["openat2", "walk"])
def test_what_guards_open(ledger: Ledger, opener: Opener) -> None:
    # Looked up anew: the one that was imported is not announced.
    opener = getattr(sys.modules[opener.__module__], "opened")  # noqa: B009
    with Root(".", opener=opener) as root, ledger.acting():
        with root.create("folder/n") as draft:
            draft.write(b"x")
        root.open("folder/n").close()
        root.remove("folder/n")
    seen = [summary(call) for call in ledger.calls]
    (temporary,) = {text for text in ledger.texts if ".part" in text and text.startswith("write")}
    part = temporary.removeprefix("write ")
    name = part.removeprefix("folder/")
    assert [text for text in seen if text != "r folder"] == [
        f"w {part}, w folder/[{name}]",
        f"w {part}",
        f"r {part}, w folder/n, w folder/[n]",
        f"w {part}, w folder/[{name}]",
        "r folder/n",
        "w folder/n, w folder/[n]",
    ]


def test_an_error_is_the_calls_error(ledger: Ledger) -> None:
    with ledger.acting(), pytest.raises(FileNotFoundError):
        read("nothing")
    assert ledger.errors == ["open(nothing, 'r'): FileNotFoundError"]


def test_given_up_before_the_writing_the_file_is_closed(ledger: Ledger) -> None:
    def give_up(call: Call) -> None:
        if call.text.startswith("write"):
            raise KeyboardInterrupt

    ledger.before_call = give_up
    with ledger.acting():
        with pytest.raises(KeyboardInterrupt):
            open("a.txt", "w")
        with pytest.raises(KeyboardInterrupt):
            os.open("a.txt", os.O_WRONLY)


def test_no_data_of_the_apps(ledger: Ledger) -> None:
    Path("shop.db").touch()
    with ledger.acting():
        read(__file__)
        os.path.exists(os.__file__)
        os.path.exists(os.path.dirname(os.__file__))
        os.path.exists("module.pyc")
        os.path.exists("/dev/null")
        os.path.exists("shop.db")
        os.path.exists("shop.sqlite3-wal")
        os.path.exists(".")
        os.stat(0)
        with open(os.open(__file__, os.O_RDONLY)) as file:
            file.read()
    assert ledger.calls == []


def test_folders_of_ones_own_choice(kept: Kept, tmp_path: Path) -> None:
    ledger = Ledger()
    run, library = tmp_path / "run", Path(os.__file__).parent
    with files.instrument(ledger, kept, ignored=[run], watched=[library / "json"]), ledger.acting():
        os.path.exists(run / "x")
        os.path.exists(library / "json" / "x")
    assert ledger.texts == [f"stat({library / 'json' / 'x'})"]


def test_the_standard_librarys_own_ways(ledger: Ledger, tmp_path: Path) -> None:
    def texts(act: Callable[[], object]) -> list[str]:
        ledger.calls.clear()
        with ledger.acting():
            act()
        return ledger.texts

    assert "listdir(.)" in texts(lambda: glob.glob("*.txt"))
    assert any("listdir" in text for text in texts(lambda: list(Path().glob("*.txt"))))
    copied = texts(lambda: shutil.copyfile("a.txt", "copy"))
    assert copied[-3:] == ["open(a.txt, 'rb')", "open(copy, 'wb')", "write copy"]
    moved = texts(lambda: shutil.move("copy", "folder/copy"))
    assert "rename(copy, folder/copy)" in moved
    removed = texts(lambda: shutil.rmtree("folder"))
    assert "unlink(folder/copy)" in removed
    assert removed[-1] == "rmdir(folder)"
    assert texts(lambda: os.makedirs("x/y"))[-1] == "mkdir(x/y)"
    touched = texts(lambda: Path("touched").touch())
    assert touched[-2:] == ["open(touched, O_WRONLY|O_CREAT)", "write touched"]

    def temporary() -> None:
        with tempfile.NamedTemporaryFile(dir=".") as file:
            file.write(b"x")

    assert any("O_EXCL" in text for text in texts(temporary))


async def _send(message: object) -> None: ...


async def _receive() -> Any:
    return await asyncio.get_running_loop().create_future()


def test_starlettes_download(ledger: Ledger) -> None:
    response = FileResponse("a.txt")
    with ledger.acting():
        asyncio.run(response({"type": "http", "method": "GET", "headers": []}, _receive, _send))
        asyncio.run(run_in_threadpool(read, "a.txt"))
    assert ledger.texts == ["stat(a.txt)", "open(a.txt, 'rb')", "open(a.txt, 'r')"]


def test_everything_is_put_back() -> None:
    def world() -> tuple[object, ...]:
        names = ("open", "stat", "rename", "listdir", "scandir", "supports_dir_fd")
        return builtins.open, io.open, os.path.realpath, *(getattr(os, name) for name in names)

    before = world()
    with files.instrument(Ledger(), Kept()), files.instrument(Ledger(), Kept()):
        assert not any(a is b for a, b in zip(before, world(), strict=True))
        assert os.unlink in os.supports_dir_fd
        assert os.scandir in os.supports_fd
    assert world() == before
