"""Gives a wrong history its name, and finds the check and the use in it."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from tocsin.explore.graph import Dependencies, Window, phenomenon
from tocsin.explore.oracle import Judgement
from tocsin.explore.passing import counted, created, passed_together
from tocsin.model.anomaly import Anomaly, Name, Phenomenon
from tocsin.model.finding import Outcome
from tocsin.model.history import History
from tocsin.model.http import Request
from tocsin.model.verdict import Severity


def name_it(
    judgement: Judgement,
    history: History,
    requests: Mapping[str, Request],
    observed: Outcome,
    serial: Mapping[tuple[str, ...], Outcome],
    *,
    broken_invariant: str | None = None,
    deadlocked: bool = False,
) -> Anomaly:
    """The anomaly of a history that the oracle could not explain."""
    dependencies = Dependencies(history)
    edges = dependencies.edges()
    victim, window = _victim(dependencies, history, tuple(requests), observed)
    other = next((name for name in requests if name != victim), victim)
    shown = phenomenon(edges, history)
    if broken_invariant is not None and judgement is Judgement.EXPLAINED:
        name = Name.INVARIANT
    elif deadlocked or (judgement is Judgement.CRASHED and shown is Phenomenon.DEADLOCK):
        name, shown = Name.DEADLOCK, Phenomenon.DEADLOCK
    elif judgement is Judgement.CRASHED:
        name = Name.CRASH
    elif judgement is Judgement.STALE:
        late = _refused(victim, other, observed, serial, {401, 403, 404})
        name = Name.STALE_AUTHORIZATION if late else Name.STALE_CHECK
    elif not any(op.writes for op in history.of(victim)):
        # What is gone is no right that was taken away.
        late = _refused(victim, other, observed, serial, {401, 403})
        name = Name.STALE_AUTHORIZATION if late else Name.READ_SKEW
    else:
        name = _effect(requests, window, observed, serial, shown)
    return Anomaly(
        name=name,
        phenomenon=shown,
        victim=victim,
        other=other,
        check=window.check.index if window else None,
        between=window.between.index if window else None,
        use=window.use.index if window else None,
        edges=edges,
        check_at=window.check.location if window else None,
        use_at=window.use.location if window else None,
        explanation=_explain(window, victim, other, broken_invariant),
    )


def _victim(
    dependencies: Dependencies, history: History, tasks: Sequence[str], observed: Outcome
) -> tuple[str, Window | None]:
    """The task whose check was made untrue: the one with the most telling window.

    A task that failed comes first: what it did last is what failed.
    """
    failed = [task for task, status, _ in observed.responses if status >= 500 or status == 0]
    candidates = [(task, windows[0]) for task in tasks if (windows := dependencies.windows(task))]
    for task, window in candidates:
        if task in failed:
            return task, window
    if candidates:
        return min(
            candidates, key=lambda c: (not c[1].use.conflicts(c[1].between), -c[1].use.index)
        )
    last = [op.task for op in history.ops if op.writes]
    return (failed or last[-1:] or list(tasks))[0], None


def _refused(
    victim: str,
    other: str,
    observed: Outcome,
    serial: Mapping[tuple[str, ...], Outcome],
    refusals: Container[int],
) -> bool:
    """Whether the victim has succeeded, and would have been refused had it come after."""
    got = _statuses(observed)
    late = serial.get((other, victim))
    refused = late is not None and _statuses(late).get(victim) in refusals
    return refused and got.get(victim, 0) < 400


def _effect(
    requests: Mapping[str, Request],
    window: Window | None,
    observed: Outcome,
    serial: Mapping[tuple[str, ...], Outcome],
    shown: Phenomenon,
) -> Name:
    if window is None:
        return Name.LOST_UPDATE
    if created(window) and window.use.store not in {"memory", "file"}:
        return Name.LIMIT_OVERRUN if counted(window) else Name.DUPLICATE_CREATE
    if shown is Phenomenon.WRITE_SKEW:
        return Name.WRITE_SKEW
    return passed_together(requests, window, observed, serial) or Name.LOST_UPDATE


def _statuses(outcome: Outcome) -> dict[str, int]:
    return {task: status for task, status, _ in outcome.responses}


def _explain(window: Window | None, victim: str, other: str, broken: str | None) -> str:
    words = f"Invariant broken: {broken}. " if broken else ""
    if window is None:
        return words + "No order of the requests, one after the other, gives this outcome."
    item = next(
        (
            a.item.name
            for a in window.check.accesses
            for b in window.between.accesses
            if not a.writes and b.writes and a.item.overlaps(b.item)
        ),
        None,
    )
    return (
        f"{words}{victim} read {item or 'the state'} and trusted the answer; {other} changed it "
        f"before {victim} acted on it. No order of the requests, one after the other, gives this "
        f"outcome."
    )


def severity(anomaly: Anomaly, *, victim_writes: bool) -> Severity:
    """How bad it is by default: effects high, failures medium, stale reads low."""
    if anomaly.needs_free_threading:
        return Severity.LOW
    if anomaly.name in {Name.CRASH, Name.DEADLOCK}:
        return Severity.MEDIUM
    return Severity.HIGH if victim_writes else Severity.LOW
