"""An app as it is, answering pairs of requests one after the other: what exploring is compared to.

``python -m benchmarks.serial`` reads one JSON object (`Work`'s fields) from standard input, then a
number of seconds a line; for each it prints how many pairs it answered, and in what time. No
instrument of tocsin's is loaded; the state is put back before each pair by tocsin's own class.
"""

from __future__ import annotations

import asyncio
import atexit
import importlib
import json
import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tocsin.model.access import Item
from tocsin.model.http import Request


@dataclass(frozen=True, slots=True)
class Work:
    """Which app, in which folder, on which database; the two requests; the tables they write."""

    target: str
    folder: str
    url: str
    requests: list[dict[str, Any]]
    tables: list[str]


def main() -> None:
    """Serve rounds until standard input ends."""
    work = Work(**json.loads(sys.stdin.readline()))
    sys.path.insert(0, work.folder)
    state, url = _state(work)
    os.environ["SHOP_DATABASE_URL"] = url
    module, _, name = work.target.partition(":")
    app = getattr(importlib.import_module(module), name)
    importlib.import_module("shop.seed").reset()
    state.snapshot()
    requests = [_request(fields) for fields in work.requests]
    touched = [Item(state.store, table) for table in work.tables]
    with _sender(app) as send:
        _serve(lambda: state.restore(touched), lambda: [send(request) for request in requests])
    state.close()


def _serve(restore: Callable[[], None], pair: Callable[[], list[int]]) -> None:
    restore()
    print(json.dumps({"ready": pair()}), flush=True)
    for line in sys.stdin:
        limit, pairs = float(line), 0
        began, cpu = time.perf_counter(), time.process_time()
        while time.perf_counter() - began < limit:
            restore()
            pair()
            pairs += 1
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        print(json.dumps({"runs": pairs, "seconds": seconds, "cpu": cpu}), flush=True)


def _state(work: Work) -> tuple[Any, str]:
    """A copy of the database as exploring makes it, and the URL of that copy."""
    parts = urlsplit(work.url)
    if parts.scheme == "sqlite":
        from tocsin.explore.pool import run_directory
        from tocsin.explore.state.sqlite import SQLiteState

        folder = run_directory()
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        sqlite = SQLiteState.copied(Path(parts.path[1:]), folder, sqlite3.connect)
        return sqlite, f"sqlite:///{sqlite.path}"
    from tocsin.explore.state.postgresql import PostgreSQLState

    host = parse_qs(parts.query)["host"][0]
    server = {"host": host, "user": parts.username or "postgres"}
    copy = PostgreSQLState(server, parts.path[1:], lambda record: None)
    return copy, work.url.replace(f"/{parts.path[1:]}?", f"/{copy.database}?")


@contextmanager
def _sender(app: Any) -> Iterator[Callable[[Request], int]]:
    """A function that sends one request in process and gives the status back."""
    if not asyncio.iscoroutinefunction(type(app).__call__):
        from tocsin.explore.drivers.wsgi import exchange as wsgi

        yield lambda request: wsgi(app, request, lambda: None).status
        return
    from tocsin.explore.drivers.asgi import exchange as asgi

    with asyncio.Runner() as runner:
        yield lambda request: runner.run(asgi(app, request, {}, lambda: None)).status


def _request(fields: dict[str, Any]) -> Request:
    pairs = {key: tuple(map(tuple, fields[key])) for key in ("query", "headers")}
    return Request(**{**fields, **pairs})


if __name__ == "__main__":
    main()
