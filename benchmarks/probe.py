"""How close together requests arrive, and how small a window still shows: tocsin and its peers.

python -m benchmarks.probe --server hypercorn --volleys 20 --window 200
"""

from __future__ import annotations

import argparse
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.common import HERE, ROOT, run, table, temporary
from benchmarks.probe_servers import KINDS, serving
from tocsin.probe.delivery import Delivery
from tocsin.probe.message import Answer, Origin, Shot
from tocsin.probe.transports.trust import Trust

SHOTS, VOLLEYS, TRIES = 20, 60, 30
"""Requests of a volley, volleys to measure the spread, volleys at each window."""
WINDOWS = (50, 200, 1000, 5000)
"""Microseconds between a check and its use."""
ALLOWANCE = 30.0
"""Seconds by which the volleys of one sender may exceed a second each; then it is out."""
STARTS_IN = 60.0
METHODS = ("POST", "GET")
"""With a body, and without one: that decides where a request can be held back."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Somebody to compare with: what to install, with which Python, and what it can speak to."""

    package: str
    python: str = ""
    schemes: tuple[str, ...] = ("http", "https")


PEERS: Mapping[str, Peer] = {
    "tocsin": Peer(""),
    "h2spacex": Peer("h2spacex==1.2.2", schemes=("https",)),
    "webracecondition": Peer("webracecondition==0.0.14", schemes=("https",)),
    "ptmultirequest": Peer("ptmultirequest==0.0.3", python="3.12"),
    "aiohttp": Peer("aiohttp==3.14.5"),
    "httpx": Peer("httpx[http2]==0.28.1"),
    "httpx2": Peer("httpx2[http2]==2.16.2"),
    "requests": Peer("requests==2.34.2"),
}


@dataclass(slots=True)
class Figures:
    """What volleys of one sender to one server were. Spreads in milliseconds."""

    spreads: list[float] = field(default_factory=list)
    overrun: dict[int, list[bool]] = field(default_factory=lambda: defaultdict(list))
    incomplete: int = 0
    failed: int = 0
    out: bool = False


Key = tuple[str, str, str]
"""Server, sender, method."""


class Sender:
    """A process that sends a volley when it is told to.

    ``out``: it has used up its time, and is told nothing any more.
    """

    def __init__(self, python: Path, name: str, url: str, shots: int) -> None:
        words = [python, HERE / "probe_senders.py", name, url, shots]
        self._process = subprocess.Popen(
            [str(word) for word in words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        )
        self._left = ALLOWANCE
        self.out = not self._said(STARTS_IN)

    def volley(self, method: str, target: str) -> str:
        """Send one. Empty if it went well, else what happened."""
        if self.out:
            return "out"
        assert self._process.stdin is not None
        began = time.monotonic()
        try:
            self._process.stdin.write(f"{method} {target}\n")
            self._process.stdin.flush()
            said = self._said(1 + self._left)
        except BrokenPipeError:
            said = ""
        self._left -= max(0.0, time.monotonic() - began - 1)
        if not said or self._left <= 0:
            self.out = True
            self._process.kill()
        return "" if said == "done" else said or "out"

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def _said(self, seconds: float) -> str:
        """The next line; empty if there is none in time."""
        stdout = self._process.stdout
        assert stdout is not None
        ready, _, _ = select.select([stdout], [], [], seconds)
        return stdout.readline().strip() if ready else ""


def environment(peer: Peer, folder: Path, newer: str = "") -> Path | str:
    """A Python that has the peer, or why there is none."""
    if not peer.package:
        return Path(sys.executable)
    uv = shutil.which("uv") or Path(sys.executable).with_name("uv")
    place = folder / peer.package
    python = place / "bin" / "python"
    if python.exists():
        return python
    wanted = (newer or peer.python) if peer.python else sys.executable
    commands = (
        (uv, "venv", "--quiet", "--no-python-downloads", "--python", wanted, place),
        (uv, "pip", "install", "--quiet", "--python", python, peer.package),
    )
    for command in commands:
        try:
            done = run(command, cwd=folder, timeout=300)
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"could not be installed: {error}"
        if done.returncode:
            return f"could not be installed: {done.stderr.strip().partition(chr(10))[0]}"
    return python


def measure(
    servers: Sequence[str],
    names: Sequence[str],
    volleys: int = VOLLEYS,
    tries: int = TRIES,
    windows: Sequence[int] = WINDOWS,
    shots: int = SHOTS,
    environments: Path | None = None,
    newer: str = "",
) -> tuple[dict[Key, Figures], dict[str, str]]:
    """All figures, and who could not be installed and why.

    Senders take turns, volley by volley, so that a noisy machine is noisy for all of them. One that
    keeps waiting for answers is left out after a while, and its row says so.
    """
    figures: dict[Key, Figures] = defaultdict(Figures)
    with temporary() as folder:
        place = environments or folder
        pythons = {name: environment(PEERS[name], place, newer) for name in names}
        missing = {name: why for name, why in pythons.items() if isinstance(why, str)}
        for server in servers:
            with ExitStack() as stack:
                url = stack.enter_context(serving(server, folder))
                looking = stack.enter_context(_looking(url))
                senders = {}
                for name, python in pythons.items():
                    if isinstance(python, Path) and KINDS[server].scheme in PEERS[name].schemes:
                        senders[name] = Sender(python, name, url, shots)
                        stack.callback(senders[name].close)
                _warmed(senders, looking)
                for method in METHODS:
                    for window in (0, *windows):
                        for _ in range(tries if window else volleys):
                            for name, sender in senders.items():
                                found = figures[server, name, method]
                                _one(sender, looking, method, window, shots, found)
                    # What was measured so far is not lost with what comes after it.
                    part = {
                        key: one
                        for key, one in figures.items()
                        if (key[0], key[2]) == (server, method)
                    }
                    print(text(part, {}, windows), file=sys.stderr, flush=True)
    return figures, missing


class _Looking:
    """Asks the server what has arrived since it was asked last."""

    def __init__(self, delivery: Delivery, origin: Origin) -> None:
        self._delivery = delivery
        self._origin = origin

    def report(self) -> tuple[list[float], int]:
        answer = self._delivery.send(self._origin, Shot("GET", "/report"))
        assert isinstance(answer, Answer), answer
        said = json.loads(answer.body)
        return said["arrived"], said["used"]


@contextmanager
def _looking(url: str) -> Iterator[_Looking]:
    scheme, _, authority = url.partition("://")
    host, _, port = authority.partition(":")
    with Delivery(trust=Trust(verify=False)) as delivery:
        yield _Looking(delivery, Origin(scheme, host, int(port)))


def _warmed(senders: Mapping[str, Sender], looking: _Looking) -> None:
    """Connections opened, hold points found, code compiled."""
    for sender in senders.values():
        for method in METHODS:
            for _ in range(2):
                sender.volley(method, "/arrive")
                sender.volley(method, "/use?w=0")
    looking.report()


def _one(
    sender: Sender, looking: _Looking, method: str, window: int, shots: int, found: Figures
) -> None:
    if sender.out:
        found.out = True
        return
    problem = sender.volley(method, f"/use?w={window / 1e6}" if window else "/arrive")
    arrived, used = looking.report()
    found.failed += bool(problem)
    if window:
        found.overrun[window].append(used > 1)
    elif len(arrived) == shots:
        found.spreads.append(1000 * (max(arrived) - min(arrived)))
    else:
        found.incomplete += 1


def text(figures: Mapping[Key, Figures], missing: Mapping[str, str], windows: Sequence[int]) -> str:
    """A table for each method, and sentences about tocsin and the best of the others."""
    parts = []
    for method in METHODS:
        keys = [key for key in figures if key[2] == method]
        if not keys:
            continue
        rows = [_row(key, figures, windows) for key in keys]
        head = ("server", "sender", "spread", "of tocsin's")
        shares = tuple(f"{window} µs" for window in windows)
        what = "with a body" if method == "POST" else "without a body"
        parts += [
            f"{method}, {what}. Spread: last arrival minus first, in the handler, median, "
            "milliseconds. Windows: share of volleys that overran them.",
            table((*head, *shares, "failed"), rows),
            "\n".join(_best(figures, keys)),
        ]
    parts += [f"{name} {why}." for name, why in missing.items()]
    return "\n\n".join(parts)


def _row(key: Key, figures: Mapping[Key, Figures], windows: Sequence[int]) -> tuple[str, ...]:
    server, name, method = key
    found, ours = figures[key], figures.get((server, "tocsin", method))
    ratio = ""
    if found.spreads and ours and ours.spreads:
        ratio = f"{median(found.spreads) / median(ours.spreads):.2f}"
    spread = f"{median(found.spreads):.2f}" if found.spreads else "no whole volley"
    label = PEERS[name].package.replace("==", " ").replace("[http2]", "") or name
    shares = [_share(found.overrun[window]) for window in windows]
    lost = str(found.failed + found.incomplete or "")
    if found.out:
        lost = f"{lost}, then out of time" if lost else "out of time"
    return (server, label, spread, ratio, *shares, lost)


def _share(seen: Sequence[bool]) -> str:
    return f"{sum(seen) / len(seen):.2f}" if seen else ""


def _best(figures: Mapping[Key, Figures], keys: Sequence[Key]) -> Iterator[str]:
    for server in dict.fromkeys(server for server, _, _ in keys):
        spreads = {
            name: median(figures[key].spreads)
            for key in keys
            if (name := key[1]) and key[0] == server and figures[key].spreads
        }
        ours = spreads.pop("tocsin", None)
        if ours is None or not spreads:
            continue
        best = min(spreads, key=spreads.__getitem__)
        yield f"- {server}: tocsin {ours:.2f} ms, the best other {spreads[best]:.2f} ms ({best})"


def main() -> int:
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.probe", description=__doc__)
    parser.add_argument("--server", action="append", choices=list(KINDS))
    parser.add_argument("--sender", action="append", choices=list(PEERS))
    parser.add_argument("--window", action="append", type=int, metavar="MICROSECONDS")
    parser.add_argument("--volleys", type=int, default=VOLLEYS)
    parser.add_argument("--tries", type=int, default=TRIES, help="volleys at each window")
    parser.add_argument("--shots", type=int, default=SHOTS)
    parser.add_argument("--environments", type=Path, help="a folder to keep the peers in")
    parser.add_argument("--newer-python", default="", help="for peers that need Python 3.12")
    options = parser.parse_args()
    windows = options.window or WINDOWS
    figures, missing = measure(
        options.server or list(KINDS),
        options.sender or list(PEERS),
        options.volleys,
        options.tries,
        windows,
        options.shots,
        options.environments,
        options.newer_python,
    )
    print(text(figures, missing, windows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
