"""Who asks, and with which credentials just now: a login makes them, and makes them again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from http.cookies import CookieError, SimpleCookie

from tocsin.model.http import ANONYMOUS, Identity, Request, Response
from tocsin.model.secret import Secret
from tocsin.scenario.said import parsed

LOGINS = 5
"""So often an identity logs in during one scan; more would look like an attack on passwords."""

ROTATIONS = 100
"""So many sessions are looked for in what is written down; in headers none is written at all."""


@dataclass(slots=True)
class Sessions:
    """The identities of a scan; anonymous is always one of them. Sans-I/O."""

    known: dict[str, Identity] = field(default_factory=dict)
    _logins: dict[str, int] = field(default_factory=dict)
    _rotations: int = 0

    @classmethod
    def of(cls, identities: Iterable[Identity]) -> Sessions:
        return cls({one.name: one for one in (*identities, ANONYMOUS)})

    @property
    def everybody(self) -> tuple[Identity, ...]:
        """All who can ask, anonymous last."""
        return tuple(self.known.values())

    def login(self, name: str) -> Request | None:
        """The request that gives an identity its credentials, if it needs one and may send it."""
        identity = self.known[name]
        tried = self._logins.get(name, 0)
        if identity.login is None or tried >= LOGINS:
            return None
        self._logins[name] = tried + 1
        login = identity.login
        return Request(
            name=f"{login.method} {login.path} (login of {name})",
            endpoint=f"{login.method} {login.path}",
            method=login.method,
            path=login.path,
            headers=(*login.headers, *identity.credentials),
            body=login.body,
            identity=name,
        )

    def logging_in(self, endpoint: str) -> tuple[str, ...]:
        """Whose login this endpoint is."""
        return tuple(
            one.name
            for one in self.known.values()
            if one.login and f"{one.login.method} {one.login.path}" == endpoint
        )

    def logged_in(self, name: str, response: Response) -> tuple[str, tuple[Secret, ...]]:
        """Take the credentials out of a login's answer.

        Gives a reason if there are none (one sentence without a full stop), and the new secrets.
        """
        identity = self.known[name]
        login = identity.login
        if login is None:
            return "", ()
        if not response.ok:
            return f"the login of {name} is answered with {response.status}", ()
        if not login.token:
            cookies = set_cookies(response)
            if not cookies:
                return f"the login of {name} sets no cookie, and no token is configured", ()
            self.known[name] = replace(identity, cookies=tuple(cookies.items()))
            return "", tuple(Secret(f"{name}.session.{key}", v) for key, v in cookies.items())
        token = found_in(response.body, login.token)
        if not token:
            return f"the answer to the login of {name} has no {login.token!r}", ()
        others = tuple(pair for pair in identity.headers if pair[0].lower() != login.header)
        headers = (*others, (login.header, login.prefix + token))
        cookies = {**dict(identity.cookies), **set_cookies(response)}
        self.known[name] = replace(identity, headers=headers, cookies=tuple(cookies.items()))
        return "", (
            Secret(f"{name}.token", token),
            *(Secret(f"{name}.session.{key}", value) for key, value in cookies.items()),
        )

    def rotated(self, name: str, response: Response) -> tuple[Secret, ...]:
        """Take over a session that an answer sets anew, where cookies are the credentials."""
        identity = self.known.get(name)
        if identity is None or identity.login is None or not identity.cookies:
            return ()
        if not 200 <= response.status < 400:
            return ()  # whoever is refused is given nobody's session
        kept = dict(identity.cookies)
        fresh = {
            key: value
            for key, value in set_cookies(response).items()
            if key in kept and kept[key] != value
        }
        if not fresh:
            return ()
        self.known[name] = replace(identity, cookies=tuple({**kept, **fresh}.items()))
        self._rotations += 1
        if self._rotations > ROTATIONS:
            return ()
        return tuple(Secret(f"{name}.session.{key}", value) for key, value in fresh.items())

    def drop(self, name: str) -> None:
        """Go on without an identity that cannot log in."""
        if name != ANONYMOUS.name:
            self.known.pop(name, None)

    def worn(self, request: Request) -> Request:
        """The request with its identity's credentials of today instead of those of yesterday."""
        identity = self.known.get(request.identity)
        if identity is None or identity.login is None:
            return request
        carried = {identity.login.header, "cookie"}
        kept = [pair for pair in request.headers if pair[0].lower() not in carried]
        return replace(request, headers=(*identity.credentials, *kept))


def set_cookies(response: Response) -> dict[str, str]:
    """The cookies that an answer sets, by name (RFC 6265); those that it deletes are none."""
    found: dict[str, str] = {}
    for name, value in response.headers:
        if name.lower() != "set-cookie":
            continue
        jar: SimpleCookie = SimpleCookie()
        try:
            jar.load(value)
        except CookieError:
            continue
        for key, morsel in jar.items():
            if morsel.value and morsel["max-age"] != "0":
                found[key] = morsel.value
    return found


def found_in(body: bytes, path: str) -> str:
    """The text at a dotted path of a JSON document; empty if there is none."""
    try:
        found: object = parsed(body)
    except ValueError:
        return ""
    for part in path.split("."):
        if isinstance(found, list) and part.isdecimal() and int(part) < len(found):
            found = found[int(part)]
        else:
            found = found.get(part) if isinstance(found, Mapping) else None
    return found if isinstance(found, str) else ""
