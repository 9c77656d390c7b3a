"""A project of a user's, in a folder of its own, and the ``tocsin`` command run in it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

COMMAND = str(Path(sys.executable).with_name("tocsin"))
_PATIENCE = 240


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.out)
        return document

    @property
    def sentence(self) -> str:
        """The one sentence that the command failed with: no more, no traceback."""
        (line,) = self.err.splitlines()
        assert line.startswith("tocsin: error: "), line
        assert "Traceback" not in self.out
        return line.removeprefix("tocsin: error: ")


@dataclass(frozen=True)
class Project:
    """A folder with an application in it."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(textwrap.dedent(text))
        return path

    def run(self, *command: str) -> Said:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.surroundings(),
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def tocsin(self, *words: str) -> Said:
        return self.run(COMMAND, *words)

    def scan(self, *words: str) -> Said:
        """Scan with one worker; the report is a document."""
        return self.tocsin("scan", *words, "--workers", "1", "--output", "json")

    def start(self, *words: str) -> subprocess.Popen[str]:
        """A command that the test will not wait for."""
        # Whoever runs the tests in the background has interrupts ignored, also in children.
        previous = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return subprocess.Popen(
                [COMMAND, *words],
                cwd=self.folder,
                env=self.surroundings(),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        finally:
            signal.signal(signal.SIGINT, previous)

    def surroundings(self) -> dict[str, str]:
        return {**os.environ, "COLUMNS": "100", **self.environment}

    def witnesses(self) -> list[Path]:
        return sorted((self.folder / ".tocsin" / "witnesses").glob("*.json"))


NewProject = Callable[[], Project]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)
