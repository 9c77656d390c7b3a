"""Runs of requests, alone, in a row and at once, each from the same state and read back after."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field, replace

from tocsin.model.http import Request
from tocsin.probe.baseline import Outcome, outcome
from tocsin.probe.calibrate import PREFERENCES, calibrate
from tocsin.probe.checks.base import Attack
from tocsin.probe.client import Client, answered
from tocsin.probe.effect import State, content, effect
from tocsin.probe.footprint import Footprint, label
from tocsin.probe.message import Observation, Way
from tocsin.probe.world import World

ALONE = "alone"


@dataclass(slots=True)
class Runs:
    """Makes them, and remembers what does not change. Raises what client and world raise."""

    client: Client
    world: World
    _begin: dict[str, object] = field(default_factory=dict)
    _ways: dict[str, Way] = field(default_factory=dict)

    def alone(self, request: Request, readers: Sequence[Request]) -> Footprint:
        """What one request changes."""
        made = self.row(Attack(ALONE, (request,), tuple(readers)), (0,))
        return Footprint(request, tuple(readers), made)

    def row(self, attack: Attack, order: Sequence[int]) -> Outcome:
        """Some of the requests one after the other; their answers in the order of the attack."""
        self.world.restore()
        before = self._before(attack)
        responses = {place: self.client.ask(attack.requests[place]) for place in order}
        changed = effect(before, self._read(attack))
        return outcome((responses[one] for one in sorted(order)), changed, copies=attack.copies)

    def volley(
        self,
        attack: Attack,
        way: Way,
        plain: Container[tuple[int, ...]] = (),
        offsets: Sequence[float] = (),
    ) -> tuple[Outcome, Observation]:
        """All of them at once, or at offsets in seconds.

        Nothing is read back where the statuses are among ``plain``.
        """
        self.world.restore()
        before = self._before(attack)
        observation = self.client.fire(attack.requests, way, offsets)
        found = outcome(map(answered, observation.results), frozenset(), copies=attack.copies)
        if found.statuses in plain:
            return replace(found, read=False), observation
        return replace(found, effect=effect(before, self._read(attack))), observation

    def way(self, attack: Attack) -> Way:
        """Where these requests can be held back: tried once for each, with real requests.

        Of different ones the last of the tried points counts: it holds more back.
        """
        ways = [
            self._held(request, len(attack.requests)) for request in dict.fromkeys(attack.requests)
        ]
        return max(ways, key=lambda way: PREFERENCES.index((way.protocol, way.hold)))

    def _before(self, attack: Attack) -> State:
        """What is read before anything is sent; where everything is restored, read once."""
        if not self.world.restores:
            return self._read(attack)
        missing = [one for one in attack.readers if label(one) not in self._begin]
        self._begin.update(self._read(replace(attack, readers=tuple(missing))))
        return {label(one): self._begin[label(one)] for one in attack.readers}

    def _read(self, attack: Attack) -> State:
        return {label(one): content(self.client.ask(one)) for one in attack.readers}

    def _held(self, request: Request, copies: int) -> Way:
        if request.endpoint not in self._ways:
            self.world.restore()
            (shot,) = self.client.shots([request])
            found = calibrate(self.client, self.client.origin, shot, copies=copies)
            self._ways[request.endpoint] = found.way
        return self._ways[request.endpoint]
