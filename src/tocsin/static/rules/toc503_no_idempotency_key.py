"""TOC503: a POST that pays has nothing by which a repetition is recognised."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tocsin.model.anomaly import Name
from tocsin.model.verdict import Severity
from tocsin.static.effect import Effect, Kind
from tocsin.static.entries import Trace, parameters
from tocsin.static.rules.base import Match, Observer, Sighting
from tocsin.static.uses import uses
from tocsin.static.world import World

_PAYS = re.compile(
    r"\b(pay|pays|payments?|payouts?|charges?|refunds?|checkouts?|purchases?|buy|transfers?"
    r"|withdrawals?|withdraw|donations?|donate|top-?ups?|orders)$",
    re.IGNORECASE,
)
_KEY = re.compile(r"idempot|nonce|dedup|request_?id|client_?token|transaction_?id", re.IGNORECASE)


def sightings(trace: Trace, world: World) -> Iterator[Sighting]:
    """The first row that a payment adds, where no name in sight is that of a key."""
    verb, _, path = trace.entry.endpoint.partition(" ")
    if not trace.entry.routed or verb != "POST" or not _PAYS.search(path.rstrip("/")):
        return
    if any(each.kind is Kind.GUARDED and each.verb == "once" for each in trace.effects):
        return
    added = [use.effect for use in uses(trace.effects) if use.verb == "insert"]
    if not added or any(_KEY.search(name) for name in _names(trace)):
        return
    if any(guard.found < 0 for guard in added[0].guards):
        return  # looked for first: something says which one it is
    yield Sighting(
        added[0],
        added[0],
        Match(
            "A client that hears nothing sends again, and this payment has no key by which the "
            "second is known to be the first.",
            Severity.LOW,
            advice="Take an Idempotency-Key, store it under a unique constraint before anything is "
            "done, and answer a repetition with what the first was answered.",
        ),
    )


def _names(trace: Trace) -> Iterator[str]:
    node = trace.entry.function.node
    yield from (*parameters(node), *map(ast.unparse, node.decorator_list))
    for effect in trace.effects:
        yield from _of(effect)


def _of(effect: Effect) -> Iterator[str]:
    for each in effect.written:
        yield from (each.column, each.term)
    for condition in effect.item.where if effect.item else ():
        yield from (condition.column, condition.term)
    yield from (guard.text for guard in effect.guards)


OBSERVER = Observer("TOC503", Name.DOUBLE_SUBMIT, sightings)
