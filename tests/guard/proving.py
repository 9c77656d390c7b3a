"""Guards asked by the explorer: the guarded endpoint must hold, its twin without must not.

An application of ``apps/`` answers ``POST /guarded`` and ``POST /unguarded``, and has a ``seed``.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
MEMORY = HERE.parents[1] / "src/tocsin/guard/memory"
SQL = ("sqlite", "postgresql", "mariadb")
ALONE = frozenset({"files", "memory"})
"""Where an application needs no server and no database."""


@dataclass(frozen=True)
class Case:
    """An application, and on what it is asked: databases, ``redis``, or none of them."""

    guard: str
    framework: str
    app: str
    stores: tuple[str, ...] = SQL

    def id(self, store: str) -> str:
        return f"{self.guard}-{self.framework}-{store}"


CASES = (
    Case("limits", "FastAPI", "limits_fastapi"),
    Case("limits", "Flask", "limits_flask"),
    Case("limits", "Django", "limits_django"),
    Case("limits", "Flask", "limits_redis", ("redis",)),
    Case("limits", "FastAPI", "limits_redis_fastapi", ("redis",)),
    Case("limits", "Flask", "limits_memory", ("memory",)),
    Case("take", "FastAPI", "take_fastapi"),
    Case("take", "Flask", "take_flask"),
    Case("take", "Django", "take_django"),
    Case("idempotency", "FastAPI", "idempotency_fastapi"),
    Case("idempotency", "Flask", "idempotency_flask"),
    Case("idempotency", "Django", "idempotency_django"),
    Case("idempotency", "Flask", "idempotency_redis", ("redis",)),
    Case("transition", "FastAPI", "transition_fastapi"),
    Case("transition", "Flask", "transition_flask"),
    Case("transition", "Django", "transition_django"),
    Case("authorize", "FastAPI", "authorize_fastapi"),
    Case("authorize", "Flask", "authorize_flask"),
    Case("authorize", "Django", "authorize_django"),
    Case("versions", "FastAPI", "versions_fastapi"),
    Case("versions", "Flask", "versions_flask"),
    Case("versions", "Django", "versions_django"),
    Case("state", "FastAPI", "state_fastapi"),
    Case("state", "Flask", "state_flask"),
    Case("state", "Django", "state_django"),
    Case("basic", "FastAPI", "basic_fastapi"),
    Case("basic", "Flask", "basic_flask"),
    Case("basic", "Django", "basic_django"),
    Case("files", "FastAPI", "files_fastapi", ("files",)),
    Case("files", "Flask", "files_flask", ("files",)),
    Case("files", "Django", "files_django", ("files",)),
)


@dataclass(frozen=True)
class Explored:
    """What was said of one pair of requests."""

    verdict: str
    schedules: int
    bound: str
    document: dict[str, Any]
    seconds: float = 0.0


def explore(case: Case, endpoint: str, folder: Path, surroundings: Mapping[str, str]) -> Explored:
    """Scan a copy of the application in the folder, exhaustively."""
    shutil.copy(HERE / "apps" / f"{case.app}.py", folder)
    for module in MEMORY.glob("[a-z]*.py"):
        shutil.copy(module, folder / f"memory_{module.name}")
    (folder / "tocsin.toml").write_text(_CONFIGURED.format(app=case.app, endpoint=endpoint))
    words = ("--only", endpoint, "--exhaustive", "--workers", "1", "--output", "json")
    said = subprocess.run(
        [sys.executable, "-m", "tocsin", "scan", f"{case.app}:app", *words, _DISPOSABLE],
        cwd=folder,
        env={**os.environ, **surroundings},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert said.returncode in {0, 1}, said.stdout + said.stderr
    document = json.loads(said.stdout)
    pairs = [pair for pair in document["pairs"] if len(pair["requests"]) == 2]
    assert len(pairs) == 1, json.dumps(document["operations"], indent=1) + said.stderr
    (pair,) = pairs
    return Explored(pair["verdict"], pair["schedules"], pair["bound"], document)


ALICE, WRONG, BOB = "YWxpY2U6c2VjcmV0", "YWxpY2U6d3Jvbmc=", "Ym9iOmJvYg=="
"""Credentials that the applications of logins know, or do not."""


@dataclass(frozen=True)
class Race:
    """A request of ``logins_*`` and what it races with: itself, where that is not said.

    ``twin`` says whether the same without a gate has to be proven racy.
    """

    name: str
    path: str
    credentials: str
    against: str = ""
    twin: bool = True

    def requests(self, kind: str) -> tuple[tuple[str, str], tuple[str, str]]:
        """Addresses with credentials, ``guarded`` or not."""
        first = (f"/{kind}/{self.path}", self.credentials)
        return first, (self.against, "") if self.against else first


RACES = (
    Race("role taken away", "promote", ALICE, "/demote"),
    Race("password changed", "promote", ALICE, "/change"),
    Race("own row", "rename", BOB),
    Race("hash renewed", "login", ALICE, "/change"),
    Race("hash renewed twice", "login", ALICE, twin=False),
    Race("attempts", "attempt", WRONG),
)
LOGINS = {"FastAPI": "logins_fastapi", "Flask": "logins_flask", "Django": "logins_django"}


def race(
    app: str, asked: Sequence[Any], folder: Path, surroundings: Mapping[str, str]
) -> list[Explored]:
    """What is said of pairs of requests, exhaustively; the application is loaded once."""
    said = subprocess.run(
        [sys.executable, "-m", "tests.guard.racing", app, str(folder), json.dumps(asked)],
        cwd=HERE.parents[1],
        env={**os.environ, **surroundings},
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert said.returncode == 0, said.stdout + said.stderr
    return [Explored(**each) for each in json.loads(said.stdout)]


_CONFIGURED = """
setup = "{app}:seed"
request-timeout = 60.0

[[requests]]
name = "{endpoint}"
request = "POST /{endpoint}"
headers = {{ Idempotency-Key = '"8e03978e"', Authorization = "Basic Ym9iOmJvYg==" }}
"""
_DISPOSABLE = "--i-know-this-database-is-disposable"
