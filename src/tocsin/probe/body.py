"""JSON bodies of requests that work: their fields, and the same request with others."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import unquote

from tocsin.model.http import Operation, Request, Response
from tocsin.scenario.draft import properties, with_definitions
from tocsin.scenario.fitting import fits, resolved
from tocsin.scenario.said import parsed
from tocsin.scenario.words import names_a_row

LONGEST = 48
_TEXTS = ("tocsin-a", "tocsin-b")
_ADDRESSES = ("tocsin-a@example.com", "tocsin-b@example.com")

Fields = Mapping[str, object]


def fields(request: Request) -> Fields | None:
    """The members of the body; ``None`` if it is no JSON object."""
    return table(request.body)


def table(body: bytes) -> Fields | None:
    """A JSON object; ``None`` if it is none."""
    try:
        found: object = parsed(body) if body else None
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def written(request: Request, chosen: Fields) -> Request:
    """The same request with these fields for a body, named after them."""
    said = ", ".join(f"{name}: {_text(value)}" for name, value in chosen.items())
    cut = said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"
    name = f"{request.method} {unquote(request.path)} {{{cut}}} as {request.identity}"
    return replace(request, name=name, body=json.dumps(chosen, ensure_ascii=False).encode())


def schema_of(request: Request, known: Sequence[Operation]) -> Mapping[str, object]:
    """What the document says of the request's body; empty if it says nothing."""
    operation = next((one for one in known if one.endpoint == request.endpoint), None)
    body = operation.body if operation is not None else None
    return {**resolved(body, body), "$defs": body.get("$defs", {})} if body else {}


def declared(schema: Mapping[str, object]) -> dict[str, dict[str, object]]:
    """The members of an object's schema, each with its own."""
    return {
        name: {**resolved(part, schema), "$defs": schema.get("$defs", {})}
        for name, part in properties(schema).items()
        if isinstance(with_definitions(part, schema), dict)
    }


def free(name: str, value: object) -> bool:
    """Whether a field may have any value: it names nothing that has to be there."""
    return isinstance(value, (str, int, float)) and not (
        isinstance(value, bool) or names_a_row(name)
    )


def others(value: object, schema: Mapping[str, object]) -> tuple[object, ...]:
    """Up to two other values that the schema allows."""
    choice = schema.get("enum")
    if isinstance(choice, (list, tuple)):
        found: Sequence[object] = choice
    elif isinstance(value, bool):
        found = (not value,)
    elif isinstance(value, (int, float)):
        found = (value + 1, value + 2, value - 1, value - 2)
    elif isinstance(value, str):
        found = _ADDRESSES if "@" in value else _TEXTS
    else:
        found = ()
    return tuple(one for one in found if one != value and fits(one, schema))[:2]


def shown(response: Response) -> Fields | None:
    """The object that an answer tells of; ``None`` if it failed or tells of none."""
    return table(response.body) if response.ok else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
