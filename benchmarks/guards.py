"""Every guard, in every framework, on every store: it holds in all schedules, its twin does not.

python -m benchmarks.guards --guard limits --framework Flask --store postgresql
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from benchmarks.common import postgresql, table, temporary
from tests.guard.conftest import Place
from tests.guard.proving import ALONE, CASES, LOGINS, RACES, SQL, Case, Explored, explore, race
from tocsin.testing import servers

Surroundings = Mapping[str, str]
STORES = tuple(dict.fromkeys(store for case in CASES for store in case.stores))


@dataclass(frozen=True, slots=True)
class Row:
    """One application on one store; ``trouble`` says why there is no answer."""

    case: Case
    store: str
    guarded: Explored | None = None
    unguarded: Explored | None = None
    seconds: float = 0.0
    trouble: str = ""
    twin: bool = True

    @property
    def right(self) -> bool:
        """Whether the guard holds over all schedules, and the twin is proven to race."""
        if self.guarded is None:
            return False
        whole = self.guarded.verdict == "holds" and "every schedule" in self.guarded.bound
        twin = self.unguarded
        return whole and (twin.verdict == "violated" if twin is not None else not self.twin)


@dataclass(slots=True)
class Stores:
    """Servers, started when they are first asked for, and an empty database of each."""

    stack: ExitStack
    _started: dict[str, Callable[[], Surroundings]] = field(default_factory=dict)

    def of(self, store: str, folder: Path) -> Surroundings:
        """What an application is told. Raises `servers.ServerMissing`."""
        if store in ALONE:
            return {}
        if store == "sqlite":
            return Place("sqlite", str(folder / "guarded.db")).surroundings()
        if store not in self._started:
            self._started[store] = _START[store](self.stack)
        return self._started[store]()


def _postgresql(stack: ExitStack) -> Callable[[], Surroundings]:
    server, numbers = stack.enter_context(postgresql()), itertools.count()

    def empty() -> Surroundings:
        url = urlsplit(server.database(f"guarded{next(numbers)}"))
        host = parse_qs(url.query)["host"][0]
        return Place("postgresql", url.path[1:], host, url.username or "").surroundings()

    return empty


def _mariadb(stack: ExitStack) -> Callable[[], Surroundings]:
    server = stack.enter_context(servers.mariadb())

    def empty() -> Surroundings:
        return Place(
            "mariadb", server.create(prefix="guarded"), server.socket, server.user
        ).surroundings()

    return empty


def _redis(stack: ExitStack) -> Callable[[], Surroundings]:
    server = stack.enter_context(servers.redis())
    return lambda: {"GUARDED_REDIS": server.url()}


_START: dict[str, Callable[[ExitStack], Callable[[], Surroundings]]] = {
    "postgresql": _postgresql,
    "mariadb": _mariadb,
    "redis": _redis,
}


def measure(cases: Sequence[Case], stores: Sequence[str]) -> Iterator[Row]:
    """The rows, one after the other."""
    with ExitStack() as stack:
        started = Stores(stack)
        for case in cases:
            for store in case.stores:
                if store in stores:
                    yield _told_of(_row(case, store, started))
        for framework in dict.fromkeys(case.framework for case in cases if case.guard == "basic"):
            for store in SQL:
                if store in stores:
                    yield from map(_told_of, _logins(framework, store, started))


def _logins(framework: str, store: str, stores: Stores) -> Iterator[Row]:
    """One row for each race of logins; the application is loaded once."""
    cases = [Case(f"basic, {each.name}", framework, LOGINS[framework]) for each in RACES]
    asked = [
        each.requests(kind)
        for each in RACES
        for kind in (("guarded", "unguarded") if each.twin else ("guarded",))
    ]
    with temporary() as folder:
        try:
            found = iter(race(LOGINS[framework], asked, folder, stores.of(store, folder)))
        except (servers.ServerMissing, AssertionError) as error:
            trouble = _last_line(error)
            yield from (Row(case, store, trouble=trouble) for case in cases)
            return
    for case, each in zip(cases, RACES, strict=True):
        guarded = next(found)
        unguarded = next(found) if each.twin else None
        seconds = guarded.seconds + (unguarded.seconds if unguarded else 0)
        yield Row(case, store, guarded, unguarded, seconds, twin=each.twin)


def _last_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["no answer"])[-1][:80]


def _row(case: Case, store: str, stores: Stores) -> Row:
    began = time.perf_counter()
    with temporary() as folder:
        try:
            told = stores.of(store, folder)
            both = [explore(case, each, folder, told) for each in ("guarded", "unguarded")]
        except (servers.ServerMissing, AssertionError) as error:
            return Row(case, store, trouble=_last_line(error))
    return Row(case, store, *both, time.perf_counter() - began)


def _told_of(row: Row) -> Row:
    """The row, which whoever waits hears of."""
    said = "right" if row.right else "WRONG"
    print(f"  {row.case.id(row.store)}: {said}", file=sys.stderr, flush=True)
    return row


def text(rows: Sequence[Row]) -> str:
    """The table, and how many rows are as they should be."""
    head = ("guard", "framework", "store", "guarded", "schedules", "without it", "seconds")
    lines = [
        (
            row.case.guard,
            row.case.framework,
            row.store,
            row.guarded.verdict if row.guarded else row.trouble,
            row.guarded.schedules if row.guarded else "",
            _twin(row.unguarded),
            f"{row.seconds:.1f}",
        )
        for row in rows
    ]
    right = sum(row.right for row in rows)
    return (
        f"{table(head, lines)}\n\n"
        f"{right} of {len(rows)} rows: the guard holds in every schedule, and the same endpoint "
        "without it, where there is one, is proven to race."
    )


def _twin(explored: Explored | None) -> str:
    if explored is None:
        return "-"
    names = {finding["anomaly"] for finding in explored.document["findings"]}
    return ", ".join(sorted(names)) or explored.verdict


def main() -> int:
    """Print the table; 1 where a row is not as it should be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.guards", description=__doc__)
    parser.add_argument("--guard", choices=sorted({case.guard for case in CASES}))
    parser.add_argument("--framework", choices=sorted({case.framework for case in CASES}))
    parser.add_argument("--store", choices=STORES, action="append")
    options = parser.parse_args()
    chosen = [
        case
        for case in CASES
        if options.guard in {None, case.guard} and options.framework in {None, case.framework}
    ]
    rows = list(measure(chosen, options.store or STORES))
    print(text(rows))
    return 0 if all(row.right for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
