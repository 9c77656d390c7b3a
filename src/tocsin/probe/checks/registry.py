"""The checks, in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tocsin.errors import UsageError
from tocsin.probe.baseline import Baseline, Outcome
from tocsin.probe.checks import (
    authentication,
    authorization,
    documentation,
    duplicate_create,
    lost_update,
    parallel_replay,
    properties,
    rate_limit,
    stale_read,
    state_change_attack,
    state_changing_get,
    upload_then_fetch,
    user_timing,
)
from tocsin.probe.checks.base import Attack, Check
from tocsin.probe.script import Scene, Script, Scripted
from tocsin.probe.verdict import Broken, crashes, judge, mixed

CHECKS: tuple[Check, ...] = (
    lost_update.CHECK,
    duplicate_create.CHECK,
    parallel_replay.CHECK,
    state_change_attack.CHECK,
)
"""Attacks whose every round is the same: restore, read, send together, read."""

QUIET: tuple[Scripted, ...] = (
    authentication.SCRIPTED,
    user_timing.SCRIPTED,
    authorization.SCRIPTED,
    properties.SCRIPTED,
    state_changing_get.SCRIPTED,
    documentation.SCRIPTED,
    lost_update.SCRIPTED,
)
"""What needs no race; before the attacks."""

LATE: tuple[Scripted, ...] = (
    stale_read.SCRIPTED,
    upload_then_fetch.SCRIPTED,
    rate_limit.SCRIPTED,
)
"""Races with steps of their own; after the attacks."""


RESTORING: tuple[Scripted, ...] = (
    lost_update.SCRIPTED,
    properties.SCRIPTED,
    rate_limit.SCRIPTED,
    stale_read.SCRIPTED,
    state_changing_get.SCRIPTED,
    upload_then_fetch.SCRIPTED,
    user_timing.SCRIPTED,
)
"""What is not tried, or less of it, where nobody can put back the state."""


def judging(attack: Attack) -> Callable[[Baseline, Outcome, str], Broken | None]:
    """What compares the rounds of this attack with its serial runs."""
    own = next((check.judge for check in CHECKS if check.name == attack.check), judge)
    if not attack.crowded:
        return own
    return partial(mixed, kinds=len(set(attack.requests))) if own is judge else crashes


def again(attack: Attack, scene: Scene) -> Script | None:
    """The script that sends the attack again; ``None`` if it is one of `CHECKS`."""
    for check in LATE:
        if check.name == attack.check and check.again is not None:
            return check.again(attack, scene)
    return None


def scripted(name: str) -> Scripted:
    """The check of that name. Raises a `UsageError` if there is none."""
    found = next((check for check in (*QUIET, *LATE) if check.name == name), None)
    if found is None:
        raise UsageError(f"the check {name!r} is unknown to this version of tocsin: scan again")
    return found
