"""What worker processes do when they are asked: the functions that `Job` names."""

from __future__ import annotations

from dataclasses import replace

from tocsin.explore.discover import Discoverer
from tocsin.explore.execution import Race, RunFailed
from tocsin.explore.messages import Bounds, Discovery, Explored, RaceOrder, Replayed, Selection
from tocsin.explore.pair import PairExplorer
from tocsin.explore.replay import replay_witness
from tocsin.explore.run import Level
from tocsin.explore.schedulers.replay import Follow
from tocsin.explore.session import Session
from tocsin.model.finding import Witness
from tocsin.model.http import Request
from tocsin.model.schedule import Schedule

TASKS = "ABCDEFGH"


def discover(session: Session, given: tuple[Request, ...], selection: Selection) -> Discovery:
    """Find out what the app can be asked."""
    return Discoverer(session, given, selection).discover()


def check(session: Session, order: RaceOrder) -> None:
    """Ask a race's invariants once, after its requests ran one by one. Raises `UsageError`."""
    invariants = tuple(map(session.invariant, order.invariants))
    requests = {
        task: replace(candidate.request, name=task)
        for task, candidate in zip(TASKS, order.candidates, strict=False)
    }
    follow = Follow(Schedule.serial(*requests))
    session.execution.run(requests, follow, Level(), invariants=invariants)
    session.execution.rest()


def explore(session: Session, order: RaceOrder, bounds: Bounds) -> Explored:
    """Judge one race."""
    requests = {
        task: replace(candidate.request, name=task)
        for task, candidate in zip(TASKS, order.candidates, strict=False)
    }
    race = Race(requests, order.observers, tuple(map(session.invariant, order.invariants)))
    explorer = PairExplorer(
        session.execution,
        session.canon,
        race,
        bounds,
        session.source.code,
        session.uncontrolled,
    )
    explored = explorer.explore(levels(order))
    if explored.tainted:
        return explored
    try:
        # Files are shared with the other processes: theirs is the next turn.
        session.execution.rest()
    except RunFailed:
        return replace(explored, tainted=True)
    return explored


def replay(session: Session, witness: Witness, times: int) -> Replayed:
    """Run a witness again."""
    return replay_witness(session, witness, times)


def levels(order: RaceOrder) -> list[Level]:
    """Statements first; then awaits and lines, where the requests share something in memory."""
    found = [Level()]
    prints = [candidate.footprint for candidate in order.candidates]
    shared = any(
        mine.conflicts(theirs)
        for index, one in enumerate(prints)
        for other in prints[index + 1 :]
        for mine in one.memory
        for theirs in other.memory
    )
    if shared:
        memory = {task: p.memory for task, p in zip(TASKS, prints, strict=False)}
        found.append(Level(awaits=True, lines=True, memory=memory))
    return found
