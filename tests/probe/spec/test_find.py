from __future__ import annotations

import json

from tests.probe.spec.documents import openapi
from tocsin.model.http import Response
from tocsin.probe.spec.find import PAGES, PLACES, Found, find


def served(pages: dict[str, bytes]) -> tuple[Found | None, list[str]]:
    """What the search finds on a server with these pages, and what it asked for."""
    asked: list[str] = []
    search = find()
    try:
        path = next(search)
        while True:
            asked.append(path)
            body = pages.get(path)
            path = search.send(Response(404) if body is None else Response(200, body=body))
    except StopIteration as stop:
        found: Found | None = stop.value
        return found, asked


def test_the_usual_places() -> None:
    for place in PLACES:
        found, asked = served({place: json.dumps(openapi()).encode()})
        assert found is not None
        assert found.path == place
        assert asked == list(PLACES[: PLACES.index(place) + 1])


def test_pages_for_people_name_the_document() -> None:
    page = b"<script>SwaggerUIBundle({url: '/deep/spec.json', dom_id: 'x'})</script>"
    found, _ = served({"/docs": page, "/deep/spec.json": json.dumps(openapi()).encode()})
    assert found is not None
    assert found.path == "/deep/spec.json"


def test_documents_of_other_servers_are_not_asked_for() -> None:
    page = b"url: 'https://elsewhere.example/spec.json', url: '//elsewhere.example/spec.json'"
    found, asked = served({"/docs": page})
    assert found is None
    assert asked == [*PLACES, *PAGES]


def test_what_cannot_be_read_ends_nothing() -> None:
    pages = {PLACES[0]: b"<html>", PLACES[1]: b"{", PLACES[2]: json.dumps(openapi()).encode()}
    found, _ = served(pages)
    assert found is not None
    assert found.path == PLACES[2]
