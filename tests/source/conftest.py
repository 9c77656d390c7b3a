from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from tocsin.source.project import Project

Make = Callable[[dict[str, str]], Project]


@pytest.fixture
def project(tmp_path: Path) -> Make:
    def make(files: dict[str, str]) -> Project:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text))
        return Project.read(tmp_path)

    return make
