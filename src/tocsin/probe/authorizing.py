"""Sends the attempts of the authorization matrix, each from the same state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tocsin.model import event
from tocsin.model.http import Response
from tocsin.probe.checks.authorization import Attempt, confirmed, judge, permissions
from tocsin.probe.client import Client
from tocsin.probe.flaw import Flaw
from tocsin.probe.world import World


def authorized(
    client: Client, world: World, attempts: Sequence[Attempt]
) -> Iterator[event.PermissionSeen | Flaw]:
    """The cells that the attempts fill, then what they show. Raises `Exhausted`."""
    found: list[tuple[Attempt, Flaw]] = []
    for attempt in attempts:
        before: Response | None = None
        after: Response | None = None
        own = client.ask(attempt.own)
        if attempt.reads:
            foreign = client.ask(attempt.foreign)
        else:
            world.restore()
            before = client.ask(attempt.thing.read)
            foreign = client.ask(attempt.foreign)
            after = client.ask(attempt.thing.read)
            world.restore()
        yield from map(event.PermissionSeen, permissions(attempt, own, foreign))
        flaw = judge(attempt, own, foreign, before, after)
        if flaw is not None:
            found.append((attempt, flaw))
    yield from confirmed(found)
