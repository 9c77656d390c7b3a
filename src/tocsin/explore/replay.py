"""Runs a witness's schedule again and judges what comes of it by today's serial orders."""

from __future__ import annotations

from tocsin.explore.execution import Race, RunFailed
from tocsin.explore.messages import Bounds, Replayed
from tocsin.explore.pair import PairExplorer
from tocsin.explore.run import Level
from tocsin.explore.session import Session
from tocsin.model.access import Access
from tocsin.model.finding import Witness
from tocsin.model.verdict import Verdict


def replay_witness(session: Session, witness: Witness, times: int) -> Replayed:
    """Replay ``times`` times, from the same world each time."""
    requests = {request.name: request for request in witness.requests}
    invariants = tuple(map(session.invariant, witness.invariants))
    race = Race(requests, witness.observers, invariants)
    level = _level(witness)
    explorer = PairExplorer(
        session.execution,
        session.canon,
        race,
        Bounds(),
        session.source.code,
        session.uncontrolled,
    )
    try:
        judged = explorer.again(witness.schedule, level, times, frozenset(witness.masks))
    except RunFailed as failed:
        return Replayed(0, (), str(failed))
    outcomes = tuple(outcome for _, outcome in judged)
    reproduced = sum(wrong for wrong, _ in judged)
    if reproduced:
        return Replayed(reproduced, outcomes)
    explored = explorer.explore([level])
    if explored.verdict is Verdict.HOLDS:
        return Replayed(0, outcomes, held=f"held in all {explored.schedules} schedules")
    names = ", ".join(proof.witness.anomaly.name.value for proof in explored.proofs)
    reason = f"another schedule still races: {names}" if names else explored.reason
    return Replayed(0, outcomes, reason)


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
