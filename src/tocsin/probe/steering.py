"""How long after the first of two requests the second is released: towards where either may win.

If the second is served too late, the first has won; too early, and it wins itself. Somewhere in
between one of them checks while the other acts: a window however short lies where who wins is
undecided. So each round moves the next one there, by steps that become smaller whenever they turn.
Source: H. Kesten, *Accelerated stochastic approximation*, Ann. Math. Statist. 29 (1958).
"""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.probe.baseline import Baseline, Outcome
from tocsin.probe.checks.base import Attack
from tocsin.probe.message import Observation

FIRST = 0.25
"""The first step, as a share of the time that the requests take."""

FARTHEST = 1.0
"""Farther apart than what they take, one of them is always over before the other begins."""


_GOLDEN = 0.6180339887498949
"""Its multiples fill an interval evenly, however many of them are taken."""


@dataclass(slots=True)
class Steering:
    """``lead``: by how many seconds the first is released before the second. A state machine."""

    lead: float = 0.0
    _middle: float = 0.0
    _turns: int = 0
    _last: int = 0
    _blind: int = 0

    @property
    def offsets(self) -> tuple[float, ...]:
        """When to release either, after the earlier one; empty where that is at once."""
        return (max(0.0, -self.lead), max(0.0, self.lead)) if self.lead else ()

    def learn(self, first: int | None, takes: float) -> None:
        """Whose place was served first in the last round; ``None`` if nobody can tell.

        ``takes``: seconds from the first release to the last answer. Where nobody can tell, every
        second round is sent at a moment of its own, the one after it again in the middle.
        """
        if first is None:
            self._blind += 1
            share = self._blind * _GOLDEN % 1 - 0.5 if self._blind % 2 else 0.0
            self.lead = self._middle + share * takes
            return
        # Whoever wins is released later next time.
        direction = -1 if first == 0 else 1
        self._turns += direction == -self._last
        self._last = direction
        step = FIRST * takes / (1 + self._turns)
        most = FARTHEST * takes
        self.lead = self._middle = min(most, max(-most, self._middle + direction * step))


def served_first(attack: Attack, baseline: Baseline, found: Outcome) -> int | None:
    """The place of the request that began the only serial order which explains a round."""
    orders = zip(attack.orders, baseline.groups, strict=True)
    firsts = {order[0] for order, group in orders if baseline.explains(group, found)}
    return firsts.pop() if len(firsts) == 1 else None


def took(seen: Observation) -> float:
    """Seconds from the first release to the last answer; 0 where nothing was answered."""
    return max(0.0, *(one.done - seen.released for one in seen.results))
