"""Every pair of every example app, judged by a scan, against the app's ``races.toml``.

python -m benchmarks.truth --app shop_flask --database sqlite --replay
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.common import EXAMPLES, TARGETS, copy_of, postgresql, table, temporary, tocsin
from tocsin.testing.servers import ServerMissing, mariadb

REPLAYS = 10
KEPT = Path(tempfile.gettempdir()) / "tocsin-truth"
"""Where reports and witnesses stay, to be looked at."""
Pair = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Where the scan and the truth differ; ``kind`` is one of `WRONG`, in words."""

    kind: str
    pair: Pair
    said: str
    truth: str
    witnesses: tuple[str, ...] = ()


@dataclass(slots=True)
class Judged:
    """One app on one database."""

    app: str
    database: str
    races: int = 0
    found: int = 0
    held: int = 0
    explored: int = 0
    schedules: int = 0
    seconds: float = 0.0
    replays: str = ""
    trouble: str = ""
    disagreements: list[Disagreement] = field(default_factory=list)

    def count(self, kind: str) -> int:
        """How many disagreements of a kind."""
        return sum(1 for one in self.disagreements if one.kind == kind)


WRONG = ("missed alarm", "false alarm", "inconclusive", "not_controlled")
NAMED = ("other anomaly", "other severity")
"""What is reported only: the race is right, a word about it differs."""


def judge(app: str, database: str, url: str | None, *, replay: bool = False) -> Judged:
    """Scan a copy of the app and compare."""
    judged = Judged(app, database)
    env = {"SHOP_DATABASE_URL": url} if url else {}
    kept = KEPT / f"{app}-{database}"
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    out, witnesses = kept / "report.json", kept / "witnesses"
    with temporary() as folder:
        source = copy_of(EXAMPLES / app, folder)
        began = time.perf_counter()
        scan = tocsin(
            "scan",
            TARGETS[app],
            "--output",
            "json",
            "--out",
            out,
            "--fail-on",
            "never",
            "--witness-dir",
            witnesses,
            "--no-progress",
            # It was made for this, and is thrown away.
            "--i-know-this-database-is-disposable",
            cwd=source,
            env=env,
        )
        judged.seconds = time.perf_counter() - began
        if not out.exists():
            judged.trouble = (scan.stderr or scan.stdout).strip().rpartition("\n")[2]
            return judged
        report = json.loads(out.read_text())
        truth = tomllib.loads((source / "races.toml").read_text())
        judged.schedules = report["schedules"]
        judged.disagreements = list(compare(report, truth, database, judged))
        if replay:
            judged.replays = replayed(sorted(witnesses.glob("*.json")), source, env)
    return judged


def compare(
    report: Mapping[str, Any], truth: Mapping[str, Any], database: str, judged: Judged
) -> Iterator[Disagreement]:
    """Every pair on which they differ; counts go into ``judged``."""
    listed = {_key(race["requests"]): race for race in truth["race"] if database in race["on"]}
    findings = {finding["fingerprint"]: finding for finding in report["findings"]}
    pairs: dict[Pair, list[dict[str, Any]]] = {}
    for entry in report["pairs"]:
        key = _key(request["endpoint"] for request in entry["requests"])
        pairs.setdefault(key, []).append(entry)
    judged.races, judged.explored = len(listed), len(pairs)
    for key, race in listed.items():
        if key not in pairs:
            yield Disagreement("missed alarm", key, "never explored", race["name"])
    for key, entries in pairs.items():
        race = listed.get(key)
        verdict = _verdict(entries)
        raised = [findings[name] for entry in entries for name in entry["findings"]]
        witnesses = tuple(sorted({finding["witness"] or "" for finding in raised}))
        if verdict == "violated" and race is None:
            said = _words(finding["anomaly"] for finding in raised)
            yield Disagreement("false alarm", key, said, _why(truth, key, database), witnesses)
        elif verdict == "violated":
            judged.found += 1
            shown = [each for entry in entries for each in entry["anomalies"]]
            yield from _words_differ(key, race or {}, shown, witnesses)
        elif verdict == "holds" and race is None:
            judged.held += 1
        elif verdict == "holds":
            count = sum(entry["schedules"] for entry in entries)
            said = f"holds after {count} schedules ({entries[0]['bound']})"
            yield Disagreement("missed alarm", key, said, (race or {})["name"])
        else:
            said = _words(entry["reason"] for entry in entries if entry["verdict"] == verdict)
            yield Disagreement(verdict, key, said, race["name"] if race else "safe")


def replayed(witnesses: Sequence[Path], source: Path, env: dict[str, str]) -> str:
    """How many witnesses came back ten times of ten with one outcome, each in a fresh process."""
    same, wrong = 0, []
    for witness in witnesses:
        answer = tocsin(
            "replay", witness, "--times", REPLAYS, "--output", "json", cwd=source, env=env
        )
        try:
            (result,) = json.loads(answer.stdout)
            good = result["reproduced"] == result["times"] == REPLAYS and result["identical"]
        except (ValueError, KeyError):
            good, result = False, {"reproduced": 0, "reason": answer.stderr.strip()}
        same += good
        if not good:
            wrong.append(f"{witness.name} {result['reproduced']}/{REPLAYS} {result['reason']}")
    return f"{same}/{len(witnesses)}" + "".join(f"; {line}" for line in wrong)


def _words_differ(
    key: Pair,
    race: Mapping[str, Any],
    shown: Sequence[Mapping[str, Any]],
    witnesses: tuple[str, ...],
) -> Iterator[Disagreement]:
    for kind, field_ in zip(NAMED, ("anomaly", "severity"), strict=True):
        said = {each[field_] for each in shown}
        if race[field_] not in said:
            yield Disagreement(kind, key, _words(said), race[field_], witnesses)


def _verdict(entries: Sequence[Mapping[str, Any]]) -> str:
    """Of several choices of requests for one pair of endpoints: the worst that was shown."""
    said = [entry["verdict"] for entry in entries]
    if "violated" in said:
        return "violated"
    return next((v for v in ("not_controlled", "inconclusive") if v in said), "holds")


def _why(truth: Mapping[str, Any], key: Pair, database: str) -> str:
    for safe in truth["safe"]:
        if _key(safe["requests"]) == key and database in safe["on"]:
            return f"safe: {safe['why']}"
    return "not listed: safe"


def _key(endpoints: Iterator[str] | Sequence[str]) -> Pair:
    return tuple(sorted(endpoints))


def _words(found: Iterator[str] | set[str]) -> str:
    return ", ".join(sorted(set(found)))


def databases(app: str) -> tuple[str, ...]:
    """Where an app keeps its things."""
    if app == "shop_memory":
        return ("memory",)
    guarded = ("mariadb",) if app.startswith("shop_guarded_") else ()
    return ("sqlite", "postgresql", *guarded)


def measure(
    apps: Sequence[str], wanted: str | None = None, *, replay: bool = True
) -> Iterator[Judged]:
    """Judge every app on every database that is wanted."""
    with ExitStack() as stack:
        servers: dict[str, Callable[[str], str | None]] = {}
        for app in apps:
            for database in databases(app):
                if wanted not in {None, database}:
                    continue
                if database not in servers:
                    try:
                        servers[database] = _SERVERS.get(database, _no_server)(stack)
                    except ServerMissing as error:
                        yield Judged(app, database, trouble=str(error))
                        continue
                yield judge(app, database, servers[database](app), replay=replay)


def _postgresql(stack: ExitStack) -> Callable[[str], str | None]:
    return stack.enter_context(postgresql()).database


def _mariadb(stack: ExitStack) -> Callable[[str], str | None]:
    server = stack.enter_context(mariadb())

    def empty(app: str) -> str:
        return (
            f"mariadb://{server.user}@localhost/{server.create(prefix=app)}"
            f"?unix_socket={server.socket}"
        )

    return empty


def _no_server(_: ExitStack) -> Callable[[str], str | None]:
    return lambda _: None


_SERVERS = {"postgresql": _postgresql, "mariadb": _mariadb}


def text(found: Sequence[Judged]) -> str:
    """The table, and below it every disagreement."""
    head = (
        "app",
        "database",
        "races found",
        "missed",
        "false",
        "inconclusive",
        "not controlled",
        "pairs held",
        "other words",
        "replay 10/10",
        "schedules",
        "seconds",
    )
    rows = [
        (
            one.app,
            one.database,
            one.trouble or f"{one.found}/{one.races}",
            *(one.count(kind) for kind in WRONG),
            one.held,
            sum(map(one.count, NAMED)),
            one.replays.partition(";")[0] or "-",
            one.schedules,
            f"{one.seconds:.0f}",
        )
        for one in found
    ]
    lines = [table(head, rows), ""]
    for one in found:
        for wrong in one.disagreements:
            lines += [
                f"- {one.app}, {one.database}, **{wrong.kind}**: {' + '.join(wrong.pair)}: "
                f"{wrong.said}; truth: {wrong.truth}",
                *(f"  - {witness}" for witness in wrong.witnesses),
            ]
        lines += [f"- {one.app}, {one.database}: replay {one.replays}"] * (";" in one.replays)
    return "\n".join(lines)


def main() -> int:
    """Print what differs; 1 if anything does but words."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--app", choices=TARGETS, action="append")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "mariadb", "memory"))
    parser.add_argument("--replay", action="store_true", help="replay every witness 10 times")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = list(measure(options.app or tuple(TARGETS), options.database, replay=options.replay))
    print(json.dumps([asdict(one) for one in found], indent=2) if options.json else text(found))
    return int(any(one.trouble or any(map(one.count, WRONG)) for one in found))


if __name__ == "__main__":
    sys.exit(main())
