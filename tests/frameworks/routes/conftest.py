from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from tocsin.frameworks.routes.base import Entry
from tocsin.source.project import Project
from tocsin.static.selection import Selection

Routes = Callable[..., list[Entry]]


@pytest.fixture
def routes(tmp_path: Path) -> Routes:
    """The entries of a project given as ``name="source"``, or of the text of one module."""

    def read(text: str = "", **modules: str) -> list[Entry]:
        for name, source in ({"app": text} if text else modules).items():
            path = tmp_path / f"{name.replace('__', '/')}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(source))
        return [each.entry for each in Selection(Project.read(tmp_path)).routed()]

    return read


def told(entries: list[Entry]) -> set[tuple[str, str]]:
    """Endpoint and function of each."""
    return {(each.endpoint, each.function.qualname) for each in entries}
