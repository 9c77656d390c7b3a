"""The wheel, installed where nothing else of the project is, does what the README says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
UV = Path(sys.executable).with_name("uv")
BESIDE = ("fastapi", "sqlalchemy[asyncio]", "aiosqlite")
BANK = """
from fastapi import FastAPI, HTTPException
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

engine = create_async_engine("sqlite+aiosqlite:///bank.db")
app = FastAPI()


def reset():
    import sqlite3

    with sqlite3.connect("bank.db") as db:
        db.execute("DROP TABLE IF EXISTS accounts")
        db.execute("CREATE TABLE accounts (name TEXT PRIMARY KEY, balance INTEGER)")
        db.execute("INSERT INTO accounts VALUES ('alice', 100)")
    db.close()


@app.post("/withdraw")
async def withdraw(n: int = 80):
    async with engine.begin() as db:
        balance = await db.scalar(text("SELECT balance FROM accounts"))
        if balance < n:
            raise HTTPException(409, "not enough")
        await db.execute(text("UPDATE accounts SET balance = :left"), {"left": balance - n})
    return {"withdrawn": n}


@app.post("/safe/withdraw")
async def withdraw_safely(n: int = 80):
    async with engine.begin() as db:
        take = "UPDATE accounts SET balance = balance - :n WHERE balance >= :n"
        if (await db.execute(text(take), {"n": n})).rowcount == 0:
            raise HTTPException(409, "not enough")
    return {"withdrawn": n}
"""
CONFIGURATION = """
app = "bank:app"
setup = "bank:reset"
paths = ["bank.py"]

[[requests]]
name = "withdraw 80"
request = "POST /withdraw"
query = { n = 80 }

[[requests]]
name = "withdraw 80 safely"
request = "POST /safe/withdraw"
query = { n = 80 }
"""


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel in it, and a project beside it."""

    wheel: Path
    bin: Path
    project: Path

    def tocsin(self, *words: str) -> subprocess.CompletedProcess[str]:
        return run(self.bin / "tocsin", *words, cwd=self.project, env=bare())


def bare() -> Mapping[str, str]:
    """The environment without anything that would lead back to the checkout."""
    ours = ("PYTHON", "TOCSIN_", "VIRTUAL_ENV", "UV_")
    return {key: value for key, value in os.environ.items() if not key.startswith(ours)}


def run(
    *command: str | Path, cwd: Path, env: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=cwd, env=dict(env), capture_output=True, text=True, check=False
    )


def uv(folder: Path, *words: str | Path) -> None:
    """Run uv; with the system's certificates where its own are not enough."""
    for more in ((), ("--system-certs",)):
        done = run(UV, *words, *more, cwd=folder, env=bare())
        if done.returncode == 0:
            return
    pytest.fail(done.stderr)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("wheel")
    environment, project = folder / "venv", folder / "project"
    project.mkdir()
    (project / "bank.py").write_text(BANK)
    (project / "tocsin.toml").write_text(CONFIGURATION)
    uv(folder, "build", "--wheel", "--out-dir", folder, ROOT)
    uv(folder, "venv", "--python", sys.executable, environment)
    (wheel,) = folder.glob("tocsin-*.whl")
    target = ("--python", environment / "bin" / "python")
    uv(folder, "pip", "install", *target, f"{wheel}[postgresql]", *BESIDE)
    return Installed(wheel, environment / "bin", project)


def test_what_is_no_code_is_in_it(installed: Installed) -> None:
    with zipfile.ZipFile(installed.wheel) as archive:
        names = set(archive.namelist())
    source = ROOT / "src"
    data = {
        str(path.relative_to(source))
        for path in source.rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    }
    assert "tocsin/py.typed" in data
    assert any(name.startswith("tocsin/report/remedies/") for name in data)
    assert data - names == set()
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert not [name for name in names if not name.startswith(("tocsin/", "tocsin-"))]


def test_the_command_says_its_version(installed: Installed) -> None:
    done = installed.tocsin("--version")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("tocsin, version ")


def test_a_race_is_proven_and_replays(installed: Installed) -> None:
    done = installed.tocsin("scan", "--output", "json")
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)

    findings = [f for f in report["findings"] if f["endpoint"] == "POST /withdraw"]
    assert findings, report
    assert {f["evidence"]["level"] for f in findings} == {"proven"}
    safe = [
        pair["verdict"]
        for pair in report["pairs"]
        if {r["endpoint"] for r in pair["requests"]} == {"POST /safe/withdraw"}
    ]
    assert safe
    assert set(safe) == {"holds"}

    replay = installed.tocsin("replay", findings[0]["witness"])
    assert replay.returncode == 1, replay.stderr
    assert "reproduced 10/10 times, each time with the same outcome" in replay.stdout


def test_the_users_database_is_as_it_was(installed: Installed) -> None:
    # The setup filled the copy; where the configuration says bank.db, nobody wrote.
    assert not (installed.project / "bank.db").exists()
