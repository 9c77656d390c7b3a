"""What names lead to beneath a folder: the same over both ways of opening."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.guard.files.test_names import REFUSED
from tocsin.guard.errors import Conflict, GuardError, Malformed, Missing, TooLarge
from tocsin.guard.files import Root, openat2, walk

LEADS_NOWHERE = [
    "gone",
    "gone/a.txt",
    "a.txt/b",
    "sub",
    "fifo",
    "socket",
    "link",
    "nowhere",
    "secret",
    "out/secret",
    "fifo/a",
]


def content(root: Root, name: str) -> bytes:
    with root.open(name) as file:
        return file.read()


def create(root: Root, name: str) -> None:
    with root.create(name) as draft:
        draft.write(b"new")


def replace(root: Root, name: str) -> None:
    with root.replace(name) as draft:
        draft.write(b"new")


VERBS: dict[str, Callable[[Root, str], object]] = {
    "open": Root.open,
    "create": create,
    "replace": replace,
    "remove": Root.remove,
    "folder": Root.folder,
    "make": lambda root, name: root.folder(name, make=True),
}


def tree(folder: Path) -> dict[str, str]:
    """Every name beneath a folder and what it is: bytes, links, kinds."""
    found = {}
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            what = f"-> {os.readlink(path)}"
        elif stat.S_ISREG(mode):
            what = path.read_text()
        else:
            what = str(stat.S_IFMT(mode))
        found[str(path.relative_to(folder))] = what
    return found


@pytest.fixture
def untouched(world: Path) -> Callable[[], bool]:
    before = tree(world)
    return lambda: tree(world) == before


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
@pytest.mark.parametrize("name", REFUSED)
def test_names_that_no_file_has(
    root: Root, name: str, verb: Callable[[Root, str], object], untouched: Callable[[], bool]
) -> None:
    with pytest.raises(Malformed):
        verb(root, name)
    assert untouched()


@pytest.mark.parametrize("name", LEADS_NOWHERE)
def test_what_is_no_ordinary_file_beneath_is_not_there(root: Root, name: str) -> None:
    with pytest.raises(Missing):
        root.open(name)


def test_devices_are_not_opened() -> None:
    with Root("/dev", opener=walk.opened) as root, pytest.raises(Missing):
        root.open("null")


def test_files_are_read(root: Root) -> None:
    assert content(root, "a.txt") == b"a"
    assert content(root, "sub/b.txt") == b"b"


def test_a_new_file_is_private_and_whole(root: Root, world: Path) -> None:
    with root.create("sub/new") as draft:
        draft.write(b"one ")
        assert not (world / "exports/sub/new").exists()
        draft.write(b"two")
    assert (world / "exports/sub/new").read_text() == "one two"
    assert stat.S_IMODE((world / "exports/sub/new").stat().st_mode) == 0o600
    assert sorted(os.listdir(world / "exports/sub")) == ["b.txt", "new"]


@pytest.mark.parametrize("name", ["a.txt", "sub", "fifo", "link", "nowhere", "secret", "out"])
def test_what_is_taken_is_not_created(root: Root, name: str, untouched: Callable[[], bool]) -> None:
    with pytest.raises(Conflict):
        create(root, name)
    assert untouched()


@pytest.mark.parametrize("name", ["a.txt", "fifo", "link", "nowhere", "secret", "out"])
def test_a_name_is_replaced_and_not_what_it_leads_to(root: Root, world: Path, name: str) -> None:
    expected = tree(world) | {f"exports/{name}": "new"}
    replace(root, name)
    assert tree(world) == expected


def test_a_folder_is_not_replaced(root: Root, untouched: Callable[[], bool]) -> None:
    with pytest.raises(Conflict):
        replace(root, "sub")
    assert untouched()


@pytest.mark.parametrize(
    "verb", [create, replace, Root.remove], ids=["create", "replace", "remove"]
)
@pytest.mark.parametrize("name", ["out/new", "gone/new", "a.txt/new", "fifo/new", "out/secret"])
def test_nothing_is_done_behind_a_link(
    root: Root,
    name: str,
    verb: Callable[[Root, str], object],
    untouched: Callable[[], bool],
) -> None:
    with pytest.raises(Missing):
        verb(root, name)
    assert untouched()


def test_modes_are_chosen(root: Root, world: Path) -> None:
    with root.create("public", mode=0o644) as draft:
        draft.write(b"")
    assert stat.S_IMODE((world / "exports/public").stat().st_mode) == 0o644


class Gone(Exception):
    """The client."""


@pytest.mark.parametrize("verb", [Root.create, Root.replace], ids=["create", "replace"])
def test_what_fails_leaves_nothing(
    root: Root, verb: Callable[[Root, str], object], untouched: Callable[[], bool]
) -> None:
    def interrupted() -> None:
        with getattr(root, verb.__name__)("new") as draft:
            draft.write(b"half")
            raise Gone

    with pytest.raises(Gone):
        interrupted()
    assert untouched()


def test_errors_of_the_body_are_its_own(root: Root, untouched: Callable[[], bool]) -> None:
    with pytest.raises(FileNotFoundError), root.create("new"):
        raise FileNotFoundError
    assert untouched()


def test_more_than_the_limit_is_refused(root: Root, untouched: Callable[[], bool]) -> None:
    with pytest.raises(TooLarge, match="4 bytes"), root.create("new", limit=4) as draft:
        draft.write(b"1234")
        draft.write(b"5")
    assert untouched()


def test_more_than_the_limit_is_refused_when_it_is_announced(root: Root) -> None:
    with pytest.raises(TooLarge):
        root.create("new", limit=4, announced=5)


@pytest.mark.parametrize("announced", [2, 4])
def test_as_much_as_was_announced(
    root: Root, announced: int, untouched: Callable[[], bool]
) -> None:
    with pytest.raises(Malformed), root.create("new", announced=announced) as draft:
        draft.write(b"123")
    assert untouched()


def test_the_first_to_end_has_the_name(root: Root, world: Path) -> None:
    def second() -> None:
        with root.create("new") as draft:
            draft.write(b"second")
            create(root, "new")

    with pytest.raises(Conflict):
        second()
    assert (world / "exports/new").read_text() == "new"


def test_one_of_two_removes(root: Root, world: Path) -> None:
    root.remove("a.txt")
    with pytest.raises(Missing):
        root.remove("a.txt")
    root.remove("secret")
    assert (world / "exports-evil/secret").read_text() == "secret"


@pytest.mark.parametrize("name", ["sub", "gone"])
def test_only_files_are_removed(root: Root, name: str) -> None:
    with pytest.raises(Missing):
        root.remove(name)


def test_folders_are_roots(root: Root) -> None:
    with root.folder("sub") as sub:
        assert content(sub, "b.txt") == b"b"
        with pytest.raises(Malformed):
            sub.open("../a.txt")


@pytest.mark.parametrize("name", ["out", "a.txt", "fifo", "gone", "link"])
def test_only_folders_are_folders(root: Root, name: str) -> None:
    with pytest.raises(Missing):
        root.folder(name)


def test_folders_are_made_once(root: Root, world: Path) -> None:
    for _ in range(2):
        with root.folder("sub/x/y", make=True) as made:
            create(made, str(len(os.listdir(world / "exports/sub/x/y"))))
    assert sorted(os.listdir(world / "exports/sub/x/y")) == ["0", "1"]
    assert stat.S_IMODE((world / "exports/sub/x").stat().st_mode) == 0o700


def test_no_folder_is_made_behind_a_link(root: Root, untouched: Callable[[], bool]) -> None:
    with pytest.raises(Missing):
        root.folder("out/made", make=True)
    assert untouched()


def test_a_folder_stays_the_same_when_its_path_does_not(root: Root, world: Path) -> None:
    (world / "exports").rename(world / "moved")
    (world / "exports").symlink_to("exports-evil")
    assert content(root, "a.txt") == b"a"
    with pytest.raises(Missing):
        root.open("secret")


def test_what_is_closed_is_not_used(root: Root) -> None:
    root.close()
    root.close()
    with pytest.raises(ValueError, match="closed"):
        root.open("a.txt")


def test_no_descriptor_is_left(world: Path) -> None:
    before = os.listdir("/proc/self/fd")
    with Root(world / "exports") as root:
        for name in (*LEADS_NOWHERE, "a.txt", "sub/b.txt", "sub/new"):
            for verb in VERBS.values():
                try:
                    opened = verb(root, name)
                except GuardError:
                    continue
                if opened is not None:
                    opened.close()  # type: ignore[attr-defined]
    assert len(os.listdir("/proc/self/fd")) == len(before)


def test_rights_are_the_servers_to_answer_for(root: Root, world: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    (world / "exports/a.txt").chmod(0)
    with pytest.raises(PermissionError):
        root.open("a.txt")


def test_the_kernel_is_asked_where_it_can_be(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = openat2.opened

    def counted(path: str, flags: int, mode: int = 0o777, *, dir_fd: int) -> int:
        asked.append(path)
        return real(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(openat2, "opened", counted)
    with Root(world / "exports") as root:
        root.open("sub/b.txt").close()
        root.open("a.txt").close()
    assert asked == [".", "sub/b.txt"]


@pytest.mark.parametrize("error", ["ENOSYS", "EPERM"])
def test_without_the_call_each_part_is_walked(
    world: Path, monkeypatch: pytest.MonkeyPatch, error: str
) -> None:
    def refused(path: str, flags: int, mode: int = 0o777, *, dir_fd: int) -> int:
        raise OSError(getattr(errno, error), "no such call")

    monkeypatch.setattr(openat2, "opened", refused)
    with Root(world / "exports") as root:
        assert content(root, "sub/b.txt") == b"b"


def test_a_system_without_descriptors_of_folders_is_refused(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "supports_dir_fd", set())
    with pytest.raises(OSError, match="cannot open files beneath a folder"):
        Root(world / "exports")
