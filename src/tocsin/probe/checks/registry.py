"""The checks, in the order in which they are tried."""

from __future__ import annotations

from tocsin.probe.checks import parallel_replay, state_change_attack
from tocsin.probe.checks.base import Check

CHECKS: tuple[Check, ...] = (parallel_replay.CHECK, state_change_attack.CHECK)
