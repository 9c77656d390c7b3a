"""TOC501: a request that promises to change nothing changes the database."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tocsin.model.anomaly import Name
from tocsin.model.verdict import Severity
from tocsin.static.effect import Guard, Kind
from tocsin.static.entries import Trace
from tocsin.static.models import Model
from tocsin.static.rules.base import Match, Observer, Sighting
from tocsin.static.uses import uses
from tocsin.static.window import Use
from tocsin.static.world import World

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_ANY = "ANY"

# What is kept of a visit, or for the next: nobody asked for it, and twice is as good as once.
_KEPT = re.compile(
    r"last_|_at$|^(view|visit|hit|click|download|access|seen|read_?time|timestamp|updated|expires)"
    r"|count|cache|_on$|_date$|_time$",
    re.IGNORECASE,
)
_RECORDS = re.compile(
    r"log|audit|trace|event|histor|visit|view|track|stat|metric|cache|token|session|nonce|state|"
    r"notif|recent|activit|snapshot|lock",
    re.IGNORECASE,
)
# Steps of signing in and out are GETs by their protocols.
_PROTOCOL = re.compile(
    r"callback|oauth|oidc|saml|sso|login|logout|signin|signout|\bacs\b|authorize|cron|health|"
    r"metrics|webhook|export|install|setup",
    re.IGNORECASE,
)
_POSTED = re.compile(r"\.method|POST|is_valid|validate_on_submit|is_submitted|\.form\b|\.json\b")


def sightings(trace: Trace, world: World) -> Iterator[Sighting]:
    """The first write of a safe request that is no record of the request itself."""
    verb, _, path = trace.entry.endpoint.partition(" ")
    if not trace.entry.routed or verb not in {*_SAFE, _ANY} or _PROTOCOL.search(path):
        return
    for use in uses(trace.effects):
        if use.index < trace.start or not _state(use) or _on_purpose(use):
            continue
        shown = "any method" if verb == _ANY else verb
        yield Sighting(
            use.effect,
            use.effect,
            Match(
                f"A request with {shown} writes {_name(use)}: links are prefetched, opened by mail "
                "scanners and repeated by clients and proxies, each time with this effect.",
                Severity.MEDIUM,
                confidence="low" if verb == _ANY else "medium",
                advice="Show a page or a form on GET, and write on POST, with a conditional write "
                "so that the second of two does nothing.",
            ),
        )
        return


def _state(use: Use) -> bool:
    """Whether the write is of what the application is about."""
    item = use.effect.item
    if item is None or item.store != "database":
        return False
    if use.verb in {"insert", "delete"}:
        return not _RECORDS.search(_name(use))
    if not use.columns or all(each.relative for each in use.written):
        return False
    model = use.effect.model  # an attribute that is no column is stored nowhere
    stored = use.columns & model.columns if isinstance(model, Model) else use.columns
    return any(not _KEPT.search(column) for column in stored)


def _on_purpose(use: Use) -> bool:
    """Made because it is missing, done after the response, or only for another method."""
    if use.effect.kind is Kind.SET and use.effect.item is None:
        return True
    if use.verb == "insert" and "upsert" in use.effect.options:
        return True
    if use.verb == "insert" and any(guard.found < 0 for guard in use.effect.guards):
        return True
    return any(_other_method(guard) for guard in use.effect.guards)


def _other_method(guard: Guard) -> bool:
    if not _POSTED.search(guard.text):
        return False
    safe = "'GET'" in guard.text or "'HEAD'" in guard.text
    return not (safe and guard.holds)


def _name(use: Use) -> str:
    item = use.effect.item
    return item.name.rpartition(".")[2] if item else ""


OBSERVER = Observer("TOC501", Name.DOUBLE_SUBMIT, sightings)
