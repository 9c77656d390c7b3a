"""Under which conditions a window is really open: threads without a GIL, several processes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import CodeType

from tocsin.explore.lines import switchable
from tocsin.model.anomaly import Anomaly
from tocsin.model.history import History, Op, OpKind
from tocsin.model.location import Location

_LETS_OTHERS_RUN = frozenset({OpKind.AWAIT, OpKind.SLEEP, OpKind.LOCK})


def conditioned(
    anomaly: Anomaly, history: History, code: Callable[[Location], CodeType | None]
) -> Anomaly:
    """The anomaly, with what it takes beyond bad luck.

    ``code`` gives the function that a place was found in.
    """
    if anomaly.check is None or anomaly.use is None:
        return anomaly
    check, use = history.ops[anomaly.check], history.ops[anomaly.use]
    within = [op for op in history.of(anomaly.victim) if check.index <= op.index <= use.index]
    waits = any(op.kind in _LETS_OTHERS_RUN for op in within)
    return replace(
        anomaly,
        needs_free_threading=not waits and _never_switched(check, use, within, code),
        needs_processes=not waits and len(within) > 1 and all(op.held_loop for op in within),
    )


def _never_switched(
    check: Op, use: Op, within: list[Op], code: Callable[[Location], CodeType | None]
) -> bool:
    """Whether the GIL is never let go between two lines of one function."""
    if any(op.kind is not OpKind.MEMORY or op.held_loop for op in within):
        return False
    places = check.location, use.location
    if places[0] is None or places[1] is None:
        return False
    function = code(places[0])
    if function is None or code(places[1]) is not function:
        return False
    names = frozenset(
        (op_access.item.name or "").rpartition(".")[2]
        for op in (check, use)
        for op_access in op.accesses
    )
    return not switchable(function, places[0].line, places[1].line, names)
