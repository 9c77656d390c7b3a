"""tocsin and frontrun on the same withdrawal, racy and fixed, in nine ways to write it.

    python -m benchmarks.rivals --case flask_sqlite3 --frontrun-python /path/to/venv/bin/python

frontrun is installed into an environment of its own, unless one is given.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.common import HERE, postgresql, run, table, temporary, tocsin

FRONTRUN = "frontrun[sql,sql-async]==0.7.0"
NEEDS = (
    "fastapi",
    "flask",
    "django",
    "httpx",
    "sqlalchemy",
    "aiosqlite",
    "psycopg2-binary",
    "psycopg[binary]",
)
CAP = 30.0
REPLAYS = 10
CASES = {
    "fastapi_def": "FastAPI def, SQLAlchemy, SQLite",
    "fastapi_aiosqlite": "FastAPI async, aiosqlite",
    "flask_sqlite3": "Flask, sqlite3",
    "dict_await": "dict with an await",
    "flask_psycopg2": "PostgreSQL, psycopg2",
    "sqlalchemy_psycopg2": "PostgreSQL, SQLAlchemy on psycopg2",
    "flask_psycopg": "PostgreSQL, psycopg 3",
    "sqlalchemy_psycopg": "PostgreSQL, SQLAlchemy on psycopg 3",
    "django_atomic": "Django atomic(), select_for_update, PostgreSQL",
}
ON_POSTGRESQL = tuple(CASES)[4:]
CONFIG = """\
setup = "{case}:reset"
disposable = ["bank.db"]

[[requests]]
name = "withdraw 80"
request = "POST /racy/withdraw"
query = {{ n = 80 }}

[[requests]]
name = "withdraw 80 safely"
request = "POST /fixed/withdraw"
query = {{ n = 80 }}
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a tool said of one variant. ``seconds`` are of exploring, ``wall`` of the command."""

    said: str
    schedules: int = 0
    seconds: float = 0.0
    wall: float = 0.0
    replays: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One tool on one case."""

    case: str
    tool: str
    racy: Verdict
    fixed: Verdict

    @property
    def right(self) -> str:
        """What is wrong with it, if anything is."""
        wrong = []
        if self.racy.said != "found":
            wrong.append("false pass" if self.racy.said == "holds" else "race not found")
        elif not self.racy.replays.startswith(f"{REPLAYS}/{REPLAYS}"):
            wrong.append("replays differ")
        if self.fixed.said != "holds":
            wrong.append("false alarm" if self.fixed.said == "found" else "fix not verified")
        return ", ".join(wrong) or "yes"


def with_tocsin(case: str, variant: str, folder: Path, env: dict[str, str]) -> Verdict:
    """Scan one endpoint, and replay its witness in a fresh process."""
    (folder / "tocsin.toml").write_text(CONFIG.format(case=case))
    target = f"{case}:{'application' if case == 'django_atomic' else 'app'}"
    out, witnesses = folder / "report.json", folder / ".tocsin"
    shutil.rmtree(witnesses, ignore_errors=True)
    out.unlink(missing_ok=True)
    began = time.perf_counter()
    scan = tocsin(
        "scan",
        target,
        "--only",
        f"POST /{variant}/withdraw",
        "--output",
        "json",
        "--out",
        out,
        "--fail-on",
        "never",
        "--no-progress",
        "--workers",
        1,
        "--witness-dir",
        witnesses,
        cwd=folder,
        env=env,
    )
    wall = time.perf_counter() - began
    pairs = json.loads(out.read_text())["pairs"] if out.exists() else []
    if not pairs:
        return Verdict("failed", wall=wall, why=_last(scan.stderr))
    pair = max(pairs, key=lambda entry: entry["verdict"] == "violated")
    said = {"violated": "found"}.get(pair["verdict"], pair["verdict"].replace("_", " "))
    replays = _replays(sorted(witnesses.glob("*.json")), folder, env)
    return Verdict(said, pair["schedules"], pair["seconds"], wall, replays, pair["reason"])


def _replays(witnesses: Sequence[Path], folder: Path, env: dict[str, str]) -> str:
    if not witnesses:
        return ""
    again = tocsin(
        "replay", witnesses[0], "--times", REPLAYS, "--output", "json", cwd=folder, env=env
    )
    try:
        (result,) = json.loads(again.stdout)
    except ValueError:
        return f"0/{REPLAYS}"
    same = ", identical" if result["identical"] else ", differing"
    return f"{result['reproduced']}/{result['times']}{same}"


def with_frontrun(
    case: str, variant: str, folder: Path, env: dict[str, str], python: Path
) -> Verdict:
    """Run the case as frontrun's own documentation says: under its command."""
    command = (python.with_name("frontrun"), python, HERE / "frontrun_case.py", case, variant, CAP)
    began = time.perf_counter()
    try:
        done = run(command, cwd=folder, env=env, timeout=CAP + 5)
    except subprocess.TimeoutExpired:
        return Verdict("no verdict", wall=CAP + 5, why=f"stopped after {CAP + 5:g} s")
    wall = time.perf_counter() - began
    try:
        answer: dict[str, Any] = json.loads(done.stdout.strip().rpartition("\n")[2])
    except ValueError:
        return Verdict("failed", wall=wall, why=_last(done.stderr))
    if "error" in answer:
        return Verdict("failed", wall=wall, why=answer["error"].partition("\n")[0])
    said = {True: "holds", False: "found", None: "inconclusive"}[answer["holds"]]
    good, of = answer["replays"]
    replays = f"{good}/{of}" if of else ""
    why = answer["reason"].partition("\n")[0]
    return Verdict(said, answer["schedules"], answer["seconds"], wall, replays, why)


def frontrun_python(folder: Path) -> Path | str:
    """An environment with frontrun and what the apps need, or why there is none."""
    uv = shutil.which("uv") or Path(sys.executable).with_name("uv")
    python = folder / "frontrun" / "bin" / "python"
    for command in (
        (uv, "venv", "--quiet", "--python", sys.executable, folder / "frontrun"),
        (uv, "pip", "install", "--quiet", "--python", python, FRONTRUN, *NEEDS),
    ):
        try:
            done = run(command, cwd=folder, timeout=300)
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"could not be installed: {error}"
        if done.returncode:
            return f"could not be installed: {_last(done.stderr)}"
    return python


def measure(
    cases: Sequence[str], python: Path | None = None, *, alone: bool = False
) -> Iterator[Row]:
    """Both tools on every case; ``alone`` leaves frontrun out."""
    with ExitStack() as stack:
        folder = stack.enter_context(temporary())
        rival: Path | str = python or ("was left out" if alone else frontrun_python(folder))
        server = None
        for case in cases:
            env = {"PYTHONPATH": "."}
            if case in ON_POSTGRESQL:
                server = server or stack.enter_context(postgresql())
                env["DATABASE_URL"] = server.database(case)
            place = folder / case
            place.mkdir()
            shutil.copy(HERE / "apps" / f"{case}.py", place)
            yield Row(
                case,
                "tocsin",
                *(with_tocsin(case, variant, place, env) for variant in ("racy", "fixed")),
            )
            if isinstance(rival, str):
                yield Row(case, "frontrun", *[Verdict("not run", why=rival)] * 2)
            else:
                yield Row(
                    case,
                    "frontrun",
                    *(
                        with_frontrun(case, variant, place, env, rival)
                        for variant in ("racy", "fixed")
                    ),
                )


def text(rows: Sequence[Row]) -> str:
    """The table, and below it what the tools said of verdicts that they could not give."""
    head = (
        "case",
        "tool",
        "racy",
        "schedules",
        "seconds",
        "replays",
        "fixed",
        "schedules",
        "seconds",
        "right",
    )
    lines = [
        (
            CASES[row.case],
            row.tool,
            row.racy.said,
            row.racy.schedules,
            f"{row.racy.seconds:.2f}",
            row.racy.replays or "-",
            row.fixed.said,
            row.fixed.schedules,
            f"{row.fixed.seconds:.2f}",
            row.right,
        )
        for row in rows
    ]
    whys = [
        f"- {row.tool}, {CASES[row.case]}, {variant}: {verdict.said}: {verdict.why}"
        for row in rows
        for variant, verdict in (("racy", row.racy), ("fixed", row.fixed))
        if verdict.why
    ]
    return "\n".join((table(head, lines), "", *whys))


def _last(words: str) -> str:
    return words.strip().rpartition("\n")[2]


def main() -> int:
    """Print the table; 1 if a row of tocsin's is not right."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--case", choices=CASES, action="append")
    parser.add_argument("--frontrun-python", type=Path, help="an environment that has frontrun")
    parser.add_argument("--alone", action="store_true", help="tocsin only")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = list(measure(options.case or tuple(CASES), options.frontrun_python, alone=options.alone))
    print(json.dumps([asdict(row) for row in rows], indent=2) if options.json else text(rows))
    return int(any(row.tool == "tocsin" and row.right != "yes" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
