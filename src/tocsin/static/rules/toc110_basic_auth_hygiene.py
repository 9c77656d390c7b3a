"""TOC110: credentials compared, looked up or refused in a way that gives them away."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from tocsin.model.verdict import Severity
from tocsin.static.effect import Effect, Kind
from tocsin.static.entries import Trace
from tocsin.static.interpret.kept import plain
from tocsin.static.interpret.responses import BARE, DENIED
from tocsin.static.interpret.rows import ON_OBJECT
from tocsin.static.interpret.secrets import STORED
from tocsin.static.rules.base import Match, Observer, Sighting
from tocsin.static.world import World

_PASSWORD = re.compile(r"(credentials?|authorization|auth|basic)\.password\b", re.IGNORECASE)
_NAME = re.compile(r"(credentials?|authorization|auth|basic)\.username\b", re.IGNORECASE)


def sightings(trace: Trace, world: World) -> Iterator[Sighting]:
    """What each member of the family sees."""
    for member in _FAMILY:
        yield from member(trace)
    if world.settings.plain_rights:
        yield from _asked_of_object(trace)


def _compared(trace: Trace) -> Iterator[Sighting]:
    for effect in trace.effects:
        if effect.kind is not Kind.COMPARE:
            continue
        stored = effect.verb == STORED
        what = "with the password that is stored, as it is," if stored else "as a text,"
        yield _one(
            effect,
            f"A secret is compared {what} with ==: how long that takes tells how much of it is "
            "right.",
            "Store a hash (argon2, scrypt) and let its library verify; two texts are compared "
            "with secrets.compare_digest().",
        )


def _unchallenged(trace: Trace) -> Iterator[Sighting]:
    for effect in trace.effects:
        if effect.kind is not Kind.RESPOND or not effect.options >= BARE:
            continue
        if any(_PASSWORD.search(plain(guard.text)) for guard in effect.guards):
            yield _one(
                effect,
                "Basic credentials are refused with a 401 that names no scheme: clients do not ask "
                "for others, and RFC 9110 wants WWW-Authenticate.",
                'Answer with the header WWW-Authenticate: Basic realm="…".',
                Severity.LOW,
            )


def _claimed(trace: Trace) -> Iterator[Sighting]:
    for effect in trace.effects:
        if effect.kind is Kind.CLAIM and _trusted(trace, effect.verb):
            yield _one(
                effect,
                f"{effect.verb} is a query parameter here, for nothing else provides it: whoever "
                "asks says who they are.",
                "Take the identity from a dependency that has verified credentials.",
                Severity.HIGH,
            )


def _trusted(trace: Trace, name: str) -> bool:
    """Whether something is looked up under the name, and somebody is refused after that."""
    looked = False
    for effect in trace.effects:
        if effect.kind is Kind.READ and effect.item is not None:
            looked = looked or any(each.term == name for each in effect.item.where)
        elif looked and effect.kind is Kind.RESPOND and effect.verb in DENIED:
            return True
    return False


def _unknown_first(trace: Trace) -> Iterator[Sighting]:
    """Somebody unknown is refused before a secret is looked at."""
    for place, effect in enumerate(trace.effects):
        if effect.kind is not Kind.RESPOND or effect.verb != "401" or not effect.guards:
            continue
        last = effect.guards[-1]
        items = [trace.effects[d.source].item for d in last.deps if isinstance(d.source, int)]
        by_name = any(_NAME.search(c.term) for i in items if i is not None for c in i.where)
        later = any(
            _PASSWORD.search(plain(guard.text))
            for each in trace.effects[place + 1 :]
            for guard in each.guards
        )
        if by_name and later and not _PASSWORD.search(plain(last.text)):
            yield _one(
                effect,
                "Unknown users are refused before a password is verified: that is faster, and "
                "tells who is known.",
                "Verify against a hash that nobody has when the user is unknown.",
                Severity.LOW,
                "low",
            )


def _asked_of_object(trace: Trace) -> Iterator[Sighting]:
    """Django's own backend knows no rights on one object, and says no to all but superusers."""
    for effect in trace.effects:
        if ON_OBJECT in effect.options:
            yield _one(
                effect,
                "A permission is asked for one object, and Django's own backend answers that with "
                "no for all but superusers: whoever should be let in is not.",
                "Ask without the object and test whose it is, or add a backend that knows rights "
                "on objects to AUTHENTICATION_BACKENDS.",
                Severity.LOW,
            )


def _one(
    effect: Effect,
    message: str,
    advice: str,
    severity: Severity = Severity.MEDIUM,
    confidence: str = "medium",
) -> Sighting:
    return Sighting(effect, effect, Match(message, severity, confidence, advice=advice))


_FAMILY: tuple[Callable[[Trace], Iterator[Sighting]], ...] = (
    _compared,
    _unchallenged,
    _claimed,
    _unknown_first,
)

OBSERVER = Observer("TOC110", None, sightings)
