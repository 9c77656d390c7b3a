"""Whose things are, as far as the API says: lists that show them, values that name people.

A thing without such evidence may be public: nothing is concluded about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from tocsin.model.http import ANONYMOUS, Identity, Request, Response
from tocsin.model.table import Row
from tocsin.model.verdict import Permission
from tocsin.probe.discover import Working, listed
from tocsin.probe.effect import KEYS
from tocsin.scenario import words

OWNERS = frozenset({"owner", "owner_id", "owner_name", "owned_by", "user", "user_id", "username"})
"""Columns that say whose a row is. Who wrote it is less: what is written may be for everybody."""

CREDENTIALS = frozenset({"authorization", "cookie"})


@dataclass(frozen=True, slots=True)
class Owned:
    """One thing of one identity. ``strangers`` are those of whom it is known that it is not theirs.

    ``private``: lists keep it from them. Otherwise they may see it, and its values say whose it is.
    ``read`` is the list in which its owner sees it.
    """

    noun: str
    column: str
    key: str
    owner: str
    strangers: tuple[str, ...]
    private: bool
    reason: str
    read: Request

    def row(self, response: Response) -> Row | None:
        """The thing in an answer to ``read``; ``None`` if it is not there."""
        rows = listed(response.body) if response.ok else []
        return next((row for row in rows if str(row.get(self.column)) == self.key), None)


@dataclass(frozen=True, slots=True)
class _List:
    """What one identity is shown at one address."""

    read: Request
    rows: tuple[Row, ...]
    column: str
    keys: frozenset[str]

    @property
    def noun(self) -> str:
        return words.noun(self.read.path.rstrip("/").rsplit("/", 1)[-1])


def owned(working: Sequence[Working], identities: Mapping[str, Identity]) -> tuple[Owned, ...]:
    """Things with an owner, the private ones first; each is told once."""
    lists = [one for one in map(_list, working) if one is not None]
    found: dict[tuple[str, str], Owned] = {}
    for one in (*_private(lists), *_named(lists, identities)):
        found.setdefault((one.noun, one.key), one)
    return tuple(found.values())


def peers(owner: Identity, stranger: Identity, permissions: Sequence[Permission]) -> bool:
    """Whether a stranger has no more rights than the owner, so that a success tells something.

    By the configured roles; where there are none, by what each was allowed and refused.
    """
    if ANONYMOUS.name in {owner.name, stranger.name}:
        return False
    if owner.role is not None and stranger.role is not None:
        return owner.role == stranger.role
    refused = {p.endpoint for p in permissions if p.identity == owner.name and _denied(p)}
    allowed = {p.endpoint for p in permissions if p.identity == stranger.name and p.allowed}
    return not refused & allowed


def dressed(request: Request, before: Identity | None, wearer: Identity) -> Request:
    """The same request with the credentials of another."""
    dropped = {name.lower() for name, _ in before.credentials} if before is not None else set()
    kept = [pair for pair in request.headers if pair[0].lower() not in dropped | CREDENTIALS]
    return replace(
        request,
        name=f"{request.method} {unquote(request.path)} as {wearer.name}",
        headers=(*wearer.credentials, *kept),
        identity=wearer.name,
    )


def aimed(request: Request, thing: Owned) -> Request | None:
    """The request for this thing; ``None`` if its path names none of its kind, or several."""
    shape, parts = request.endpoint.partition(" ")[2].split("/"), request.path.split("/")
    places = [number for number, part in enumerate(shape) if part.startswith("{")]
    if len(shape) != len(parts) or len(places) != 1 or places[0] == 0:
        return None
    (place,) = places
    if words.noun(shape[place - 1]) != thing.noun:
        return None
    parts[place] = quote(thing.key, safe="")
    return replace(request, path="/".join(parts))


def _denied(permission: Permission) -> bool:
    return not permission.allowed and permission.status in {401, 403}


def _list(working: Working) -> _List | None:
    request = working.request
    if request.method != "GET" or "{" in request.endpoint:
        return None
    rows = tuple(listed(working.response.body))
    for column in KEYS:
        keys = frozenset(str(row.get(column)) for row in rows)
        if all(column in row for row in rows) and len(keys) == len(rows):
            return _List(request, rows, column if rows else "", keys)
    return None


def _private(lists: Sequence[_List]) -> Iterator[Owned]:
    """Things that a list shows to one, while it shows others nothing of what it shows to them.

    What another list shows to those others is no secret.
    """
    shown: dict[tuple[str, str], set[str]] = {}
    for one in lists:
        for key in one.keys:
            shown.setdefault((one.noun, key), set()).add(one.read.identity)
    for mine in lists:
        others = {
            other.read.identity
            for other in lists
            if _same_place(mine.read, other.read) and not mine.keys & other.keys
        } - {ANONYMOUS.name}
        for row in mine.rows:
            key = str(row[mine.column])
            strangers = tuple(sorted(others - shown[mine.noun, key]))
            if strangers and mine.read.identity != ANONYMOUS.name:
                said = f"GET {unquote(mine.read.path)} shows it to {mine.read.identity} alone"
                who = mine.read.identity
                yield Owned(mine.noun, mine.column, key, who, strangers, True, said, mine.read)


def _named(lists: Sequence[_List], identities: Mapping[str, Identity]) -> Iterator[Owned]:
    """Things whose row names their owner."""
    people = {one.username or one.name: one for one in identities.values() if one != ANONYMOUS}
    for one in lists:
        for row in one.rows:
            for column in sorted(OWNERS & row.keys() - {one.column}):
                owner = people.get(str(row[column]))
                if owner is None:
                    continue
                strangers = tuple(sorted({p.name for p in people.values()} - {owner.name}))
                said = f"GET {unquote(one.read.path)} says that its {column} is {row[column]}"
                key, seen = str(row[one.column]), one.read
                yield Owned(one.noun, one.column, key, owner.name, strangers, False, said, seen)


def _same_place(one: Request, other: Request) -> bool:
    return (
        one.identity != other.identity
        and one.endpoint == other.endpoint
        and one.path == other.path
        and one.query == other.query
    )
