"""What it takes to look for a flaw again: the requests that its check began with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tocsin.model.http import Operation, Request, Response
from tocsin.model.verdict import Permission
from tocsin.probe.client import Client, NotAllowed
from tocsin.probe.discover import Working, distinct
from tocsin.probe.flaw import Flaw
from tocsin.probe.scope import SAFE_METHODS
from tocsin.probe.script import Scene
from tocsin.probe.uploads import upload
from tocsin.probe.world import World
from tocsin.scenario.prepare import succeeded


@dataclass(frozen=True, slots=True)
class Review:
    """A check, the requests that worked, what the document has of them, and what was refused."""

    check: str
    requests: tuple[Request, ...]
    known: tuple[Operation, ...] = ()
    cells: tuple[Permission, ...] = ()


def review(check: str, flaw: Flaw, scene: Scene) -> Review:
    """As much of the scene as this flaw needs: all reads, uploads, and its own endpoint."""
    requests = tuple(
        one.request
        for one in distinct(scene.working)
        if one.request.method in SAFE_METHODS
        or one.request.endpoint == flaw.request.endpoint
        or upload(one.request) is not None
    )
    endpoints = {one.endpoint for one in requests} | {flaw.request.endpoint}
    return Review(
        check,
        requests,
        tuple(one for one in scene.known if one.endpoint in endpoints),
        tuple(one for one in scene.cells if one.endpoint in endpoints),
    )


def working(client: Client, world: World, requests: Sequence[Request]) -> tuple[Working, ...]:
    """Those of the requests that still work. Raises what the client and the world raise."""
    world.restore()
    found: list[Working] = []
    for request in requests:
        try:
            response: Response = client.ask(request)
        except NotAllowed:
            continue
        if succeeded(response):
            found.append(Working(request, response))
        if request.method not in SAFE_METHODS:
            world.restore()
    return tuple(found)
