from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.probe.scanning import again, flaws, races, told
from tests.probe.wiki import Wiki, application
from tocsin.model.anomaly import Name
from tocsin.model.http import Operation, Request, Response
from tocsin.probe.checks.lost_update import NAME, Kind, overwritten, writers
from tocsin.probe.discover import Working
from tocsin.probe.engine import Said, Shown

PARAMS = {name: [1] for name in ("page_id", "draft_id", "file_id")}


@pytest.fixture(scope="module")
def said() -> list[Said]:
    wiki = Wiki()
    return told(application(wiki), wiki, (), params=PARAMS)


def test_one_of_two_writers_is_lost_where_the_check_comes_too_early(said: list[Said]) -> None:
    found = races(said, NAME)
    assert {endpoint: one.broken.rule for endpoint, one in found.items()} == {
        "PUT /racy/pages/{page_id}": "TOC212",
        "PUT /racy/files/{file_id}": "TOC212",
        "PATCH /racy/drafts/{draft_id}": "TOC211",
    }
    assert {one.broken.name for one in found.values()} == {Name.LOST_UPDATE}
    versions = found["PUT /racy/pages/{page_id}"]
    assert versions.broken.reason == "2 writers of one version succeed, 1 in a row"
    assert versions.evidence.shown == 3
    assert {one.name for one in versions.attack.requests} == {
        "PUT /racy/pages/1 {text: tocsin-a, version: 7} as anonymous",
        "PUT /racy/pages/1 {text: tocsin-b, version: 7} as anonymous",
    }
    tags = found["PUT /racy/files/{file_id}"].attack.requests
    assert {dict(one.headers)["If-Match"] for one in tags} == {'"v7"'}
    assert "becomes" in found["PATCH /racy/drafts/{draft_id}"].broken.reason


def test_versions_that_are_offered_and_ignored_are_told_and_that_there_is_none(
    said: list[Said],
) -> None:
    assert flaws(said) == {
        (Kind.IGNORED, "PUT /blind/pages/{page_id}"),
        (Kind.IGNORED, "PUT /blind/files/{file_id}"),
        (Kind.UNVERSIONED, "PUT /last/drafts/{draft_id}"),
    }


def test_it_is_shown_again() -> None:
    wiki = Wiki()
    app = application(wiki)
    found = races(told(app, wiki, (), params=PARAMS), NAME)["PUT /racy/pages/{page_id}"]
    assert [one.broken.name for one in again(app, wiki, (), found) if isinstance(one, Shown)] == [
        Name.LOST_UPDATE
    ]


def test_nothing_is_written_that_cannot_be_put_back() -> None:
    wiki = Wiki()
    wiki.restore()
    wiki.restores = False
    assert flaws(told(application(wiki), wiki, (), params=PARAMS)) == set()


READ = Working(
    Request("read", "GET /a/{id}", "GET", "/a/1"), Response(200, (), b'{"id": 1, "n": 1, "t": "x"}')
)


def writing(**content: object) -> Working:
    sent = json.dumps(content).encode()
    return Working(Request("write", "PUT /a/{id}", "PUT", "/a/1", body=sent), Response(200))


def test_writers_differ_in_what_is_shown_and_names_nothing() -> None:
    (pair,) = writers([READ, writing(id=1, n=1)], ())
    assert [json.loads(one.body) for one in (pair.first, pair.second)] == [
        {"id": 1, "n": 2},
        {"id": 1, "n": 3},
    ]
    assert list(writers([READ, writing(other=1)], ())) == []
    assert list(writers([writing(n=1)], ())) == []
    assert list(writers([READ, Working(READ.request, Response(200))], ())) == []


def test_optional_fields_are_written_apart() -> None:
    schema = {"properties": {"n": {"type": "integer"}, "t": {"type": "string"}}}
    operation = Operation("PUT", "/a/{id}", body=schema)
    (pair,) = writers([READ, writing(n=1)], [operation])
    assert [json.loads(one.body) for one in (pair.first, pair.second)] == [
        {"n": 2},
        {"t": "tocsin-a"},
    ]
    required = Operation("PUT", "/a/{id}", body={**schema, "required": ["n"]})
    (pair,) = writers([READ, writing(n=1)], [required])
    assert pair.fields == ("n",)


def test_a_part_is_told_by_the_whole_and_a_thing_by_no_list() -> None:
    sent = json.dumps({"n": 1}).encode()
    part = Request("write", "PUT /a/{id}/n", "PUT", "/a/1/n", body=sent)
    (pair,) = writers([READ, Working(part, Response(200))], ())
    assert pair.read == READ.request
    above = replace(READ, request=replace(READ.request, path="/a"))
    assert list(writers([above, writing(n=1)], ())) == []


def test_a_weak_tag_is_no_version() -> None:
    weak = Response(200, (("ETag", 'W/"1"'),), READ.response.body)
    (pair,) = writers([Working(READ.request, weak), writing(n=1)], ())
    assert pair.version == ""
    strong = Response(200, (("ETag", '"1"'),), READ.response.body)
    (pair,) = writers([Working(READ.request, strong), writing(n=1)], ())
    assert pair.version == "ETag"


def seen(version: int, text: str) -> Response:
    return Response(200, (), json.dumps({"id": 1, "version": version, "t": text}).encode())


VERSIONED = next(
    iter(writers([Working(READ.request, seen(7, "x")), writing(version=7, t="x")], ()))
)


@pytest.mark.parametrize(
    ("second", "reads", "found"),
    [
        (200, (seen(7, "x"), seen(8, "tocsin-a"), seen(9, "tocsin-b")), True),
        (409, (seen(7, "x"), seen(8, "tocsin-a"), seen(9, "tocsin-b")), False),
        (200, (seen(7, "x"), seen(8, "tocsin-a"), seen(8, "tocsin-a")), False),
        (200, (seen(7, "x"), seen(7, "tocsin-a"), seen(7, "tocsin-b")), False),
        (200, (seen(7, "x"), Response(404), seen(9, "tocsin-b")), False),
    ],
)
def test_a_version_is_ignored_if_what_was_written_is_gone(
    second: int, reads: tuple[Response, ...], found: bool
) -> None:
    flaw = overwritten(VERSIONED, (Response(200), Response(second)), reads)
    assert (flaw is not None) == found
