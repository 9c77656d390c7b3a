"""Carries out what scripted checks say: requests through the client, states through the world."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.model.http import Request
from tocsin.probe.client import Client, answered
from tocsin.probe.message import Answer, Hold, Protocol, Way
from tocsin.probe.script import Came, Reply, Restore, Said, Script, Together
from tocsin.probe.world import World


def played(script: Script, client: Client, world: World) -> Iterator[Said]:
    """What the script says, in its order. Raises what the client and the world raise."""
    came: Came = None
    while True:
        try:
            step = script.send(came)
        except StopIteration:
            return
        came = None
        match step:
            case Request():
                came = _replied(client, step)
            case Restore():
                world.restore()
            case Together():
                requests = step.attack.requests
                held = Way(Protocol.HTTP1, Hold.LAST_HEADER_BYTES, len(requests))
                came = client.fire(requests, held, step.offsets, defiant=step.defiant)
            case _:
                yield step


def _replied(client: Client, request: Request) -> Reply:
    result = client.exchange(request)
    seconds = result.first - result.sent if isinstance(result, Answer) else 0.0
    return Reply(answered(result), max(0.0, seconds))
