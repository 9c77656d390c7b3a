"""How fast exploring is, against the same app answering the same pair of requests serially.

python -m benchmarks.speed --case flask-sqlite --rounds 5
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import jobs
from benchmarks.common import EXAMPLES, ROOT, TARGETS, copy_of, postgresql, table, temporary, tocsin
from tocsin.explore.messages import Spec
from tocsin.explore.pool import WorkerPool, default_workers, run_directory
from tocsin.model.http import Request

ROUNDS = 5
SECONDS = 1.0
"""The length of one round of each side."""


@dataclass(frozen=True, slots=True)
class Case:
    """An app on a database, and the request that is raced with itself."""

    app: str
    database: str
    driver: str
    request: str


# Both of them succeed, one after the other too: so both sides do the same work.
WITHDRAW = "POST /accounts/withdraw?n=40"
CASES = {
    "fastapi-sqlite": Case("shop_fastapi", "sqlite", "aiosqlite", "POST /orders/1/cancel"),
    "fastapi-sqlite-def": Case("shop_fastapi", "sqlite", "sqlite3", WITHDRAW),
    "double-withdrawal": Case("shop_fastapi", "sqlite", "sqlite3", "POST /accounts/withdraw?n=80"),
    "fastapi-postgresql": Case("shop_fastapi", "postgresql", "asyncpg", "POST /orders/1/cancel"),
    "fastapi-postgresql-def": Case("shop_fastapi", "postgresql", "psycopg", WITHDRAW),
    "flask-sqlite": Case("shop_flask", "sqlite", "sqlite3", WITHDRAW),
    "flask-postgresql": Case("shop_flask", "postgresql", "psycopg2", WITHDRAW),
    "django-sqlite": Case("shop_django", "sqlite", "sqlite3", "POST /accounts/withdraw/?n=40"),
    "django-postgresql": Case(
        "shop_django", "postgresql", "psycopg", "POST /accounts/withdraw/?n=40"
    ),
    "django-locked": Case(
        "shop_django",
        "postgresql",
        "psycopg",
        "POST /locked/orders/1/cancel/",
    ),
}
RATIO, ON_POSTGRESQL, FIRST, WHOLE, HELD = 0.8, 100.0, 1.0, 60.0, 1.0


@dataclass(frozen=True, slots=True)
class Speed:
    """One case. Rates are pairs a second, medians of the rounds; ``ratio`` of each round's.

    ``exploring`` is what one worker process does, ``together`` what one for each core does.

    ``cpu`` is milliseconds of this process's CPU a pair, exploring and serially: a busy machine
    stretches the clock, and most of all where threads hand over to each other.
    """

    name: str
    verdict: str
    schedules: int
    first: float
    explored: float
    exploring: float
    together: float
    serial: float
    ratio: float
    cpu: str


def measure(name: str, url: str, rounds: int) -> Speed:
    """Both sides in turn, so that a noisy machine is noisy for both."""
    case = CASES[name]
    with temporary() as folder:
        source = copy_of(EXAMPLES / case.app, folder)
        env = {"SHOP_DATABASE_URL": url or f"sqlite:///{source / 'shop.db'}"}
        if case.driver in {"asyncpg", "psycopg", "psycopg2"}:
            env["SHOP_DRIVER"] = case.driver
        with _explorer(case, source, env) as pool:
            request = _request(case)
            began = pool.submit("benchmarks.jobs:first", request).result()
            with _serially(case, source, env, request, began.tables) as serial:
                pairs = [(_rates(pool, began, 1)[0], serial()) for _ in range(rounds)]
            together = [_rates(pool, began, default_workers()) for _ in range(rounds)]
    exploring, serially = zip(*pairs, strict=True)
    return Speed(
        name,
        began.explored.verdict.value,
        began.explored.schedules,
        began.seconds,
        began.explored.seconds,
        median(map(_rate, exploring)),
        median(sum(map(_rate, each)) for each in together),
        median(map(_rate, serially)),
        median(_rate(one) / _rate(other) for one, other in pairs),
        " / ".join(f"{1000 * median(map(_cost, side)):.1f}" for side in (exploring, serially)),
    )


def whole() -> float:
    """Seconds of wall time for all of ``shop_fastapi`` on SQLite."""
    with temporary() as folder:
        source = copy_of(EXAMPLES / "shop_fastapi", folder)
        out = folder / "report.json"
        began = time.perf_counter()
        tocsin(
            "scan",
            TARGETS["shop_fastapi"],
            "--output",
            "json",
            "--out",
            out,
            "--no-progress",
            cwd=source,
        )
        if not out.exists():
            raise SystemExit("the scan of shop_fastapi wrote no report")
        return time.perf_counter() - began


def _rates(pool: WorkerPool, began: jobs.First, workers: int) -> list[jobs.Rate]:
    futures = [pool.submit("benchmarks.jobs:rate", began.order, SECONDS) for _ in range(workers)]
    return [future.result() for future in futures]


def _rate(found: jobs.Rate) -> float:
    return found.runs / found.seconds


def _cost(found: jobs.Rate) -> float:
    return found.cpu / found.runs


def _request(case: Case) -> Request:
    """The request as alice sends it, with the template of its endpoint."""
    method, _, target = case.request.partition(" ")
    path, _, query = target.partition("?")
    pairs = tuple((pair.partition("=")[0], pair.partition("=")[2]) for pair in query.split("&"))
    words = base64.b64encode(b"alice:wonderland").decode()
    return Request(
        name="raced",
        endpoint=f"{method} {path.replace('/1/', '/{order_id}/')}",
        method=method,
        path=path,
        query=pairs if query else (),
        headers=(("authorization", f"Basic {words}"),),
        identity="alice",
    )


@contextmanager
def _explorer(case: Case, source: Path, env: dict[str, str]) -> Iterator[WorkerPool]:
    """One worker process of tocsin's, with the app under all instruments."""
    os.environ["PYTHONPATH"] = str(ROOT)
    spec = Spec(
        target=TARGETS[case.app],
        root=source,
        directory=run_directory(),
        import_paths=(source,),
        paths=("shop",),
        env=env,
        setup="shop.seed:reset",
        disposable=("shop.db",),
    )
    try:
        with WorkerPool(spec, default_workers()) as pool:
            yield pool
    finally:
        shutil.rmtree(spec.directory, ignore_errors=True)


@contextmanager
def _serially(
    case: Case, source: Path, env: dict[str, str], request: Request, tables: Sequence[str]
) -> Iterator[Any]:
    """A function that runs one round of the uninstrumented app and gives its rate."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.serial"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, **env},
        text=True,
    )
    orders, answers = process.stdin, process.stdout
    assert orders is not None
    assert answers is not None
    # As it is sent: JSON has no bytes, and the body is empty.
    sent = {key: value for key, value in asdict(request).items() if key != "body"}
    work = {
        "target": TARGETS[case.app],
        "folder": str(source),
        "url": env["SHOP_DATABASE_URL"],
        "requests": [sent] * 2,
        "tables": list(tables),
    }

    def ask(line: str) -> Any:
        orders.write(line + "\n")
        orders.flush()
        return json.loads(answers.readline())

    def one_round() -> jobs.Rate:
        return jobs.Rate(**ask(str(SECONDS)))

    try:
        statuses = ask(json.dumps(work))["ready"]
        assert statuses[0] < 300, statuses
        yield one_round
    finally:
        orders.close()
        process.wait()


def measure_all(names: Sequence[str], rounds: int) -> Iterator[Speed]:
    """Every case that is wanted."""
    with ExitStack() as stack:
        server = None
        for name in names:
            url = ""
            if CASES[name].database == "postgresql":
                server = server or stack.enter_context(postgresql())
                url = server.database(name)
            yield measure(name, url, rounds)


def text(speeds: Sequence[Speed], seconds: float | None) -> str:
    """The tables."""
    head = (
        "app",
        "database, driver",
        "schedules/s, 1 worker",
        "one a core",
        "serial pairs/s",
        "ratio",
        "CPU ms/pair",
        "verdict",
        "schedules",
        "first verdict, s",
        "of it exploring, s",
        "reached",
    )
    rows = []
    for one in speeds:
        case = CASES[one.name]
        missed = [f"ratio < {RATIO}"] * (one.ratio < RATIO)
        missed += [f"< {ON_POSTGRESQL:g}/s"] * (
            case.database == "postgresql" and one.together < ON_POSTGRESQL
        )
        missed += [f"> {FIRST:g} s"] * (one.name == "double-withdrawal" and one.first > FIRST)
        held = one.name == "django-locked"
        missed += ["not held in time"] * (
            held and (one.verdict, one.explored < HELD) != ("holds", True)
        )
        rows.append(
            (
                f"{case.app}: {case.request}",
                f"{case.database}, {case.driver}",
                f"{one.exploring:.0f}",
                f"{one.together:.0f}",
                f"{one.serial:.0f}",
                f"{one.ratio:.2f}",
                one.cpu,
                one.verdict,
                one.schedules,
                f"{one.first:.2f}",
                f"{one.explored:.2f}",
                ", ".join(missed) or "yes",
            )
        )
    lines = [table(head, rows)]
    if seconds is not None:
        reached = "yes" if seconds <= WHOLE else "no"
        lines += [
            "",
            table(
                ("whole scan", "seconds", "target", "reached"),
                [("shop_fastapi, SQLite", f"{seconds:.0f}", f"{WHOLE:g}", reached)],
            ),
        ]
    lines += [
        "",
        f"Targets: ratio {RATIO}; {ON_POSTGRESQL:g} schedules/s on PostgreSQL; first "
        f"verdict on the double withdrawal (FastAPI, SQLite) {FIRST:g} s after start-up; "
        f"Django's lock held in {HELD:g} s of exploring.",
    ]
    return "\n".join(lines)


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--case", choices=CASES, action="append")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--no-scan", action="store_true", help="leave the whole scan out")
    options = parser.parse_args()
    speeds = list(measure_all(options.case or tuple(CASES), options.rounds))
    print(text(speeds, None if options.no_scan else whole()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
