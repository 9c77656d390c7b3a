"""The authorization matrix: who may do what, with their own things and with those of others.

No race. Reported is what evidence contradicts: a thing that the API itself keeps from somebody or
gives to another, an endpoint for administrators, security that the document promises. Sources:
OWASP API1:2023 (broken object level authorization), API5:2023 (broken function level
authorization).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from tocsin.model import event
from tocsin.model.http import ANONYMOUS, Identity, Operation, Request, Response
from tocsin.model.verdict import Permission
from tocsin.probe.discover import Working
from tocsin.probe.flaw import Flaw
from tocsin.probe.ownership import Owned, aimed, dressed, owned, peers
from tocsin.probe.scope import SAFE_METHODS
from tocsin.probe.script import Scene, Script, Scripted, ask, restore
from tocsin.scenario import words
from tocsin.scenario.said import parsed

MOST = 80
"""So many foreign things are tried in one scan."""

DIRECT = frozenset({"PUT", "PATCH", "DELETE"})
"""What is done to the thing itself; others may answer it, like it, buy it."""

ADMINISTRATION = frozenset({"admin", "administration", "administrator", "backoffice", "superuser"})


class Kind(StrEnum):
    """What is wrong, worst first."""

    FOREIGN_CHANGED = "the things of others can be changed"
    FOREIGN_READ = "the things of others can be read"
    ADMINISTERED = "what is for administrators is done for others"
    UNENFORCED = "documented security is not enforced"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One thing, asked for by its owner and by another who has no more rights than they.

    ``mutual``: that they have no more is a guess, and the owner must get the other's things, too.
    """

    thing: Owned
    own: Request
    foreign: Request
    mutual: bool = False

    @property
    def reads(self) -> bool:
        return self.own.method in SAFE_METHODS


def plan(
    working: Sequence[Working],
    identities: Mapping[str, Identity],
    permissions: Sequence[Permission],
    *,
    may_change: bool,
) -> tuple[Attempt, ...]:
    """Each endpoint that names one thing, with one thing of each owner, as each stranger."""
    things = owned(working, identities)
    ordered = sorted(working, key=lambda one: one.request.method != "GET")
    found: dict[tuple[str, str, str], Attempt] = {}
    for one in ordered:
        if one.request.method not in SAFE_METHODS and not may_change:
            continue
        for thing in things:
            for attempt in _attempts(one.request, thing, identities, permissions):
                key = (one.request.endpoint, thing.owner, attempt.foreign.identity)
                found.setdefault(key, attempt)
    return tuple(found.values())[:MOST]


def judge(
    attempt: Attempt,
    own: Response,
    foreign: Response,
    before: Response | None = None,
    after: Response | None = None,
) -> Flaw | None:
    """Whether the stranger got what the owner gets; ``None`` if that cannot be said.

    ``before`` and ``after`` the stranger's request are what the owner's list says: what changes
    something must have changed the owner's thing there. Numbers may be counted for each user.
    """
    if not (_did(own) and _did(foreign) and _alike(own, foreign, attempt)):
        return None
    if not attempt.reads and not _changed(attempt.thing, before, after):
        return None
    kind = Kind.FOREIGN_READ if attempt.reads else Kind.FOREIGN_CHANGED
    thing, who = attempt.thing, attempt.foreign.identity
    return Flaw(
        kind,
        attempt.foreign,
        f"answers {foreign.status} to {who} for {thing.noun} {thing.key}, which is "
        f"{thing.owner}'s: {thing.reason}",
    )


def confirmed(found: Sequence[tuple[Attempt, Flaw]]) -> tuple[Flaw, ...]:
    """The flaws that do not depend on a guess, one for each kind and endpoint."""
    pairs = {
        (flaw.kind, flaw.request.endpoint, attempt.thing.owner, attempt.foreign.identity)
        for attempt, flaw in found
    }
    kept: dict[tuple[StrEnum, str], Flaw] = {}
    for attempt, flaw in found:
        what = (flaw.kind, flaw.request.endpoint)
        back = (*what, attempt.foreign.identity, attempt.thing.owner)
        if not attempt.mutual or back in pairs:
            kept.setdefault(what, flaw)
    return tuple(kept.values())


def overreach(
    working: Sequence[Working],
    operations: Sequence[Operation],
    identities: Mapping[str, Identity],
) -> tuple[Flaw, ...]:
    """Successes of those whom the document, or path and roles, keep out; one an endpoint."""
    promised = {one.endpoint for one in operations if _secured(one)}
    administrators = any(_administers(one) for one in identities.values())
    found: dict[str, Flaw] = {}
    for one in working:
        request, status = one.request, one.response.status
        who = identities.get(request.identity, ANONYMOUS)
        if status >= 300:
            continue
        if who.name == ANONYMOUS.name and request.endpoint in promised:
            said = f"answers {status} to anybody, though the document says that it is protected"
            found.setdefault(request.endpoint, Flaw(Kind.UNENFORCED, request, said))
        elif administrators and who.role is not None and not _administers(who):
            parts = [words.noun(part) for part in request.endpoint.partition(" ")[2].split("/")]
            if ADMINISTRATION & set(parts):
                said = f"answers {status} to {who.name}, whose role is {who.role}"
                found.setdefault(request.endpoint, Flaw(Kind.ADMINISTERED, request, said))
    return tuple(found.values())


def permissions(attempt: Attempt, own: Response, foreign: Response) -> tuple[Permission, ...]:
    """The cells of the matrix that an attempt fills."""
    return (
        *_cell(attempt.own, own, "own"),
        *_cell(attempt.foreign, foreign, "foreign"),
    )


def script(scene: Scene) -> Script:
    """Doors left open; then the cells of the matrix that attempts fill, and what they show."""
    yield from overreach(scene.working, scene.known, scene.identities)
    attempts = plan(scene.working, scene.identities, scene.cells, may_change=scene.free)
    found: list[tuple[Attempt, Flaw]] = []
    for attempt in attempts:
        own = yield from ask(attempt.own)
        before: Response | None = None
        after: Response | None = None
        if attempt.reads:
            foreign = yield from ask(attempt.foreign)
        else:
            yield from restore()
            before = (yield from ask(attempt.thing.read)).response
            foreign = yield from ask(attempt.foreign)
            if _did(foreign.response):
                after = (yield from ask(attempt.thing.read)).response
                yield from restore()
        cells = permissions(attempt, own.response, foreign.response)
        yield from map(event.PermissionSeen, cells)
        flaw = judge(attempt, own.response, foreign.response, before, after)
        if flaw is not None:
            found.append((attempt, flaw))
    yield from confirmed(found)


SCRIPTED = Scripted("authorization", script)


def _cell(
    request: Request, said: Response, whose: Literal["own", "foreign"]
) -> tuple[Permission, ...]:
    # What the owner gets and the other does not is refused, in whatever words.
    refused = said.refused if whose == "foreign" else said.status in {401, 403, 404}
    if not (_did(said) or refused):
        return ()
    return (Permission(request.endpoint, request.identity, _did(said), said.status, whose),)


def _attempts(
    request: Request,
    thing: Owned,
    identities: Mapping[str, Identity],
    known: Sequence[Permission],
) -> list[Attempt]:
    here = aimed(request, thing)
    before, owner = identities.get(request.identity), identities.get(thing.owner)
    if here is None or owner is None or not (thing.private or _direct(request)):
        return []
    strangers = [identities[name] for name in thing.strangers if name in identities]
    return [
        Attempt(
            thing,
            dressed(here, before, owner),
            dressed(here, before, stranger),
            mutual=owner.role is None or stranger.role is None,
        )
        for stranger in strangers
        if peers(owner, stranger, known)
    ]


def _direct(request: Request) -> bool:
    return request.method in DIRECT and request.endpoint.endswith("}")


def _changed(thing: Owned, before: Response | None, after: Response | None) -> bool:
    if before is None or after is None or not (_did(before) and _did(after)):
        return False
    row = thing.row(before)
    return row is not None and thing.row(after) != row


def _did(response: Response) -> bool:
    return response.error is None and 200 <= response.status < 300


def _alike(own: Response, foreign: Response, attempt: Attempt) -> bool:
    """Whether both answers tell of the same: a 200 may also carry a refusal, or another's thing."""
    mine, theirs = _json(own), _json(foreign)
    if not isinstance(mine, dict) or not isinstance(theirs, dict):
        return own.body == foreign.body and (bool(own.body) or not attempt.reads)
    if mine == theirs:
        return bool(mine)
    column = attempt.thing.column
    return (
        mine.keys() == theirs.keys()
        and str(mine.get(column)) == str(theirs.get(column)) == attempt.thing.key
    )


def _json(response: Response) -> object:
    try:
        found: object = parsed(response.body)
    except ValueError:
        return None
    return found


def _secured(operation: Operation) -> bool:
    return any("x-security" in one.schema for one in operation.parameters)


def _administers(identity: Identity) -> bool:
    return identity.role is not None and words.noun(identity.role) in ADMINISTRATION
