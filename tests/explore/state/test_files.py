"""Files: every change can be undone, also after a kill."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from textwrap import dedent

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tocsin.explore.state.files import FilesState, recover
from tocsin.model.access import Item

ALL = (Item("file", None),)


def world(folder: Path) -> dict[str, object]:
    """Everything below a folder that can be seen."""
    seen: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        found = path.lstat()
        content: object = None
        if path.is_symlink():
            content = path.readlink()
        elif path.is_file():
            content = (path.read_bytes(), found.st_mtime_ns)
        seen[str(path.relative_to(folder))] = (found.st_mode, content)
    return seen


def populate(folder: Path) -> Path:
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / "a.txt").chmod(0o640)
    (folder / "deep" / "b.txt").write_bytes(b"\xff\x00")
    (folder / "link").symlink_to("a.txt")
    return folder


PATHS = st.sampled_from(
    ["a.txt", "deep/b.txt", "link", "deep", "deep/er", "new", "new/er", "deep/er/c"]
)
CHANGES = st.lists(
    st.tuples(st.sampled_from(["write", "remove", "rename", "folder", "chmod"]), PATHS, PATHS),
    max_size=8,
)


def change(state: FilesState, folder: Path, what: str, one: str, other: str) -> None:
    path, to = folder / one, folder / other
    try:
        if what == "write":
            state.before_write(path)
            path.write_text("changed")
        elif what == "remove":
            state.before_write(path)
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        elif what == "rename":
            state.before_write(path)
            state.before_write(to)
            path.rename(to)
        elif what == "folder":
            state.before_write(path)
            path.mkdir(parents=True)
        else:
            state.before_write(path)
            path.chmod(0o700)
    except OSError:
        pass  # a change that fails has to leave nothing behind either


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(before=CHANGES, runs=st.lists(CHANGES, max_size=3))
def test_runs_are_undone_and_the_end_is_as_found(
    tmp_path_factory: object, before: object, runs: object
) -> None:
    folder = populate(tmp_path_factory.mktemp("app"))  # type: ignore[attr-defined]
    state = FilesState(tmp_path_factory.mktemp("journal"))  # type: ignore[attr-defined]
    found = world(folder)
    with closing(state):
        for step in before:  # type: ignore[attr-defined]
            change(state, folder, *step)
        state.snapshot()
        start = world(folder)
        for steps in runs:  # type: ignore[attr-defined]
            for step in steps:
                change(state, folder, *step)
            state.restore(ALL)
            assert world(folder) == start
    state.close()
    assert world(folder) == found


def test_what_a_killed_process_did_is_undone(tmp_path: Path) -> None:
    folder, journal = populate(tmp_path / "app"), tmp_path / "journal"
    found = world(folder)
    script = """
        import os, signal, sys
        from pathlib import Path
        from tocsin.explore.state.files import FilesState
        folder, journal = map(Path, sys.argv[1:])
        state = FilesState(journal)
        state.before_write(folder / "a.txt")
        (folder / "a.txt").write_text("before the snapshot")
        state.snapshot()
        state.before_write(folder / "a.txt")
        (folder / "a.txt").unlink()
        state.before_write(folder / "new" / "x")
        (folder / "new").mkdir()
        (folder / "new" / "x").write_text("x")
        os.kill(os.getpid(), signal.SIGKILL)
    """
    killed = subprocess.run(
        [sys.executable, "-c", dedent(script), str(folder), str(journal)], check=False
    )
    assert killed.returncode < 0
    with (journal / "run.jsonl").open("ab") as file:
        file.write(b'{"path": "incompl')
    assert str(folder / "a.txt") in recover(journal)
    assert world(folder) == found
    assert recover(journal) == ()


def test_reading_tells_what_stands_there(tmp_path: Path) -> None:
    folder = populate(tmp_path / "app")
    names = [str(folder / name) for name in ("a.txt", "deep/b.txt", "link", "deep", "none")]
    with closing(FilesState(tmp_path / "journal")) as state:
        rows = state.read([Item("file", name) for name in names])
        told = [rows[name][0] for name in names]
        assert [one["kind"] for one in told] == ["file", "file", "link", "folder", "absent"]
        assert told[0]["text"] == "a"
        assert "text" not in told[1]
        assert told[2]["target"] == "a.txt"
        state.before_write(os.fsencode(names[-1]))
        assert set(state.read(ALL)) == {names[-1]}
