"""Runs a witness's schedule again and judges what comes of it by today's serial orders."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.explore.execution import Race, RunFailed
from tocsin.explore.pair import Bounds, PairExplorer
from tocsin.explore.run import Level
from tocsin.explore.session import Session
from tocsin.model.access import Access
from tocsin.model.finding import Outcome, Witness


@dataclass(frozen=True, slots=True)
class Replayed:
    """How often the schedule gave an outcome that no serial order explains; every outcome.

    ``reason`` says why it could not be run to its end.
    """

    reproduced: int
    outcomes: tuple[Outcome, ...]
    reason: str = ""


def replay_witness(session: Session, witness: Witness, times: int) -> Replayed:
    """Replay ``times`` times, from the same world each time."""
    requests = {request.name: request for request in witness.requests}
    invariants = tuple(map(session.invariant, witness.invariants))
    race = Race(requests, witness.observers, invariants)
    explorer = PairExplorer(session.execution, session.canon, race, Bounds())
    try:
        judged = explorer.again(witness.schedule, _level(witness), times, frozenset(witness.masks))
    except RunFailed as failed:
        return Replayed(0, (), str(failed))
    return Replayed(sum(wrong for wrong, _ in judged), tuple(outcome for _, outcome in judged))


def _level(witness: Witness) -> Level:
    """The level the witness was found at; tasks shared in memory what its history says."""
    if witness.level == "statement":
        return Level()
    memory: dict[str, tuple[Access, ...]] = {
        request.name: tuple(
            access
            for op in witness.history.of(request.name)
            for access in op.accesses
            if access.item.store == "memory"
        )
        for request in witness.requests
    }
    return Level(awaits=True, lines=True, memory=memory)
