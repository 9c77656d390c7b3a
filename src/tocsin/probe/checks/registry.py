"""The checks, in the order in which they are tried."""

from __future__ import annotations

from tocsin.probe.checks import parallel_replay
from tocsin.probe.checks.base import Check

CHECKS: tuple[Check, ...] = (parallel_replay.CHECK,)
