"""Where passwords are asked for, and requests that bring wrong ones."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode

from tocsin.model.http import ANONYMOUS, Identity, Request
from tocsin.probe.discover import Working
from tocsin.probe.script import Came, Step, ask
from tocsin.scenario.prepare import LOGIN
from tocsin.scenario.said import parsed
from tocsin.scenario.words import split

NOBODY = "tocsin-nobody-of-this-name"
WRONG = "tocsin-wrong-password"
TRIED = 5
"""So many doors are tried for one that is not open to all."""

CREDENTIALS = frozenset({"authorization", "cookie"})
_PASSWORDS = frozenset({"password", "passwd", "pwd", "pass", "passphrase", "secret", "pin"})
_USERS = frozenset({"username", "user", "login", "email", "mail", "name"})
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Door:
    """A request that is let in with the password of ``user``, and refused with any other.

    ``fields`` names the members of its body that hold user and password; none: HTTP Basic.
    """

    request: Request
    user: str
    fields: tuple[str, str] | None = None

    def tried(self, user: str, password: str) -> Request:
        """The request with other credentials. It is nobody's, whoever it names."""
        if self.fields is None:
            return bearing(self.request, basic(f"{user}:{password}"))
        content = {
            **_content(self.request),
            **dict(zip(self.fields, (user, password), strict=True)),
        }
        body = urlencode(content) if _is_form(self.request) else json.dumps(content)
        return replace(bearing(self.request, None), body=body.encode())


def doors(
    working: Sequence[Working], identities: Mapping[str, Identity], *, changing: bool = False
) -> tuple[Door, ...]:
    """Doors of Basic, then one for each address of a login.

    Reads that work with Basic, and not without as far as is known; where there is none, what
    changes something, if that may be sent (``changing``).
    """
    public = {one.request.endpoint for one in working if one.request.identity == ANONYMOUS.name}
    found: dict[str, Door] = {}
    for one in working:
        user = basic_user(identities.get(one.request.identity))
        if user and one.request.endpoint not in public:
            found.setdefault(one.request.endpoint, Door(one.request, user))
    reads = tuple(door for door in found.values() if door.request.method == "GET")
    rest = tuple(found.values()) if changing else ()
    logins = {door.request.endpoint: door for door in _logins(working, identities)}
    return (*(reads or rest), *logins.values())


def shut(known: Sequence[Door]) -> Generator[Step, Came, tuple[Door, ...]]:
    """The first door of Basic that nobody passes without credentials, and every login.

    All doors of Basic are likely to be one. What was only sent as somebody may be open to all.
    """
    logins = tuple(door for door in known if door.fields is not None)
    basics = [door for door in known if door.fields is None]
    for door in basics[:TRIED]:
        reply = yield from ask(bearing(door.request, None))
        if reply.response.status in {401, 403} or reply.response.failed:
            return (door, *logins)
    return logins


def door_of(request: Request) -> Door | None:
    """The door that a request stands before, whatever credentials it brings."""
    user = basic_user(Identity("", request.headers))
    return Door(request, user) if user else _login(request)


def basic(pair: str) -> str:
    """The value of ``Authorization`` for ``user:password``."""
    return "Basic " + base64.b64encode(pair.encode()).decode()


def bearing(request: Request, header: str | None) -> Request:
    """The request with this ``Authorization``, or none, and no other credentials."""
    kept = [pair for pair in request.headers if pair[0].lower() not in CREDENTIALS]
    own = [] if header is None else [("authorization", header)]
    return replace(request, headers=(*own, *kept), identity=ANONYMOUS.name)


def basic_user(identity: Identity | None) -> str:
    """The user name of an identity that uses Basic."""
    for name, value in identity.headers if identity is not None else ():
        scheme, _, encoded = value.partition(" ")
        if name.lower() == "authorization" and scheme.lower() == "basic":
            try:
                return base64.b64decode(encoded).decode("utf-8", "replace").partition(":")[0]
            except binascii.Error:
                return ""
    return ""


def _logins(working: Sequence[Working], identities: Mapping[str, Identity]) -> Iterator[Door]:
    """The configured logins, then requests that work and look like one."""
    configured = [
        Request("login", f"{login.method} {login.path}", login.method, login.path, (),
                login.headers, login.body)
        for login in (one.login for one in identities.values())
        if login is not None
    ]  # fmt: skip
    found = [one.request for one in working if LOGIN.search(one.request.path)]
    for request in (*configured, *found):
        door = _login(request)
        if door is not None:
            yield door


def _login(request: Request) -> Door | None:
    content = _content(request)
    user, password = (
        next((name for name in content if names & set(split(name))), "")
        for names in (_USERS, _PASSWORDS)
    )
    if not user or not password or user == password:
        return None
    return Door(request, str(content[user]), (user, password))


def _content(request: Request) -> dict[str, object]:
    """The members of a JSON or form body."""
    if _is_form(request):
        return dict(parse_qsl(request.body.decode("utf-8", "replace")))
    try:
        found: object = parsed(request.body or b"null")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _is_form(request: Request) -> bool:
    kinds = [value for name, value in request.headers if name.lower() == "content-type"]
    return any(kind.startswith(_FORM) for kind in kinds)
