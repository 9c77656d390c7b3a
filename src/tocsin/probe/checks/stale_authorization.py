"""Stale authorization: a right is taken away while somebody else's request relies on it.

Both may succeed at once, and often that is no race: the request was first. It is one if the request
took effect *after* the revocation: if somebody who read in between saw the revocation answered, or
done, and nothing of the request yet. Nothing else is evidence here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Self
from urllib.parse import unquote

from tocsin.model.http import ANONYMOUS, Identity, Request, Response
from tocsin.model.verdict import Permission
from tocsin.probe.checks.readers import readers
from tocsin.probe.checks.state_change_attack import things
from tocsin.probe.discover import Working, distinct
from tocsin.probe.footprint import Footprint, counting, meet
from tocsin.scenario.said import parsed

NAME = "stale_authorization"

MOST = 600
"""Pairs of one scan; one request tells that most of them are none."""

READERS = 4
"""Reads that are looked at for one that tells."""

EVERYBODY = 3
"""So many people stand for everybody: of two, the other may be who takes rights away."""

_GOLDEN = 0.6180339887498949


@dataclass(frozen=True, slots=True)
class Suspect:
    """A request, and another that may take away what it relies on; reads that may tell.

    ``names``: the revocation names the person who sends the other request.
    """

    victim: Request
    revocation: Request
    readers: tuple[Request, ...] = ()
    names: bool = False

    def refused(self, response: Response) -> bool:
        """Whether the victim was refused for want of a right, not of the thing itself."""
        return response.status in ({401, 403, 404} if self.names else {401, 403})


@dataclass(frozen=True, slots=True)
class Views:
    """What one read says: before anything, after the victim, the revocation, and both in order."""

    start: object
    acted: object
    revoked: object
    both: object

    @property
    def telling(self) -> bool:
        """Whether it can always be told if the victim has taken effect."""
        without, with_it = (self.start, self.revoked), (self.acted, self.both)
        return not any(one == other for one in without for other in with_it)

    @property
    def whole(self) -> bool:
        """Whether one answer tells of both requests."""
        return self.telling and self.start != self.revoked


@dataclass(frozen=True, slots=True)
class Sight:
    """One reading under way: ``lag`` is how long after the revocation's answer it was sent."""

    content: object
    lag: float


@dataclass(slots=True)
class Granted:
    """Which requests of somebody are sent after they were named, by the rights that others have.

    To what everybody may who is logged in (``open``), a right is taken away from those alone who
    are locked out: one such request tells, whichever it is.
    """

    open: frozenset[str] = frozenset()
    _asked: set[tuple[str, Request]] = field(default_factory=set)

    @classmethod
    def by(cls, cells: Sequence[Permission]) -> Self:
        """As far as the matrix tells."""
        known = [one for one in cells if one.identity != ANONYMOUS.name]
        people: dict[str, set[str]] = {}
        for one in known:
            people.setdefault(one.endpoint, set()).add(one.identity)
        refused = {one.endpoint for one in known if not one.allowed}
        return cls(frozenset(e for e, who in people.items() if len(who) >= EVERYBODY) - refused)

    def asks(self, victim: Request, revocation: Request) -> bool:
        """Whether this is worth asking; what stands for all others is asked once."""
        if victim.endpoint not in self.open:
            return True
        one = (victim.identity, revocation)
        new = one not in self._asked
        self._asked.add(one)
        return new


def plan(
    working: Sequence[Working],
    identities: Mapping[str, Identity],
    footprints: Mapping[Request, Footprint] = MappingProxyType({}),
    cells: Sequence[Permission] = (),
) -> tuple[Suspect, ...]:
    """Revocations that name the victim's sender first, then requests for the same thing.

    What only moves numbers, as is seen by ``footprints``, takes away no right. ``cells`` tell who
    was refused what.
    """
    numbers, granted = counting(footprints), Granted.by(cells)
    changing = [one.request for one in distinct(working) if not one.reads]
    touched = {one: things(one) for one in changing}
    named_in = {one: frozenset(values(one)) for one in changing}
    found: dict[tuple[str, ...], Suspect] = {}
    for victim in changing:
        who = identities.get(victim.identity, ANONYMOUS)
        for other in changing:
            key = (victim.endpoint, victim.identity, other.endpoint)
            if key in found or other.endpoint == victim.endpoint or who.name == ANONYMOUS.name:
                continue
            if other.endpoint in numbers:
                continue
            named = (who.username or who.name) in named_in[other]
            same = bool(touched[victim] & touched[other])
            met = named and _met(victim, other, footprints)
            if same or met or (named and granted.asks(victim, other)):
                # Who takes a right away can still read afterwards.
                asking = replace(victim, identity=other.identity)
                found[key] = Suspect(victim, other, readers(asking, working)[:READERS], named)
    ranked = sorted(found.values(), key=lambda one: (not one.names, _own(one)))
    return tuple(ranked[:MOST])


def stale(views: Views, sights: Sequence[Sight], final: object) -> float | None:
    """For how long at least the victim was under way after the revocation; ``None``: no evidence.

    ``final`` is what is read when all is done. A sight proves if it was sent after the revocation
    was answered, or shows the revocation, and the victim's effect is not there but is in the end.
    """
    if not views.telling or final not in (views.acted, views.both):
        return None
    lags = [
        max(sight.lag, 0.0)
        for sight in sights
        if sight.content in (views.start, views.revoked)
        and (sight.lag >= 0 or (views.whole and sight.content == views.revoked))
    ]
    return max(lags, default=None)


def fractions(shown: Sequence[float]) -> Iterator[float]:
    """When the revocation is to be answered, as a share of the victim's time; near a hit again.

    The golden ratio's multiples fill an interval evenly, however many of them are taken.
    """
    number = 0
    while True:
        number += 1
        share = number * _GOLDEN % 1
        yield shown[-1] + (share - 0.5) * 0.1 if shown and number % 2 else 0.1 + share


def values(request: Request) -> Iterator[str]:
    """All that a request names: in its path, its query, and at the top of its body."""
    yield from map(unquote, request.path.split("/"))
    yield from (value for _, value in request.query)
    try:
        body: object = parsed(request.body or b"null")
    except ValueError:
        return
    yield from map(str, body.values()) if isinstance(body, dict) else ()


def _met(one: Request, other: Request, footprints: Mapping[Request, Footprint]) -> bool:
    known = one in footprints and other in footprints
    return known and meet(footprints[one], footprints[other])


def _own(suspect: Suspect) -> bool:
    return suspect.victim.identity == suspect.revocation.identity
