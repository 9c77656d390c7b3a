"""Authentication inconsistencies: wrong and malformed credentials, and what the answers give away.

No race, and nothing but reads and logins. Sources: RFC 7617 (Basic), RFC 9110 section 11.6
(challenges), OWASP API2:2023 (broken authentication).
"""

from __future__ import annotations

import base64
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tocsin.model.http import Request, Response
from tocsin.probe.client import UNANSWERED
from tocsin.probe.doors import NOBODY, WRONG, Door, basic, bearing, doors, shut
from tocsin.probe.flaw import Flaw
from tocsin.probe.script import Came, Scene, Script, Scripted, Step, defy

UNKNOWN_USER, WRONG_PASSWORD = "an unknown user", "a wrong password"
NOTHING = "no credentials"
ANOTHER_USER = "another unknown user"
ANOTHER = NOBODY[::-1]
"""As long as the first, and no more known: what differs between the two tells nothing."""


class Kind(StrEnum):
    """What is wrong, worst first."""

    ACCEPTED = "wrong credentials are accepted"
    PLAIN = "credentials are sent without encryption"
    CRASHES = "malformed credentials crash the server"
    TELLS_USERS = "answers tell which users exist"
    NO_CHALLENGE = "401 without WWW-Authenticate"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request with credentials that must be refused; ``name`` says which."""

    name: str
    request: Request


def plan(door: Door) -> tuple[Attempt, ...]:
    """Attempts at a door of Basic.

    One user gets two wrong passwords, no more: accounts may be locked after a few.
    """
    return tuple(
        Attempt(name, bearing(door.request, header)) for name, header in _headers(door.user)
    )


def judge(attempts: Sequence[Attempt], responses: Sequence[Response]) -> tuple[Flaw, ...]:
    """What the answers to Basic credentials show; each kind of flaw once."""
    found: dict[Kind, Flaw] = {}
    for attempt, response in zip(attempts, responses, strict=True):
        name, request = attempt.name, attempt.request
        if response.status == UNANSWERED and response.error is not None:
            continue
        if response.status < 300:
            _note(found, Kind.ACCEPTED, request, f"answers {response.status} to {name}")
        elif response.status >= 500:
            _note(found, Kind.CRASHES, request, f"answers {response.status} to {name}")
        elif response.status == 401 and not _header(response, "www-authenticate"):
            _note(found, Kind.NO_CHALLENGE, request, f"answers 401 to {name} without a challenge")
    for flaw in compare(attempts, responses):
        found[Kind.TELLS_USERS] = flaw
    return tuple(found[kind] for kind in Kind if kind in found)


def compare(attempts: Sequence[Attempt], responses: Sequence[Response]) -> Iterator[Flaw]:
    """Whether an unknown user is refused in other words than a wrong password."""
    said = {a.name: (a.request, r) for a, r in zip(attempts, responses, strict=True)}
    if not {UNKNOWN_USER, ANOTHER_USER, WRONG_PASSWORD} <= said.keys():
        return
    request, unknown = said[UNKNOWN_USER]
    another, wrong = said[ANOTHER_USER][1], said[WRONG_PASSWORD][1]
    three = (unknown, another, wrong)
    refused = all(400 <= one.status < 500 and one.status != 429 for one in three)
    if not refused or _difference(unknown, another):
        return
    if difference := _difference(unknown, wrong):
        yield Flaw(Kind.TELLS_USERS, request, difference)


def script(scene: Scene) -> Script:
    """Ask with credentials that must be refused, at Basic's door and at those of logins."""
    yield from _plain(scene)
    known = doors(scene.working, scene.identities, changing=scene.free)
    for door in (yield from shut(known)):
        if door.fields is None:
            yield from judge(*(yield from _answers(plan(door))))
        elif scene.may_change:
            yield from compare(*(yield from _answers(_at_login(door))))


SCRIPTED = Scripted("authentication", script)


def _plain(scene: Scene) -> Iterator[Flaw]:
    """Whoever is on the way to another machine reads what is not encrypted."""
    if not scene.foreign or scene.encrypted:
        return
    for one in scene.working:
        identity = scene.identities.get(one.request.identity)
        if identity is not None and identity.credentials:
            said = f"takes the credentials of {identity.name} over http://"
            yield Flaw(Kind.PLAIN, one.request, said)
            return


def _answers(
    attempts: Sequence[Attempt],
) -> Generator[Step, Came, tuple[Sequence[Attempt], list[Response]]]:
    """Those that were sent, and their answers: none after one that is refused for too many."""
    responses: list[Response] = []
    for attempt in attempts:
        reply = yield from defy(attempt.request)
        responses.append(reply.response)
        if reply.response.status == 429:
            break
    return attempts[: len(responses)], responses


def _at_login(door: Door) -> tuple[Attempt, ...]:
    return (
        Attempt(UNKNOWN_USER, door.tried(NOBODY, WRONG)),
        Attempt(WRONG_PASSWORD, door.tried(door.user, WRONG)),
        Attempt(ANOTHER_USER, door.tried(ANOTHER, WRONG)),
    )


def _note(found: dict[Kind, Flaw], kind: Kind, request: Request, reason: str) -> None:
    found.setdefault(kind, Flaw(kind, request, reason))


def _difference(unknown: Response, wrong: Response) -> str:
    if unknown.status != wrong.status:
        return (
            f"answers {unknown.status} to {UNKNOWN_USER}, {wrong.status} to {WRONG_PASSWORD} of one"
        )
    bodies = [_text(one) for one in (unknown, wrong)]
    if bodies[0] != bodies[1] and len(bodies[0]) != len(bodies[1]):
        return f"answers {UNKNOWN_USER} with another text than {WRONG_PASSWORD} of one"
    return ""


def _text(response: Response) -> str:
    return response.body.decode("utf-8", "replace").replace(NOBODY, "").replace(ANOTHER, "")


def _headers(user: str) -> tuple[tuple[str, str | None], ...]:
    """Names and values of ``Authorization``, all to be refused; two of them name the user."""
    pair = basic(f"{NOBODY}:{WRONG}")
    return (
        (NOTHING, None),
        (UNKNOWN_USER, pair),
        (WRONG_PASSWORD, basic(f"{user}:{WRONG}")),
        (ANOTHER_USER, basic(f"{ANOTHER}:{WRONG}")),
        ("an empty password", basic(f"{user}:")),
        ("an empty header", ""),
        ("a scheme without credentials", "Basic"),
        ("credentials that are no base64", "Basic %%%"),
        ("base64 without its padding", pair.rstrip("=") if pair.endswith("=") else pair + "A"),
        ("empty credentials", basic("")),
        ("a colon alone", basic(":")),
        ("an empty user name", basic(f":{WRONG}")),
        ("credentials without a colon", basic(NOBODY)),
        ("credentials with several colons", basic(f"{NOBODY}:::")),
        ("credentials that are no UTF-8", "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode()),
        ("credentials with a NUL", basic(f"{NOBODY}\0:{WRONG}\0")),
        ("credentials with a line break", basic(f"{NOBODY}\r\nx: y:{WRONG}")),
        ("credentials outside the basic plane", basic(f"{NOBODY}\U0001f514:{WRONG}")),
        ("very long credentials", basic(f"{NOBODY}:" + "x" * 3_000)),
        ("two credentials in one header", f"{pair}, {pair}"),
        ("Basic credentials as a token", "Bearer" + pair.removeprefix("Basic")),
        ("a token that says it is not signed", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0."),
        ("a scheme that nobody knows", "Tocsin abc"),
    )


def _header(response: Response, name: str) -> str:
    return next((value for key, value in response.headers if key.lower() == name), "")
