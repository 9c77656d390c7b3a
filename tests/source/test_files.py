from __future__ import annotations

import os
from pathlib import Path

import pytest

from tocsin.source.files import MAX_BYTES, discover


def names(root: Path) -> list[str]:
    return ["/".join(file.parts) for file in discover(root).files]


def test_python_files_are_found_in_a_fixed_order(tmp_path: Path) -> None:
    for name in ("b.py", "a/z.py", "a/__init__.py", "a/data.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    assert sorted(names(tmp_path)) == ["a/__init__.py", "a/z.py", "b.py"]
    assert names(tmp_path) == names(tmp_path)


def test_a_file_may_be_the_target(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("")
    assert names(tmp_path / "a.py") == ["a.py"]


@pytest.mark.parametrize("folder", [".venv", "node_modules", "__pycache__", "x.egg-info"])
def test_other_peoples_code_is_left_out(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "a.py").write_text("")
    assert names(tmp_path) == []


def test_a_virtual_environment_of_any_name_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "pyvenv.cfg").write_text("")
    (tmp_path / "mine" / "a.py").write_text("")
    assert names(tmp_path) == []


def test_links_that_go_round_end(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.py").write_text("")
    os.symlink(tmp_path, tmp_path / "a" / "up")
    assert names(tmp_path) == ["a/b.py"]


def test_a_link_to_nothing_is_said(tmp_path: Path) -> None:
    os.symlink(tmp_path / "gone", tmp_path / "a.py")
    assert [unread.reason for unread in discover(tmp_path).unread] == [
        "cannot be opened: No such file or directory"
    ]


def test_a_generated_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"#" * (MAX_BYTES + 1))
    found = discover(tmp_path)
    assert found.files == []
    assert "larger than" in found.unread[0].reason


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "a.py").mkdir()
    assert [unread.reason for unread in discover(tmp_path).unread] == ["is no regular file"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list everything")
def test_an_unreadable_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(mode=0)
    assert "cannot be listed" in discover(tmp_path).unread[0].reason


def test_notebooks_are_counted(tmp_path: Path) -> None:
    for name in ("a.ipynb", "b.py", "c.ipynb"):
        (tmp_path / name).write_text("{}")
    found = discover(tmp_path)
    assert (len(found.files), found.notebooks) == (1, 2)
