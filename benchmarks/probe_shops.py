"""The example shops under real servers, probed from outside: what was observed, missed, invented.

python -m benchmarks.probe_shops --case fastapi-uvicorn --scans 3
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import trustme

from benchmarks.common import EXAMPLES, Server, copy_of, postgresql, run, table, temporary, tocsin
from benchmarks.probe_servers import await_port, stopped
from tocsin.model.anomaly import Name

SCANS = 1
Pair = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One app under one server. ``{port}``, ``{key}``, ``{certificate}`` are filled in."""

    app: str
    database: str
    command: str
    tls: bool = False


_FASTAPI = "uvicorn shop.main:app --host 127.0.0.1 --port {port} --log-level critical"
_THREADS = "-b 127.0.0.1:{port} --worker-class gthread --threads 16 --log-level critical"
CASES: Mapping[str, Case] = {
    "fastapi-uvicorn": Case("shop_fastapi", "sqlite", _FASTAPI),
    "fastapi-uvicorn-workers": Case("shop_fastapi", "postgresql", f"{_FASTAPI} --workers 2"),
    "fastapi-hypercorn-h2": Case(
        "shop_fastapi",
        "postgresql",
        "hypercorn shop.main:app -b 127.0.0.1:{port} --certfile {certificate} --keyfile {key}"
        " --log-level critical",
        tls=True,
    ),
    "fastapi-granian-h2": Case(
        "shop_fastapi",
        "postgresql",
        "granian shop.main:app --interface asgi --host 127.0.0.1 --port {port} --no-log"
        " --ssl-certificate {certificate} --ssl-keyfile {key}",
        tls=True,
    ),
    "flask-gunicorn": Case("shop_flask", "sqlite", f"gunicorn shop.main:app {_THREADS}"),
    "flask-gunicorn-workers": Case(
        "shop_flask", "postgresql", f"gunicorn shop.main:app --workers 2 {_THREADS}"
    ),
    "django-gunicorn": Case("shop_django", "sqlite", f"gunicorn shop.wsgi:application {_THREADS}"),
    "django-gunicorn-workers": Case(
        "shop_django", "postgresql", f"gunicorn shop.wsgi:application --workers 2 {_THREADS}"
    ),
}

_DOCUMENT = """
import importlib, json, sys
from tocsin.frameworks.registry import FRAMEWORKS
module, _, name = sys.argv[1].partition(":")
application = getattr(importlib.import_module(module), name)
paths = {}
framework = next(one for one in FRAMEWORKS if one.recognises(application))
for one in framework.operations(application).operations:
    given = [{"name": p.name, "in": p.place, "required": p.required, "schema": p.schema}
             for p in one.parameters]
    paths.setdefault(one.path, {})[one.method.lower()] = {"parameters": given}
print(json.dumps({"openapi": "3.1.0", "info": {"title": "shop"}, "paths": paths}, default=dict))
"""
"""Flask and Django serve no description of themselves: their routes are one."""


@dataclass(slots=True)
class Scanned:
    """What scans of one case came to. ``visible`` are the races that requests can show.

    ``racing`` are all: what need not be observed may be, and is not invented then.
    """

    racing: frozenset[Pair] = frozenset()
    visible: dict[Pair, str] = field(default_factory=dict)
    observed: list[set[Pair]] = field(default_factory=list)
    invented: list[set[str]] = field(default_factory=list)
    flaws: set[str] = field(default_factory=set)
    requests: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    trouble: str = ""


def races(truth: Mapping[str, Any], database: str) -> dict[Pair, str]:
    """Pairs that change something, or of which one may no longer see what it reads.

    Otherwise who only reads leaves nothing that could be compared. Which others leave nothing says
    the truth.
    """
    return {
        _key(race["requests"]): race["name"]
        for race in truth["race"]
        if database in race["on"]
        and "unobserved" not in race
        and (race["anomaly"] == Name.STALE_AUTHORIZATION or not _reads(race["requests"]))
    }


def racing(truth: Mapping[str, Any], database: str) -> frozenset[Pair]:
    """All pairs that race, whether requests can show it or not."""
    return frozenset(_key(one["requests"]) for one in truth["race"] if database in one["on"])


def scanned(name: str, scans: int, server: Server | None) -> Scanned:
    """So many whole scans of a case."""
    case, found = CASES[name], Scanned()
    with temporary() as folder:
        source = copy_of(EXAMPLES / case.app, folder)
        truth = tomllib.loads((source / "races.toml").read_text())
        found.visible = races(truth, case.database)
        found.racing = racing(truth, case.database)
        env = {
            "PYTHONPATH": os.pathsep.join([str(source), os.environ.get("PYTHONPATH", "")]),
            # Libraries are compiled once, as they are wherever something is installed.
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
        }
        if case.database == "postgresql":
            assert server is not None
            env["SHOP_DATABASE_URL"] = server.database(name.replace("-", "_"))
        made = run([sys.executable, "-c", "import shop.seed as s; s.reset()"], cwd=source, env=env)
        if made.returncode:
            found.trouble = made.stderr.strip().rpartition("\n")[2]
            return found
        words = _spec(case, source, env)
        try:
            with _serving(case, source, env, folder) as (url, trust):
                for _ in range(scans):
                    _scan([url, *words], source, {**env, **trust}, found)
                    if found.trouble:
                        break
        except SystemExit as error:
            found.trouble = str(error)
    return found


def _scan(words: Sequence[str], source: Path, env: Mapping[str, str], found: Scanned) -> None:
    out, har = source / "report.json", source / "sent.har"
    out.unlink(missing_ok=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = tocsin(
        *("scan", *words, "--output", "json", "--out", out, "--har", har),
        *("--fail-on", "never", "--no-progress"),
        cwd=source,
        env=dict(env),
    )
    found.seconds.append(time.perf_counter() - began)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found.processor.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    if not out.exists():
        found.trouble = (done.stderr or done.stdout).strip().rpartition("\n")[2]
        return
    report = json.loads(out.read_text())
    violated = {
        _key(one["endpoint"] for one in pair["requests"])
        for pair in report["pairs"]
        if pair["verdict"] == "violated"
    }
    found.observed.append(violated & found.visible.keys())
    found.invented.append({" | ".join(pair) for pair in violated - found.racing})
    found.flaws |= {one["title"] for one in report["findings"] if not one["anomaly"]}
    found.requests.append(len(json.loads(har.read_text())["log"]["entries"]))


def _spec(case: Case, source: Path, env: Mapping[str, str]) -> list[str]:
    if case.app == "shop_fastapi":
        return ["--fastapi"]
    target = case.command.split()[1]
    made = run([sys.executable, "-c", _DOCUMENT, target], cwd=source, env=dict(env))
    (source / "openapi.json").write_text(made.stdout)
    return [f"--{case.app.partition('_')[2]}", "--spec", "openapi.json"]


@contextmanager
def _serving(
    case: Case, source: Path, env: Mapping[str, str], folder: Path
) -> Iterator[tuple[str, dict[str, str]]]:
    """The address, and what makes its certificate one of a known authority."""
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1", "localhost")
    key, certificate, known = folder / "key.pem", folder / "cert.pem", folder / "authority.pem"
    issued.private_key_pem.write_to_path(key)
    issued.cert_chain_pems[0].write_to_path(certificate)
    authority.cert_pem.write_to_path(known)
    words = case.command.format(port=port, key=key, certificate=certificate).split()
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=source,
            env={**os.environ, **env},
            stdout=log,
            stderr=log,
        )
        with stopped(process):
            await_port(port, process, tls=case.tls)
            scheme = "https" if case.tls else "http"
            yield f"{scheme}://127.0.0.1:{port}", {"SSL_CERT_FILE": str(known)} if case.tls else {}


def text(found: Mapping[str, Scanned]) -> str:
    """A table, and what was missed and invented."""
    rows, details = [], []
    for name, one in found.items():
        if one.trouble or not one.observed:
            rows.append((name, one.trouble or "no scan", *[""] * 6))
            continue
        ever = set().union(*one.observed)
        always = set.intersection(*one.observed)
        rows.append(
            (
                name,
                str(len(one.observed)),
                f"{len(always)} to {len(ever)} of {len(one.visible)}",
                str(sum(map(len, one.invented))),
                f"{median(one.requests):.0f}",
                f"{median(one.seconds):.0f}",
                f"{max(one.seconds):.0f}",
                f"{median(one.processor):.0f}",
            )
        )
        details += [
            f"- {name}: missed in {sum(key not in seen for seen in one.observed)}: {title}"
            for key, title in one.visible.items()
            if key not in always
        ]
        details += [f"- {name}: without a race: {each}" for each in sorted(one.flaws)]
        details += [f"- {name}: INVENTED {each}" for each in sorted(set().union(*one.invented))]
    head = (
        "case",
        "scans",
        "observed (always to ever)",
        "invented",
        "requests",
        "s",
        "s, longest",
        "s of processor",
    )
    return table(head, rows) + "\n\n" + "\n".join(details)


def measure(names: Sequence[str], scans: int = SCANS) -> dict[str, Scanned]:
    """The cases in turn."""
    found: dict[str, Scanned] = {}
    with ExitStack() as stack:
        needs = any(CASES[name].database == "postgresql" for name in names)
        server = stack.enter_context(postgresql()) if needs else None
        for name in names:
            found[name] = scanned(name, scans, server)
            print(text({name: found[name]}), file=sys.stderr, flush=True)
    return found


def _reads(endpoints: Sequence[str]) -> bool:
    return any(one.startswith("GET ") for one in endpoints)


def _key(endpoints: Sequence[str] | Iterator[str]) -> Pair:
    return tuple(sorted(endpoints))


def main() -> int:
    """Scan what was asked for and print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.probe_shops", description=__doc__)
    parser.add_argument("--case", action="append", choices=list(CASES))
    parser.add_argument("--scans", type=int, default=SCANS)
    options = parser.parse_args()
    print(text(measure(options.case or list(CASES), options.scans)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
