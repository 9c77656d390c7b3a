"""What an attack is: requests to send together, from a state that is known."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tocsin.model.http import Operation, Request
from tocsin.probe.baseline import Baseline, Outcome
from tocsin.probe.discover import Working
from tocsin.probe.footprint import Footprint
from tocsin.probe.renewal import NOTHING_NEW, Renewal
from tocsin.probe.verdict import Broken, judge


@dataclass(frozen=True, slots=True)
class Attack:
    """The requests of one volley, and the reads that show what it changed.

    ``both``: they were chosen so that all succeed in a row, and something may be lost at once.
    ``renewal``: what every run gets anew, where nobody puts back the state.
    """

    check: str
    requests: tuple[Request, ...]
    readers: tuple[Request, ...] = ()
    both: bool = False
    renewal: Renewal = NOTHING_NEW

    @property
    def endpoints(self) -> frozenset[str]:
        """Those of its requests."""
        return frozenset(one.endpoint for one in self.requests)

    @property
    def method(self) -> str:
        """That of all its requests; empty where they differ."""
        methods = {one.method for one in self.requests}
        return methods.pop() if len(methods) == 1 else ""

    @property
    def copies(self) -> bool:
        """Whether all of them are the same request."""
        return len(set(self.requests)) == 1

    @property
    def crowded(self) -> bool:
        """Whether there are different requests, and some of them more than once."""
        return 1 < len(set(self.requests)) < len(self.requests)

    @property
    def orders(self) -> tuple[tuple[int, ...], ...]:
        """What is sent one after the other first: of copies one, then all; else every order.

        Of a crowd there are too many orders: the one in which it stands, the same backwards, and
        one kind after the other, both ways.
        """
        everything = tuple(range(len(self.requests)))
        if self.copies:
            return (0,), everything
        if not self.crowded:
            return tuple(itertools.permutations(everything))
        apart = tuple(sorted(everything, key=lambda one: self.requests.index(self.requests[one])))
        return everything, everything[::-1], apart, apart[::-1]


@dataclass(frozen=True, slots=True)
class Wish:
    """How much to try: ``copies`` of one request in a volley. ``known``: what the document has.

    ``footprints``: what requests change when they are alone, where the state can be put back.
    """

    copies: int = 2
    known: Sequence[Operation] = ()
    footprints: Mapping[Request, Footprint] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of attack. ``plan`` chooses the requests out of those that work.

    ``judge`` compares a round with the serial runs, by the method that all requests have.
    ``methods`` are those of the requests that it takes; if none, all that change something.
    """

    name: str
    plan: Callable[[Sequence[Working], Wish], list[Attack]]
    judge: Callable[[Baseline, Outcome, str], Broken | None] = judge
    methods: frozenset[str] = frozenset()
