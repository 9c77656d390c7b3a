"""What guards cost, against the same endpoints written by hand with the same locks.

By hand is what who knows about races writes: the same statements in the same transaction with the
same locks, the same answers to what is refused, statements made once where that can be, and what
comes from a client fitted to where it is kept (a hash as the key of a row, the name of a file
looked through). Not by hand is what only the guard does: any kind of limit, any name and key,
checks of how it is called, errors that say what happened.

python -m benchmarks.guard_cost --framework flask --pairs 41
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import math
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from benchmarks.common import ROOT, table

PAIRS = 41
REQUESTS = 20
"""Of each kind, in one pair of blocks."""
STARTS = 15
FRAMEWORKS: Mapping[str, tuple[str, ...]] = {
    "flask": ("transition", "authorize", "edit", "consume", "once", "download", "upload"),
    "django": ("transition", "authorize", "consume"),
    "fastapi": ("transition", "authorize"),
}

Send = Callable[[str, str, Mapping[str, str], bytes], int]


@dataclass(frozen=True, slots=True)
class Figure:
    """One endpoint: CPU microseconds a request, and the ratio of each pair of blocks."""

    framework: str
    guard: str
    plain: float
    guarded: float
    ratios: tuple[float, ...]

    @property
    def ratio(self) -> float:
        return median(self.ratios)

    @property
    def interval(self) -> tuple[float, float]:
        """Of the median, 95 %: between order statistics, whatever the distribution."""
        ordered = sorted(self.ratios)
        reach = math.ceil(0.98 * math.sqrt(len(ordered)))
        middle = len(ordered) // 2
        return ordered[max(0, middle - reach)], ordered[min(len(ordered) - 1, middle + reach)]


@dataclass(slots=True)
class Client:
    """Requests that succeed every time they are sent: each is the next of its kind."""

    send: Send
    _counts: dict[str, int] = field(default_factory=dict)
    _version: int = 1

    def request(self, kind: str, guard: str) -> None:
        """Send one. Raises ``AssertionError`` if it is refused."""
        n = self._counts[guard] = self._counts.get(guard, 0) + 1
        path, method, headers, body = f"/{kind}/{guard}", "POST", {}, b""
        if guard == "transition":
            # From the state that the one before has left.
            path += "/closed" if n % 2 else "/open"
        elif guard == "edit":
            headers = {"X-Version": str(n)}
        elif guard == "once":
            headers, body = {"Idempotency-Key": f'"{n:032}"'}, b"{}"
        elif guard == "consume":
            path += "/TEN"
        elif guard == "download":
            method, path = "GET", f"{path}/a.bin"
        elif guard == "upload":
            method, path, body = "PUT", f"{path}/b.bin", b"x" * 4096
        status = self.send(method, path, headers, body)
        assert status < 300, (path, status)


def measure(framework: str, pairs: int) -> Iterator[Figure]:
    """In this process: the app is loaded once, and answers both kinds by turns."""
    app = importlib.import_module(f"benchmarks.apps.guard_cost_{framework}")
    client = Client(_asgi(app) if framework == "fastapi" else _wsgi(app.app))
    for guard in FRAMEWORKS[framework]:
        for kind in ("plain", "guarded") * 20:
            client.request(kind, guard)
        ratios, costs = [], {"plain": [], "guarded": []}
        for _ in range(pairs):
            block = _block(client, guard)
            ratios.append(block["guarded"] / block["plain"])
            for kind, cost in block.items():
                costs[kind].append(cost)
        each = {kind: median(seen) * 1e6 for kind, seen in costs.items()}
        yield Figure(framework, guard, each["plain"], each["guarded"], tuple(ratios))


def _block(client: Client, guard: str) -> dict[str, float]:
    """The median CPU seconds of a request of each kind, sent by turns."""
    seen: dict[str, list[float]] = {"plain": [], "guarded": []}
    for n in range(2 * REQUESTS):
        # Who is first of two is second of the next two.
        kind = ("plain", "guarded", "guarded", "plain")[n % 4]
        begun = time.process_time()
        client.request(kind, guard)
        seen[kind].append(time.process_time() - begun)
    return {kind: median(costs) for kind, costs in seen.items()}


def _wsgi(app: Any) -> Send:
    from werkzeug.test import create_environ

    def send(method: str, path: str, headers: Mapping[str, str], body: bytes) -> int:
        status: list[str] = []
        environ = create_environ(path, method=method, headers=dict(headers), data=body)
        answer = app(environ, lambda line, *_: status.append(line))
        for _ in answer:
            pass
        if hasattr(answer, "close"):
            answer.close()
        return int(status[0][:3])

    return send


def _asgi(module: Any) -> Send:
    loop = asyncio.new_event_loop()
    loop.run_until_complete(module.seed())

    def send(method: str, path: str, headers: Mapping[str, str], body: bytes) -> int:
        seen: list[int] = []
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
            "server": ("testserver", 80),
            "client": ("127.0.0.1", 4711),
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def told(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                seen.append(message["status"])

        loop.run_until_complete(module.app(scope, receive, told))
        return seen[0]

    return send


def measure_all(frameworks: Sequence[str], pairs: int = PAIRS) -> Iterator[Figure]:
    """Each framework in a process of its own."""
    for framework in frameworks:
        command = [sys.executable, "-m", "benchmarks.guard_cost", "--here", framework]
        done = subprocess.run(
            [*command, "--pairs", str(pairs)], cwd=ROOT, capture_output=True, text=True, check=True
        )
        for line in done.stdout.splitlines():
            told = json.loads(line)
            yield Figure(**{**told, "ratios": tuple(told["ratios"])})


IMPORTS: Mapping[str, tuple[str, str]] = {
    "`tocsin.guard`": ("", "tocsin.guard"),
    "with its refusals and how they look on the wire": ("", "tocsin.guard.problem"),
    "the same where `dataclasses`, `json` and `typing` are loaded": (
        "dataclasses, json, typing",
        "tocsin.guard.problem",
    ),
}
"""What is imported, and what was before."""


@dataclass(frozen=True, slots=True)
class Import:
    """CPU milliseconds of an import, the median, and what it loads of other projects."""

    what: str
    milliseconds: float
    foreign: tuple[str, ...]


def import_times() -> Iterator[Import]:
    """Each in fresh processes."""
    for what, (before, module) in IMPORTS.items():
        program = (
            f"import {before or 'sys'}; import sys, time; loaded = set(sys.modules);"
            f"begun = time.process_time(); import {module};"
            "print(time.process_time() - begun,"
            "*sorted({name.split('.')[0] for name in set(sys.modules) - loaded}))"
        )
        figures: list[float] = []
        names: set[str] = set()
        for _ in range(STARTS):
            done = subprocess.run(
                [sys.executable, "-c", program], capture_output=True, text=True, check=True
            )
            seconds, *modules = done.stdout.split()
            figures.append(float(seconds) * 1000)
            names.update(modules)
        foreign = names - set(sys.stdlib_module_names) - {"tocsin"}
        yield Import(what, median(figures), tuple(sorted(foreign)))


def text(figures: Sequence[Figure], imported: Sequence[Import]) -> str:
    """The tables."""
    rows = []
    for figure in figures:
        low, high = figure.interval
        rows.append(
            (
                figure.framework,
                figure.guard,
                f"{figure.plain:.0f}",
                f"{figure.guarded:.0f}",
                f"{figure.ratio:.3f}",
                f"{low:.3f} - {high:.3f}",
            )
        )
    head = ("framework", "guard", "by hand, µs", "guarded, µs", "ratio", "95 % of the median")
    loads = [
        (each.what, f"{each.milliseconds:.1f}", ", ".join(each.foreign) or "nothing")
        for each in imported
    ]
    second = table(("import", "CPU, ms", "of other projects"), loads)
    return f"{table(head, rows)}\n\n{second}"


def main() -> None:
    """Print the figures of one framework, or the table of several."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--framework", choices=sorted(FRAMEWORKS), action="append")
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--here", choices=sorted(FRAMEWORKS), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        for figure in measure(options.here, options.pairs):
            print(json.dumps(asdict(figure)))
        return
    chosen = options.framework or list(FRAMEWORKS)
    print(text(list(measure_all(chosen, options.pairs)), list(import_times())))


if __name__ == "__main__":
    main()
