"""A folder with everything in it that names must not lead to."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guard.files.world import openers
from tocsin.guard.files import Root
from tocsin.guard.files.draft import Opener


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """``exports`` is served. Beside it stand what is not, and links that lead there."""
    served = tmp_path / "exports"
    (served / "sub").mkdir(parents=True)
    (served / "a.txt").write_text("a")
    (served / "sub/b.txt").write_text("b")
    (tmp_path / "exports-evil").mkdir()
    (tmp_path / "exports-evil/secret").write_text("secret")
    (served / "link").symlink_to("a.txt")
    (served / "out").symlink_to("../exports-evil")
    (served / "secret").symlink_to(tmp_path / "exports-evil/secret")
    (served / "nowhere").symlink_to("gone")
    os.mkfifo(served / "fifo")
    with socket.socket(socket.AF_UNIX) as listening:
        here = os.open(served, os.O_RDONLY)
        listening.bind(f"/proc/self/fd/{here}/socket")
        os.close(here)
    return tmp_path


@pytest.fixture(params=[pytest.param(opener, id=name) for name, opener in openers().items()])
def root(world: Path, request: pytest.FixtureRequest) -> Iterator[Root]:
    opener: Opener = request.param
    with Root(world / "exports", opener=opener) as root:
        yield root
