"""What a scan has made, and the requests that take it away again. Nothing is sent from here.

A thing counts as made if it was answered with 201, or with an id that the list of its kind did not
have before; it is deleted by whoever made it, where the API says that it can be deleted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

from tocsin.model.http import ANONYMOUS, Identity, Operation, Request
from tocsin.probe.discover import listed
from tocsin.probe.effect import KEYS
from tocsin.probe.har import Sent
from tocsin.probe.message import Answer
from tocsin.scenario.said import address, parsed

MOST = 2_000
"""Things of one scan that are deleted."""


@dataclass(frozen=True, slots=True)
class Leftovers:
    """``deletions``, the newest thing first; ``kept``: where things were made that stay."""

    deletions: tuple[Request, ...]
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Deleting:
    """An operation that deletes one thing of a collection."""

    operation: Operation
    parameter: str
    collection: re.Pattern[str]


@dataclass(slots=True)
class _Made:
    """What was seen at each address so far."""

    lists: dict[str, set[str]] = field(default_factory=dict)
    things: dict[str, Request] = field(default_factory=dict)
    kept: dict[str, None] = field(default_factory=dict)


def leftovers(
    log: Iterable[Sent], known: Iterable[Operation], identities: Mapping[str, Identity]
) -> Leftovers:
    """What is to be deleted after these requests. What was deleted already is left out."""
    deleting = tuple(filter(None, map(_deleting, known)))
    made = _Made()
    for sent in log:
        result = sent.result
        if not isinstance(result, Answer) or not 200 <= result.status < 300:
            continue
        path = urlsplit(sent.shot.target).path
        if sent.shot.method == "GET":
            made.lists.setdefault(path, set()).update(_keys(result.body))
        elif sent.shot.method == "DELETE":
            made.things.pop(path, None)
            _forget(made, path)
        elif sent.shot.method == "POST":
            who = identities.get(sent.shot.identity, ANONYMOUS)
            _note(made, path, result, who, deleting)
    things = tuple(reversed(made.things.values()))[:MOST]
    return Leftovers(things, tuple(made.kept))


def _note(
    made: _Made, path: str, result: Answer, who: Identity, deleting: Iterable[_Deleting]
) -> None:
    one = next((each for each in deleting if each.collection.fullmatch(path)), None)
    if one is None:
        if result.status == 201:
            made.kept.setdefault(path)
        return
    key = made_key(result.header("location") or "", result.body, path, one.parameter)
    before = made.lists.get(path)
    fresh = result.status == 201 or before is not None
    if not key or not fresh or key in (before or ()):
        return
    place = f"{path.rstrip('/')}/{quote(key, safe='')}"
    place += "/" * one.operation.path.endswith("/")
    endpoint = one.operation.endpoint
    made.things[place] = Request(
        f"DELETE {unquote(place)} as {who.name}",
        endpoint,
        "DELETE",
        place,
        headers=who.credentials,
        identity=who.name,
    )


def _forget(made: _Made, path: str) -> None:
    """What was deleted is in no list any more: its key may be given to something else."""
    collection, _, key = path.rstrip("/").rpartition("/")
    for place in (collection, f"{collection}/"):
        made.lists.get(place, set()).discard(unquote(key))


def _deleting(operation: Operation) -> _Deleting | None:
    shape, _, last = operation.path.rstrip("/").rpartition("/")
    if operation.method != "DELETE" or not re.fullmatch(r"\{[^{}/]+\}", last) or not shape:
        return None
    parts = (r"[^/]+" if part.startswith("{") else re.escape(part) for part in shape.split("/"))
    return _Deleting(operation, last[1:-1], re.compile("/".join(parts) + "/?"))


def made_key(location: str, content: bytes, path: str, parameter: str) -> str:
    """What names the thing that a POST to ``path`` made: in its address, or in the answer."""
    place = address(location).path.rstrip("/")
    if (
        place.startswith(f"{path.rstrip('/')}/")
        and place.count("/") == path.rstrip("/").count("/") + 1
    ):
        return unquote(place.rpartition("/")[2])
    try:
        body: object = parsed(content)
    except ValueError:
        return ""
    if isinstance(body, dict) and isinstance(body.get("data"), dict):
        body = body["data"]
    if not isinstance(body, dict):
        return ""
    found = next((body[name] for name in (parameter, *KEYS) if name in body), "")
    return str(found) if isinstance(found, (str, int)) and not isinstance(found, bool) else ""


def _keys(body: bytes) -> Iterator[str]:
    """Every value that may name a row: one of another meaning does no harm."""
    for row in listed(body):
        yield from map(str, row.values())
