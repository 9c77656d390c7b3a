"""What goes between a scan and the processes that hold the app. All of it can be pickled.

It is kept apart from what works with it: the side that only asks need not import the engine.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from tocsin.explore.footprint import Candidate
from tocsin.model.finding import Outcome, Witness
from tocsin.model.http import Identity, Request
from tocsin.model.invariant import Invariant
from tocsin.model.verdict import OperationResult, Permission, Severity, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """Everything a process needs to load the app and explore it.

    ``instant`` is the app's time in nanoseconds, ``directory`` this process's own folder.
    """

    target: str
    root: Path
    directory: Path
    import_paths: tuple[Path, ...] = ()
    paths: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    setup: str | None = None
    disposable: tuple[str, ...] = ()
    override: bool = False
    request_timeout: float = 10.0
    params: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    identities: tuple[Identity, ...] = ()
    seed: int = 0
    instant: int = field(default_factory=time.time_ns)


class Job(StrEnum):
    """What a process can be asked to do, by the name of the function that does it."""

    DISCOVER = "tocsin.explore.jobs:discover"
    CHECK = "tocsin.explore.jobs:check"
    EXPLORE = "tocsin.explore.jobs:explore"
    REPLAY = "tocsin.explore.jobs:replay"


@dataclass(frozen=True, slots=True)
class Ready:
    """The app is loaded."""


@dataclass(frozen=True, slots=True)
class Done:
    """A job's result. ``spent``: the process cannot be used again."""

    result: Any
    spent: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """A sentence for the user and an exit code; ``trace`` is for ``--debug``."""

    message: str
    exit_code: int
    trace: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which operations to explore: endpoint globs or names. Empty ``only`` means all."""

    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()

    def takes(self, endpoint: str, name: str = "") -> bool:
        def matches(patterns: tuple[str, ...]) -> bool:
            return any(p in {endpoint, name} or fnmatch(endpoint, p) for p in patterns)

        return (not self.only or matches(self.only)) and not matches(self.skip)


@dataclass(slots=True)
class Discovery:
    """What was found out about an app."""

    framework: str = ""
    stores: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    operations: list[OperationResult] = field(default_factory=list)
    permissions: list[Permission] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unreachable: str = ""


@dataclass(frozen=True, slots=True)
class RaceOrder:
    """Requests to race, with what is known of them, and what must hold afterwards."""

    candidates: tuple[Candidate, ...]
    observers: tuple[Request, ...] = ()
    invariants: tuple[Invariant, ...] = ()


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far to go. ``preemptions`` counts unless ``exhaustive``; ``seconds`` is for the pair."""

    preemptions: int = 2
    exhaustive: bool = False
    seconds: float = 60.0
    schedules: int = 20_000


@dataclass(frozen=True, slots=True)
class Proof:
    """An anomaly with its witness; ``severity`` is what the anomaly itself says."""

    witness: Witness
    severity: Severity


@dataclass(frozen=True, slots=True)
class Explored:
    """What exploring one scenario came to. ``tainted``: this process cannot be used again."""

    verdict: Verdict
    schedules: int
    bound: str
    reason: str = ""
    proofs: tuple[Proof, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    tainted: bool = False


@dataclass(frozen=True, slots=True)
class Replayed:
    """How often the schedule gave an outcome that no serial order explains; every outcome.

    When it never did, every other schedule of the bound was run too: ``held`` says how many, and
    ``reason`` why the race cannot be called gone.
    """

    reproduced: int
    outcomes: tuple[Outcome, ...]
    reason: str = ""
    held: str = ""
