"""Chance and time, the same in every run: streams and clocks of each task's own.

Within a controlled task ``random``, ``secrets``, ``os.urandom`` and ``uuid`` draw from streams
seeded by the task's name, and the time stands still at one instant. Outside of tasks both are real.
"""

from __future__ import annotations

import importlib
import os
import random
import sys
import time
import uuid
from _random import Random as Stream
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from hashlib import blake2b, sha512
from typing import Any
from weakref import WeakSet

from tocsin.stores.patching import patched

_NANOSECONDS = 1_000_000_000


class Streams:
    """The streams and clocks of all tasks, from one seed and one instant.

    ``instant`` is in nanoseconds since the epoch: the real time once, before the setup, so that
    what the setup wrote is in the tasks' past, or the instant of a witness that is replayed.
    """

    def __init__(self, seed: int, instant: int) -> None:
        self.seed = seed
        self.instant = instant
        self._streams: dict[tuple[str, str], Stream] = {}
        self._slept: dict[str, int] = {}
        self._last_uuid: dict[str, int | None] = {}

    def reset(self, seed: int | None = None) -> None:
        """A new run: all streams start again (from another seed), all clocks at the instant."""
        if seed is not None:
            self.seed = seed
        self._streams.clear()
        self._slept.clear()
        self._last_uuid.clear()

    def stream(self, task: str, use: str) -> Stream:
        """A task's stream for one use: uses do not disturb each other's draws."""
        key = task, use
        stream = self._streams.get(key)
        if stream is None:
            digest = blake2b(f"{self.seed}/{task}/{use}".encode(), digest_size=8).digest()
            stream = self._streams[key] = Stream(int.from_bytes(digest))
        return stream

    def urandom(self, task: str, size: int) -> bytes:
        """``size`` bytes of the task's."""
        return self.stream(task, "bytes").getrandbits(size * 8).to_bytes(size) if size else b""

    def now(self, task: str) -> int:
        """The task's time in nanoseconds."""
        return self.instant + self._slept.get(task, 0)

    def sleep(self, task: str, seconds: float) -> None:
        """Let the task's own time pass, without waiting."""
        self._slept[task] = self._slept.get(task, 0) + round(seconds * _NANOSECONDS)

    def uuid1(self, task: str, make: Callable[[], uuid.UUID]) -> uuid.UUID:
        """A time-based identifier; the module's memory of the last one is each task's own."""
        module: Any = uuid
        before = module._last_timestamp
        module._last_timestamp = self._last_uuid.get(task)
        try:
            return make()
        finally:
            self._last_uuid[task] = module._last_timestamp
            module._last_timestamp = before


@contextmanager
def deterministic(streams: Streams, current: Callable[[], str | None]) -> Iterator[None]:
    """Let the tasks that ``current`` names draw from ``streams``.

    Enter before the app is loaded.
    """
    with ExitStack() as patches:
        for patch in (_clocks, _bytes, _generators, _identifiers):
            patches.enter_context(patch(streams, current))
        yield


@contextmanager
def _clocks(streams: Streams, current: Callable[[], str | None]) -> Iterator[None]:
    time_machine = _time_machine()
    real = time_machine.escape_hatch.time.time_ns

    def time_ns() -> int:
        task = current()
        return real() if task is None else streams.now(task)

    # A traveller is asked for the time at every call, so it may answer for each task.
    with time_machine.travel(time.time(), tick=True) as traveller:
        traveller.time_ns = time_ns
        yield


def _time_machine() -> Any:
    """time-machine, without the pytest that it imports for a fixture.

    That takes its time, and apps ask ``"pytest" in sys.modules`` to know whether they are tested.
    """
    absent = "pytest" not in sys.modules
    if absent:
        sys.modules["pytest"] = None  # type: ignore[assignment]
    try:
        return importlib.import_module("time_machine")
    finally:
        if absent:
            del sys.modules["pytest"]


@contextmanager
def _bytes(streams: Streams, current: Callable[[], str | None]) -> Iterator[None]:
    real = os.urandom

    def urandom(size: int, /) -> bytes:
        task = current()
        return real(size) if task is None or size < 0 else streams.urandom(task, size)

    def getrandom(size: int, flags: int = 0) -> bytes:
        return linux(size, flags) if current() is None else urandom(size)

    linux: Any = getattr(os, "getrandom", None)
    replacements: list[tuple[Any, str, object]] = [(os, "urandom", urandom)]
    # SystemRandom, and with it all of secrets, holds on to a name of its own.
    replacements.append((random, "_urandom", urandom))
    if linux is not None:
        replacements.append((os, "getrandom", getrandom))
    with patched(*replacements):
        yield


@contextmanager
def _generators(streams: Streams, current: Callable[[], str | None]) -> Iterator[None]:
    """All generators without a seed of their own draw from the task's stream.

    Whatever they draw ends in two methods of `random.Random`. Those with a seed keep theirs.
    """
    seeded: WeakSet[random.Random] = WeakSet()
    shared: random.Random = random.random.__self__  # type: ignore[attr-defined]
    seed, gauss = random.Random.seed, random.Random.gauss

    def stream(generator: random.Random) -> Stream | None:
        task = current()
        return None if task is None or generator in seeded else streams.stream(task, "random")

    def draw(self: random.Random) -> float:
        mine = stream(self)
        return Stream.random(self) if mine is None else mine.random()

    def draw_bits(self: random.Random, k: int, /) -> int:
        mine = stream(self)
        return Stream.getrandbits(self, k) if mine is None else mine.getrandbits(k)

    def plant(self: random.Random, a: Any = None, version: int = 2) -> None:
        mine = stream(self) if self is shared else None
        if mine is not None:  # A task that seeds the generator of all seeds its own share of it.
            mine.seed(_number(a, version))
            return
        if a is not None and self is not shared:
            seeded.add(self)
        else:
            seeded.discard(self)
        seed(self, a, version)

    def draw_gauss(self: random.Random, mu: float = 0.0, sigma: float = 1.0) -> float:
        # The real one makes two numbers at a time, and keeps one for the next caller.
        draw_one = gauss if stream(self) is None else random.Random.normalvariate
        return draw_one(self, mu, sigma)

    methods = {"random": draw, "getrandbits": draw_bits, "seed": plant, "gauss": draw_gauss}
    with patched(
        *((random.Random, name, method) for name, method in methods.items()),
        *((random, name, method.__get__(shared)) for name, method in methods.items()),
    ):
        yield


@contextmanager
def _identifiers(streams: Streams, current: Callable[[], str | None]) -> Iterator[None]:
    real = uuid.uuid1

    def uuid1(node: int | None = None, clock_seq: int | None = None) -> uuid.UUID:
        task = current()
        if task is None:
            return real(node, clock_seq)
        return streams.uuid1(task, lambda: real(node, clock_seq))

    with patched((uuid, "uuid1", uuid1)):
        yield


def _number(seed: Any, version: int) -> Any:
    """What ``Random(seed)`` starts from: text is hashed, as that class does it."""
    if version == 2 and isinstance(seed, (str, bytes, bytearray)):
        raw = seed.encode() if isinstance(seed, str) else bytes(seed)
        return int.from_bytes(raw + sha512(raw).digest())
    return seed
