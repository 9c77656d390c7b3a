"""Authentication inconsistencies: wrong and malformed credentials, and what the answers give away.

No race, and nothing but reads. Sources: RFC 7617 (Basic), RFC 9110 section 11.6 (challenges), OWASP
API2:2023 (broken authentication).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from tocsin.model.http import ANONYMOUS, Identity, Request, Response
from tocsin.probe.client import UNANSWERED
from tocsin.probe.discover import Working
from tocsin.probe.flaw import Flaw
from tocsin.probe.script import Scene, Script, Scripted, ask

NOBODY = "tocsin-nobody-of-this-name"
WRONG = "tocsin-wrong-password"
UNKNOWN_USER, WRONG_PASSWORD = "an unknown user", "a wrong password"


class Kind(StrEnum):
    """What is wrong, worst first."""

    ACCEPTED = "wrong credentials are accepted"
    CRASHES = "malformed credentials crash the server"
    TELLS_USERS = "answers tell which users exist"
    NO_CHALLENGE = "401 without WWW-Authenticate"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request with credentials that must be refused; ``name`` says which."""

    name: str
    request: Request


def plan(working: Sequence[Working], identities: Mapping[str, Identity]) -> tuple[Attempt, ...]:
    """Attempts on the first read that wants Basic credentials; none where no read does.

    One user gets two wrong passwords, no more: accounts may be locked after a few.
    """
    public = {one.request.endpoint for one in working if one.request.identity == ANONYMOUS.name}
    for one in working:
        user = _user(identities.get(one.request.identity))
        if one.request.method == "GET" and one.request.endpoint not in public and user:
            return tuple(
                Attempt(name, _with(one.request, header)) for name, header in _headers(user)
            )
    return ()


def judge(attempts: Sequence[Attempt], responses: Sequence[Response]) -> tuple[Flaw, ...]:
    """What the answers show; each kind of flaw once."""
    said = {a.name: (a.request, r) for a, r in zip(attempts, responses, strict=True)}
    found: dict[Kind, Flaw] = {}
    for name, (request, response) in said.items():
        if response.status == UNANSWERED and response.error is not None:
            continue
        if response.status < 300:
            _note(found, Kind.ACCEPTED, request, f"answers {response.status} to {name}")
        elif response.status >= 500:
            _note(found, Kind.CRASHES, request, f"answers {response.status} to {name}")
        elif response.status == 401 and not _header(response, "www-authenticate"):
            _note(found, Kind.NO_CHALLENGE, request, f"answers 401 to {name} without a challenge")
    if UNKNOWN_USER in said and WRONG_PASSWORD in said:
        request, unknown = said[UNKNOWN_USER]
        _, wrong = said[WRONG_PASSWORD]
        refused = unknown.status >= 400 and wrong.status >= 400
        if refused and (difference := _difference(unknown, wrong)):
            _note(found, Kind.TELLS_USERS, request, difference)
    return tuple(found[kind] for kind in Kind if kind in found)


def script(scene: Scene) -> Script:
    """Ask with credentials that must be refused."""
    attempts = plan(scene.working, scene.identities)
    responses = []
    for attempt in attempts:
        reply = yield from ask(attempt.request)
        responses.append(reply.response)
    yield from judge(attempts, responses)


SCRIPTED = Scripted("authentication", script)


def _note(found: dict[Kind, Flaw], kind: Kind, request: Request, reason: str) -> None:
    found.setdefault(kind, Flaw(kind, request, reason))


def _difference(unknown: Response, wrong: Response) -> str:
    if unknown.status != wrong.status:
        return (
            f"answers {unknown.status} to {UNKNOWN_USER}, {wrong.status} to {WRONG_PASSWORD} of one"
        )
    bodies = [one.body.decode("utf-8", "replace").replace(NOBODY, "") for one in (unknown, wrong)]
    if bodies[0] != bodies[1] and len(bodies[0]) != len(bodies[1]):
        return f"answers {UNKNOWN_USER} with another text than {WRONG_PASSWORD} of one"
    return ""


def _headers(user: str) -> tuple[tuple[str, str | None], ...]:
    """Names and values of ``Authorization``, all to be refused."""
    return (
        ("no credentials", None),
        (UNKNOWN_USER, _basic(f"{NOBODY}:{WRONG}")),
        (WRONG_PASSWORD, _basic(f"{user}:{WRONG}")),
        ("an empty password", _basic(f"{user}:")),
        ("a scheme without credentials", "Basic"),
        ("credentials that are no base64", "Basic %%%"),
        ("credentials without a colon", _basic(NOBODY)),
        ("credentials that are no UTF-8", "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode()),
        ("a scheme that nobody knows", "Tocsin abc"),
    )


def _basic(pair: str) -> str:
    return "Basic " + base64.b64encode(pair.encode()).decode()


def _with(request: Request, header: str | None) -> Request:
    kept = [pair for pair in request.headers if pair[0].lower() not in {"authorization", "cookie"}]
    own = [] if header is None else [("authorization", header)]
    return replace(request, headers=(*own, *kept), identity=ANONYMOUS.name)


def _user(identity: Identity | None) -> str:
    """The user name of an identity that uses Basic."""
    for name, value in identity.headers if identity is not None else ():
        scheme, _, encoded = value.partition(" ")
        if name.lower() == "authorization" and scheme.lower() == "basic":
            try:
                return base64.b64decode(encoded).decode("utf-8", "replace").partition(":")[0]
            except binascii.Error:
                return ""
    return ""


def _header(response: Response, name: str) -> str:
    return next((value for key, value in response.headers if key.lower() == name), "")
