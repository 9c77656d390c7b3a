"""What `speed` asks of a worker process; importable there by name."""

from __future__ import annotations

import time
from dataclasses import dataclass

from tocsin.explore import jobs
from tocsin.explore.messages import Bounds, Explored, RaceOrder, Selection
from tocsin.explore.session import Session
from tocsin.model.http import Request


@dataclass(frozen=True, slots=True)
class First:
    """The first exploring after start-up, discovery included."""

    order: RaceOrder
    explored: Explored
    seconds: float
    tables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rate:
    """Runs of the pair, baselines included, and the time they took, of the clock and of the CPU."""

    runs: int
    seconds: float
    cpu: float


def first(session: Session, request: Request) -> First:
    """Find out what the request touches, and race it with itself."""
    began = time.perf_counter()
    only = Selection((request.endpoint,))
    candidate = next(c for c in jobs.discover(session, (request,), only).candidates if c.given)
    order = RaceOrder((candidate, candidate))
    explored = jobs.explore(session, order, Bounds())
    writes = (access.item for access in candidate.footprint.accesses if access.writes)
    tables = tuple(sorted({item.name for item in writes if item.name and item.store != "memory"}))
    return First(order, explored, time.perf_counter() - began, tables)


def rate(session: Session, order: RaceOrder, seconds: float) -> Rate:
    """Explore the pair again and again."""
    runs, began, cpu = session.execution.runs, time.perf_counter(), time.process_time()
    while time.perf_counter() - began < seconds:
        jobs.explore(session, order, Bounds())
    runs = session.execution.runs - runs
    return Rate(runs, time.perf_counter() - began, time.process_time() - cpu)
