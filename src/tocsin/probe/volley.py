"""Who fires which shot, and when: planning a volley, without sending anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import cycle, groupby
from statistics import median
from urllib.parse import unquote

from tocsin.model.volley import Attacked, Flight
from tocsin.probe.message import Answer, Hold, Observation, Protocol, Volley, Way


def order(volley: Volley) -> tuple[int, ...]:
    """The shots' places in the order of their release."""
    places = range(len(volley.shots))
    return (
        tuple(sorted(places, key=volley.offsets.__getitem__)) if volley.offsets else tuple(places)
    )


def deal(places: Iterable[int], capacities: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """Deal shots to connections in turn, no more to one than it may carry.

    What no connection can carry is in none of the hands.
    """
    hands: list[list[int]] = [[] for _ in capacities]
    turn = cycle(range(len(capacities))) if sum(capacities) else iter(())
    left = sum(capacities)
    for place in places:
        if not left:
            break
        hand = next(each for each in turn if len(hands[each]) < capacities[each])
        hands[hand].append(place)
        left -= 1
    return tuple(map(tuple, hands))


def releases(volley: Volley) -> tuple[tuple[float, tuple[int, ...]], ...]:
    """Moments, in seconds after the first release, each with the shots that are released then."""
    offsets = volley.offsets or (0.0,) * len(volley.shots)
    moments = groupby(order(volley), key=offsets.__getitem__)
    return tuple((offset, tuple(places)) for offset, places in moments)


def connections(way: Way, shots: int) -> int:
    """How many connections to begin with: HTTP/1.1 carries one request at a time on each."""
    return shots if way.protocol is Protocol.HTTP1 else max(1, min(way.connections, shots))


def held_at(protocol: Protocol, volley: Volley) -> Hold:
    """Where shots are really held: an HTTP/1.1 request without a body ends with its header."""
    bodies = any(shot.body for shot in volley.shots)
    if protocol is Protocol.HTTP1 and volley.way.hold is Hold.END_STREAM and not bodies:
        return Hold.LAST_HEADER_BYTES
    return volley.way.hold


def flights(seen: Observation) -> tuple[Flight, ...]:
    """The requests of one volley that were sent, as they are told."""
    began = min((one.sent for one in seen.results if one.sent), default=0.0)
    return tuple(
        Flight(
            f"{shot.method} {unquote(shot.target.partition('?')[0])} as {shot.identity}",
            round(max(0.0, one.sent - began), 6),
            round(max(0.0, one.done - began), 6),
            one.status if isinstance(one, Answer) else 0,
        )
        for shot, one in zip(seen.volley.shots, seen.results, strict=False)
        if one.sent
    )


def attacked(check: str, shown: int, seen: Sequence[Observation]) -> Attacked:
    """The rounds of an attack, summed up; there may have been none."""
    if not seen:
        return Attacked(check, 0, 0, "", 0.0)
    spread = round(median(one.spread for one in seen), 6)
    return Attacked(check, shown, len(seen), str(seen[0].way), spread)


@dataclass(frozen=True, slots=True)
class Tightness:
    """How well volleys came together, as far as the sender can know."""

    ways: tuple[Way, ...]
    volleys: int
    overlapped: int
    """Volleys of which all requests were under way before the first answer."""
    spread: float
    """Median, in seconds, of the time between the first release and the last."""
    early: int
    """Answers that came before their release."""

    def __str__(self) -> str:
        ways = " or ".join(map(str, self.ways))
        early = f", {self.early} answered before their release" if self.early else ""
        return (
            f"{ways}: {self.overlapped} of {self.volleys} volleys overlapped, "
            f"released within {1000 * self.spread:.2f} ms{early}"
        )


def tightness(observations: Sequence[Observation]) -> Tightness:
    """Sum up volleys that were delivered. Raises ``ValueError`` if there is none."""
    if not observations:
        raise ValueError("no volley, no tightness")
    return Tightness(
        tuple(dict.fromkeys(each.way for each in observations)),
        len(observations),
        sum(each.overlapped for each in observations),
        median(each.spread for each in observations),
        sum(each.early for each in observations),
    )
