"""Identities out of plain settings."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from itertools import combinations

from tocsin.model.http import ANONYMOUS, Identity


def identity(
    name: str,
    *,
    basic: Sequence[str] | None = None,
    bearer: str | None = None,
    headers: Mapping[str, str] | None = None,
    cookies: Mapping[str, str] | None = None,
    role: str | None = None,
    username: str | None = None,
) -> Identity:
    """One identity. Without ``username`` it is the one of ``basic``, else the name itself."""
    credentials: list[tuple[str, str]] = []
    if basic is not None:
        user, password = basic
        username = username or user
        credentials.append(("Authorization", basic_credentials(user, password)))
    if bearer is not None:
        credentials.append(("Authorization", f"Bearer {bearer}"))
    return Identity(
        name=name,
        headers=(*credentials, *(headers or {}).items()),
        cookies=tuple((cookies or {}).items()),
        role=role,
        username=username or name,
    )


def basic_credentials(user: str, password: str) -> str:
    """HTTP Basic credentials, in UTF-8 (RFC 7617). ``ValueError`` for a colon in the user."""
    if ":" in user:
        raise ValueError(f"HTTP Basic cannot carry the user name {user!r}: it has a colon.")
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def with_anonymous(identities: Sequence[Identity]) -> tuple[Identity, ...]:
    """All identities, and the one without credentials last."""
    named = tuple(one for one in identities if one.name != ANONYMOUS.name)
    return (*named, ANONYMOUS)


def alike(identities: Sequence[Identity]) -> tuple[tuple[str, str], ...]:
    """The pairs of names that carry the same credentials: the app cannot tell them apart."""
    return tuple(
        (one.name, other.name)
        for one, other in combinations(identities, 2)
        if (one.headers or one.cookies)
        and sorted(one.headers) == sorted(other.headers)
        and sorted(one.cookies) == sorted(other.cookies)
    )
