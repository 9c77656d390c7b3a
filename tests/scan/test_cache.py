"""The cache never changes what is said: it is only quicker."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tocsin.model.event import Event, FindingRaised, RunFinished
from tocsin.scan import source
from tocsin.scan.cache import Outcome, default_folder, remembered

EXAMPLES = Path(__file__).parents[2] / "examples"
SHOPS = ("shop_django", "shop_fastapi", "shop_flask", "shop_memory")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "one.py").write_text("one = 1\n")
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "kept"


class Work:
    """Counts how often it was needed."""

    def __init__(self) -> None:
        self.done = 0

    def __call__(self) -> Outcome:
        self.done += 1
        return Outcome(f"run {self.done}", (), ())


def told(events: Iterator[Event]) -> list[Event]:
    return [each for each in events if not isinstance(each, RunFinished)]


@pytest.mark.parametrize("name", SHOPS)
def test_the_same_is_told_without_it_with_it_and_from_it(name: str, kept: Path) -> None:
    target = str(EXAMPLES / name)
    without = told(source.events(target))

    first, again = (told(source.events(target, kept)) for _ in range(2))

    assert without == first == again
    assert any(isinstance(each, FindingRaised) for each in without)


def test_nothing_is_done_twice(project: Path, kept: Path) -> None:
    work = Work()

    answers = [remembered(str(project), kept, work) for _ in range(3)]

    assert work.done == 1
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize("text", ["one = 2\n", "one = 1\n\n", "", "one = ("])
def test_a_change_is_seen_though_size_and_time_stay(project: Path, kept: Path, text: str) -> None:
    work, file = Work(), project / "one.py"
    remembered(str(project), kept, work)
    before = file.stat()

    file.write_text(text)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    remembered(str(project), kept, work)

    assert work.done == 2


def test_files_that_come_go_and_move_are_seen(project: Path, kept: Path) -> None:
    work = Work()
    for change in (
        lambda: None,
        lambda: (project / "two.py").write_text("two = 2\n"),
        lambda: (project / "two.py").rename(project / "three.py"),
        lambda: (project / "three.py").write_text("three = 3\n" * 300_000),
    ):
        change()
        remembered(str(project), kept, work)
    (project / "three.py").unlink()
    remembered(str(project), kept, work)

    assert work.done == 4


def test_what_changed_while_it_was_read_is_not_kept(project: Path, kept: Path) -> None:
    work = Work()

    def disturbed() -> Outcome:
        (project / "two.py").write_text("two = 2\n")
        return work()

    remembered(str(project), kept, disturbed)
    (project / "two.py").unlink()
    remembered(str(project), kept, work)

    assert work.done == 2


def test_another_working_directory_is_another_entry(
    project: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work()
    remembered(str(project), kept, work)

    monkeypatch.chdir(project)
    remembered(str(project), kept, work)

    assert work.done == 2


@pytest.mark.parametrize("cut", [0, 10, 32, 33, -1])
def test_an_entry_that_was_cut_is_not_believed(project: Path, kept: Path, cut: int) -> None:
    work = Work()
    remembered(str(project), kept, work)
    entry = next((kept / "static").iterdir())
    entry.write_bytes(entry.read_bytes()[:cut])

    remembered(str(project), kept, work)
    remembered(str(project), kept, work)

    assert work.done == 2


def test_an_entry_of_another_shape_is_not_believed(project: Path, kept: Path) -> None:
    work = Work()
    remembered(str(project), kept, work)
    entry = next((kept / "static").iterdir())
    content = b"\x81\xa3foo\x01"
    entry.write_bytes(hashlib.sha256(content).digest() + content)

    remembered(str(project), kept, work)

    assert work.done == 2


def test_a_folder_that_cannot_be_made_costs_nothing_but_time(project: Path, kept: Path) -> None:
    kept.write_text("a file in its place")
    work = Work()

    answers = [remembered(str(project), kept, work) for _ in range(2)]

    assert [each and each.framework for each in answers] == ["run 1", "run 2"]


def test_old_entries_go(project: Path, kept: Path) -> None:
    folder = kept / "static"
    folder.mkdir(parents=True)
    for number in range(80):
        (folder / f"left{number:02}").write_bytes(b"")
        os.utime(folder / f"left{number:02}", (number, number))

    remembered(str(project), kept, Work())

    names = sorted(each.name for each in folder.iterdir())
    assert len(names) == 64
    assert "left17" in names
    assert "left16" not in names


def test_two_runs_at_once_agree(kept: Path) -> None:
    target = str(EXAMPLES / "shop_flask")
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        both = pool.starmap(_findings, [(target, str(kept)), (target, str(kept))])

    assert both[0] == both[1] == _findings(target, None)
    assert [each.suffix for each in (kept / "static").iterdir()] == [".msgpack"]


def _findings(target: str, kept: str | None) -> list[str]:
    events = source.events(target, Path(kept) if kept else None)
    return [repr(each.finding) for each in events if isinstance(each, FindingRaised)]


def test_it_is_in_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    assert default_folder() == tmp_path / "tocsin"
