from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from tocsin.static.engine import Analysis, analyse

Analyse = Callable[..., Analysis]


@pytest.fixture
def analysed(tmp_path: Path) -> Analyse:
    """Analyse a project given as ``name="source"``, or the text of one module."""

    def run(text: str = "", **modules: str) -> Analysis:
        files = {"app": text, **modules} if text else modules
        for name, source in files.items():
            path = tmp_path / f"{name.replace('__', '/')}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(source))
        return analyse(tmp_path)

    return run
