"""From configured identities to those that requests carry, and the secrets in them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

from tocsin.config.shape import Config, IdentityConfig, LoginConfig
from tocsin.errors import UsageError
from tocsin.model.http import ANONYMOUS, Identity, Login
from tocsin.model.secret import Secret

_NAMES = frozenset({"username", "user", "email", "login", "name", "grant_type", "scope"})


def identities(config: Config) -> tuple[Identity, ...]:
    """The identities of the configuration, in its order.

    Without HTTP Basic the user name is the identity's own. Credentials are in UTF-8 (RFC 7617).

    Raises a `UsageError` for one without credentials, and for two that are the same client.
    """
    made: list[Identity] = []
    for name, given in config.identities.items():
        identity = _identity(name, given)
        for other in made:
            if _credentials(other) == _credentials(identity):
                raise UsageError(
                    f"identities.{other.name} and identities.{name} have the same credentials: "
                    "remove one of them"
                )
        made.append(identity)
    return tuple(made)


def secrets(config: Config) -> tuple[Secret, ...]:
    """Every credential value of the configuration, under the name it may be written down with."""
    return tuple(
        secret for name, given in config.identities.items() for secret in _secrets(name, given)
    )


def _identity(name: str, given: IdentityConfig) -> Identity:
    if name == ANONYMOUS.name:
        raise UsageError(
            f"identities.{name}: this name stands for requests without credentials, choose another"
        )
    if given.basic and given.bearer:
        raise UsageError(f"identities.{name}: has both basic and bearer, choose one")
    if given.basic and ":" in given.basic[0]:
        raise UsageError(
            f"identities.{name}: HTTP Basic cannot carry the user name {given.basic[0]!r}: "
            "it has a colon"
        )
    headers = [(key.lower(), value) for key, value in given.headers.items()]
    if given.basic:
        headers.append(("authorization", f"Basic {_basic(given.basic)}"))
    if given.bearer:
        headers.append(("authorization", f"Bearer {given.bearer}"))
    if not headers and not given.cookies and given.login is None:
        raise UsageError(
            f"identities.{name}: has no credentials: give basic, bearer, headers, cookies or login"
        )
    return Identity(
        name,
        headers=tuple(headers),
        cookies=tuple(given.cookies.items()),
        role=given.role,
        username=given.basic[0] if given.basic else name,
        login=_login(name, given.login) if given.login else None,
    )


def _login(name: str, given: LoginConfig) -> Login:
    if (given.json is None) == (given.form is None):
        raise UsageError(f"identities.{name}.login: give json or form, and not both")
    method, _, path = given.request.partition(" ")
    if given.form is not None:
        kind, body = "application/x-www-form-urlencoded", urlencode(given.form).encode()
    else:
        kind, body = "application/json", json.dumps(given.json).encode()
    return Login(
        method,
        path,
        (("content-type", kind),),
        body,
        given.token or "",
        given.header.lower(),
        given.prefix,
    )


def _basic(pair: tuple[str, str]) -> str:
    return base64.b64encode(":".join(pair).encode()).decode("ascii")


def _credentials(identity: Identity) -> tuple[object, ...]:
    return frozenset(identity.headers), frozenset(identity.cookies), identity.login


def _secrets(name: str, given: IdentityConfig) -> Iterator[Secret]:
    if given.basic:
        yield Secret(f"{name}.password", given.basic[1])
        yield Secret(f"{name}.basic", _basic(given.basic))
    if given.bearer:
        yield Secret(f"{name}.bearer", given.bearer)
    for kind, values in (("headers", given.headers), ("cookies", given.cookies)):
        for key, value in values.items():
            yield Secret(f"{name}.{kind}.{key.lower()}", value)
    if given.login is not None:
        yield from _leaves(f"{name}.login", given.login.form or given.login.json)


def _leaves(path: str, value: object) -> Iterator[Secret]:
    """Every text in a login's body but the user's name, which reports may say."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if str(key).lower() not in _NAMES:
                yield from _leaves(f"{path}.{key}", inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(f"{path}.{index}", inner)
    elif isinstance(value, str):
        yield Secret(path, value)
