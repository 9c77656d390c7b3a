"""Runs of requests, alone, in a row and at once, each from the same state and read back after."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from tocsin.model.http import Request
from tocsin.probe.baseline import Outcome, outcome
from tocsin.probe.calibrate import PREFERENCES, calibrate
from tocsin.probe.checks.base import Attack
from tocsin.probe.client import Client, answered
from tocsin.probe.effect import State, content, effect
from tocsin.probe.footprint import Footprint, label, sole
from tocsin.probe.message import Observation, Way
from tocsin.probe.renewal import Turn, turn
from tocsin.probe.world import World

ALONE = "alone"


@dataclass(slots=True)
class Runs:
    """Makes them, and remembers what does not change. Raises what client and world raise."""

    client: Client
    world: World
    _begin: dict[str, object] = field(default_factory=dict)
    _ways: dict[str, Way] = field(default_factory=dict)
    _turns: int = 0

    def alone(self, request: Request, readers: Sequence[Request]) -> Footprint:
        """What one request changes."""
        made = self.row(Attack(ALONE, (request,), tuple(readers)), (0,))
        return Footprint(request, tuple(readers), made)

    def row(
        self,
        attack: Attack,
        order: Sequence[int],
        known: Mapping[Request, Footprint] = MappingProxyType({}),
    ) -> Outcome:
        """Some of the requests one after the other; their answers in the order of the attack.

        What changed may be ``known``, where one of them succeeds. Otherwise it is read back.
        """
        own = self._turn(attack)
        before = self._before(attack, own)
        responses = {place: self.client.ask(own.of(attack.requests[place])) for place in order}
        changed = sole(
            [(attack.requests[one], responses[one]) for one in order], attack.readers, known
        )
        if changed is None:
            changed = effect(before, self._read(attack, own))
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
        own = self._turn(attack)
        before = self._before(attack, own)
        observation = self.client.fire([own.of(one) for one in attack.requests], way, offsets)
        found = outcome(map(answered, observation.results), frozenset(), copies=attack.copies)
        if found.statuses in plain:
            return replace(found, read=False), observation
        return replace(found, effect=effect(before, self._read(attack, own))), observation

    def way(self, attack: Attack) -> Way:
        """Where these requests can be held back: tried once for each, with real requests.

        Of different ones the last of the tried points counts: it holds more back.
        """
        ways = [self._held(attack, request) for request in dict.fromkeys(attack.requests)]
        return max(ways, key=lambda way: PREFERENCES.index((way.protocol, way.hold)))

    def _turn(self, attack: Attack) -> Turn:
        """The state of the beginning; or, where nobody has that, requests of this run alone."""
        self.world.restore()
        if self.world.restores:
            return Turn()
        self._turns += 1
        mark = f"-tocsin-{int(self.client.clock.today().timestamp()):x}-{self._turns:x}"
        wanted = turn(attack.renewal, attack.requests, attack.readers, mark)
        try:
            request = next(wanted)
            while True:
                request = wanted.send(self.client.ask(request))
        except StopIteration as stop:
            made: Turn = stop.value
            return made

    def _before(self, attack: Attack, own: Turn) -> State:
        """What is read before anything is sent; where everything is restored, read once."""
        if not self.world.restores:
            return self._read(attack, own)
        missing = [one for one in attack.readers if label(one) not in self._begin]
        self._begin.update(self._read(replace(attack, readers=tuple(missing)), own))
        return {label(one): self._begin[label(one)] for one in attack.readers}

    def _read(self, attack: Attack, own: Turn) -> State:
        found = self.client.read([own.of(one) for one in attack.readers])
        return {
            label(one): own.told(content(said))
            for one, said in zip(attack.readers, found, strict=True)
        }

    def _held(self, attack: Attack, request: Request) -> Way:
        if request.endpoint not in self._ways:
            own = self._turn(attack)
            (shot,) = self.client.shots([own.of(request)])
            self._ways[request.endpoint] = calibrate(
                self.client,
                self.client.origin,
                shot,
                copies=len(attack.requests),
                protocols=self.client.protocols,
            ).way
        return self._ways[request.endpoint]
