"""Whole scans of an application on a server whose clock jumps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.probe.sending import HERE
from tests.probe.virtual import virtual
from tocsin.model import event
from tocsin.model.http import Identity
from tocsin.probe.checks.base import Attack
from tocsin.probe.client import Client, Clock
from tocsin.probe.engine import Noticed, Order, Probing, Said, Shown
from tocsin.probe.flaw import Flaw
from tocsin.probe.identity import Sessions
from tocsin.probe.playing import played
from tocsin.probe.redaction import Redactor
from tocsin.probe.scope import Target
from tocsin.probe.script import Race, Script
from tocsin.probe.world import World
from tocsin.report.plan import PlanFile, loads
from tocsin.report.witness import written
from tocsin.scan.options import ReplayOptions
from tocsin.scan.replay import sendable


def told(
    app: Any,
    world: World,
    identities: Sequence[Identity],
    *,
    may_change: bool = True,
    **order: Any,
) -> list[Said]:
    """Everything that a scan says."""
    with virtual(app) as server:
        client = Client(
            HERE,
            server,
            Sessions.of(identities),
            Redactor(),
            may_change=may_change,
            clock=Clock(now=server.loop.time, sleep=server.skip),
        )
        wanted = Order(**{"target": Target(HERE), "rounds": 4, **order})
        return list(Probing(wanted, client, world).events())


def again(app: Any, world: World, identities: Sequence[Identity], shown: Shown) -> list[Said]:
    """What the same attack shows when it is sent again, from what was written of it."""
    known = shown.attack
    text = written(
        PlanFile(
            plan="volley",
            address=str(HERE),
            check=known.check,
            requests=known.requests,
            readers=known.readers,
        )
    )
    file = loads(text)
    assert file is not None
    with virtual(app) as server:
        client = Client(HERE, server, Sessions.of(identities), Redactor(), may_change=True)
        order = Order(target=Target(HERE), rounds=4)
        options = ReplayOptions(identities=tuple(identities))
        requests, readers = (
            tuple(sendable(one, options) for one in some) for some in (file.requests, file.readers)
        )
        attack = Attack(file.check, requests, readers)
        return list(Probing(order, client, world).again(attack))


def scripted(app: Any, world: World, script: Script) -> list[Flaw | Race | event.Event]:
    """What one script says, and nothing before it."""
    with virtual(app) as server:
        client = Client(HERE, server, Sessions.of(()), Redactor(), may_change=True)
        return list(played(script, client, world))


def races(said: Sequence[Said], check: str) -> dict[str, Shown]:
    """By endpoint what a check has shown."""
    return {
        one.refs[0].endpoint: one
        for one in said
        if isinstance(one, Shown) and one.attack.check == check
    }


def flaws(said: Sequence[Said]) -> set[tuple[str, str]]:
    """Kind and endpoint of all that is wrong without a race."""
    return {(one.flaw.kind, one.flaw.request.endpoint) for one in said if isinstance(one, Noticed)}


def tried(said: Sequence[Said]) -> dict[tuple[str, ...], event.UnitFinished]:
    """By endpoints what became of each attack."""
    return {
        tuple(ref.endpoint for ref in one.result.requests): one
        for one in said
        if isinstance(one, event.UnitFinished)
    }
