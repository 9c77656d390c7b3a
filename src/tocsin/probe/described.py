"""What describes the API of a server: a document that was given, named, or found."""

from __future__ import annotations

from tocsin.errors import NothingToDo, Unreachable
from tocsin.model.http import ANONYMOUS, Request, Response
from tocsin.probe.client import Client
from tocsin.probe.scope import Target
from tocsin.probe.spec import load
from tocsin.probe.spec.find import Found, Unread, find
from tocsin.probe.spec.surface import Surface


def described(
    client: Client, target: Target, document: tuple[str, bytes] | None, place: str
) -> Surface | None:
    """The surface; ``None`` if no place says anything. Raises a `TocsinError`.

    ``document`` is a file's name and content, ``place`` a path on the server.
    """
    if document is not None:
        name, given = document
        reachable(client, target)
        return load.read(given, name)
    if place:
        response = _get(client, place)
        if response is None or not response.ok:
            said = "does not answer" if response is None else f"answers {response.status}"
            raise NothingToDo(f"--spec {place}: {target.origin} {said}")
        return load.read(response.body, place)
    reachable(client, target)
    return _searched(client, target)


def reachable(client: Client, target: Target) -> None:
    """Raise `Unreachable` where nobody answers."""
    response = client.ask(_request(target.path or "/", ANONYMOUS.name))
    if response.error is not None:
        raise Unreachable(f"{target.origin}: {response.error}")


def _searched(client: Client, target: Target) -> Surface | None:
    """The document at one of the usual places, below the target's path too."""
    for prefix in dict.fromkeys((target.path, "")):
        search = find()
        try:
            path = next(search)
            while True:
                path = search.send(_get(client, prefix + path))
        except StopIteration as stop:
            found: Found | Unread | None = stop.value
            if isinstance(found, Found):
                return found.surface
            if found is not None:
                client.notes.append(found.reason)
    return None


def _get(client: Client, path: str) -> Response | None:
    """An answer to anybody, or to those who are known, if anybody is refused."""
    response: Response | None = None
    names = [one.name for one in reversed(client.sessions.everybody)]
    for name in names[:2]:
        response = client.ask(_request(path, name))
        if response.error is not None:
            return None
        if response.status not in {401, 403}:
            break
    return response


def _request(path: str, identity: str) -> Request:
    return Request(f"GET {path}", f"GET {path}", "GET", path, identity=identity)
