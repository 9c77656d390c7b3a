from __future__ import annotations

import json

import pytest

from tests.probe.club import Club, application, identities
from tests.probe.scanning import flaws, told
from tocsin.model.http import Operation, Request, Response
from tocsin.probe.checks.properties import Kind, Writing, assigned, leaks, shown, writings
from tocsin.probe.discover import Working
from tocsin.probe.engine import Noticed, Said


def ours(said: list[Said]) -> set[tuple[str, str]]:
    return {found for found in flaws(said) if found[0] in set(Kind)}


def scanned(*, restores: bool = True) -> list[Said]:
    club = Club()
    club.restore()
    club.restores = restores
    return told(application(club), club, identities(), params={"member_id": ["ada", "ben"]})


def test_what_may_be_written_and_shown_though_it_is_not_to_be() -> None:
    said = scanned()
    assert ours(said) == {
        (Kind.ASSIGNED, "PUT /open/profile"),
        (Kind.ASSIGNED, "POST /open/bids"),
        (Kind.KEPT, "GET /loose/members"),
        (Kind.SHOWN, "GET /accounts/mine"),
    }
    reasons = {
        one.flaw.request.endpoint: one.flaw.reason for one in said if isinstance(one, Noticed)
    }
    assert reasons["PUT /open/profile"] == (
        "takes role 'tocsin-a', which its schema does not have; without it role is 'member'"
    )
    assert reasons["GET /loose/members"].endswith("which is kept from them where it is read alone")
    assert reasons["GET /accounts/mine"] == "answers with password, which is write-only"


def test_nothing_is_written_that_cannot_be_put_back() -> None:
    assert not {kind for kind, _ in ours(scanned(restores=False))} & {Kind.ASSIGNED}


def working(endpoint: str, answer: object, who: str = "ada", sent: object = None) -> Working:
    method, _, path = endpoint.partition(" ")
    content = json.dumps(sent).encode() if sent is not None else b""
    request = Request(endpoint, endpoint, method, path, body=content, identity=who)
    return Working(request, Response(200, (), json.dumps(answer).encode()))


READ = working("GET /me", {"id": 1, "name": "a", "role": "user", "at": 3})
WRITE = working("PUT /me", {}, sent={"name": "a"})


def tried(schema: dict[str, object]) -> list[tuple[str, object]]:
    found = writings([READ, WRITE], [Operation("PUT", "/me", body=schema)])
    return [(one.name, one.value) for one in found]


def test_properties_are_tried_that_the_schema_does_not_have_the_telling_ones_first() -> None:
    name = {"name": {"type": "string"}}
    assert tried({"properties": name}) == [
        ("role", "tocsin-a"),
        ("role", "tocsin-b"),
        ("at", 4),
        ("at", 5),
    ]
    marked = {**name, "at": {"type": "integer", "readOnly": True}, "role": {"type": "string"}}
    assert [one for one, _ in tried({"properties": marked})] == ["at", "at"]
    assert tried({"properties": name, "additionalProperties": True}) == []
    assert tried({"properties": {"name": {"examples": ["a"]}}}) == [], "learnt from a recording"


def test_values_that_other_rows_have_come_first() -> None:
    people = working("GET /people", [{"id": 2, "role": "chair"}, {"id": 1, "role": "user"}])
    operation = Operation("PUT", "/me", body={"properties": {"name": {"type": "string"}}})
    first = writings([people, READ, WRITE], [operation])[0]
    assert (first.name, first.value) == ("role", "chair")


WRITING = Writing(WRITE.request, WRITE.request, READ.request, "role", "admin", declared=False)


@pytest.mark.parametrize(
    ("without", "with_it", "found"),
    [
        ({"role": "user"}, {"role": "admin"}, True),
        ({"role": "user"}, {"role": "user"}, False),
        ({"role": "admin"}, {"role": "admin"}, False),
        ({}, {"role": "admin"}, False),
    ],
)
def test_what_was_sent_must_be_there_for_that_reason(
    without: dict[str, object], with_it: dict[str, object], found: bool
) -> None:
    assert (assigned(WRITING, without, with_it) is not None) == found


@pytest.mark.parametrize(
    ("answer", "documented", "found"),
    [
        ({"name": "a", "password_hash": "1f"}, {"name"}, True),
        ([{"name": "a", "password_hash": "1f"}], {"name"}, True),
        ({"name": "a", "password_hash": None}, {"name"}, False),
        ({"name": "a", "password_hash": "1f"}, set(), False),
        ({"name": "a", "password_hash": "1f"}, {"name", "password_hash"}, False),
        ({"name": "a", "other": "y"}, {"name"}, False),
        ({"name": "a", "password": "****"}, {"name"}, False),
        ({"name": "a", "password": "<hidden>"}, {"name"}, False),
        ({"name": "a", "password": True}, {"name"}, False),
    ],
)
def test_a_secret_that_the_schema_does_not_have(
    answer: object, documented: set[str], found: bool
) -> None:
    operation = Operation("GET", "/me", shown=frozenset(documented))
    assert bool(list(shown([working("GET /me", answer)], [operation]))) == found


def test_a_list_shows_what_an_answer_keeps() -> None:
    mine, theirs = [{"id": 1, "phone": "5"}], [{"id": 1}]
    people = [working("GET /people", [{"id": 1, "phone": "5"}, {"id": 2, "phone": "6"}], "ben")]
    (flaw,) = leaks(mine, theirs, people)
    assert flaw.reason == (
        "shows ben the phone of 1, which is kept from them where it is read alone"
    )
    assert list(leaks(mine, mine, people)) == []
    assert list(leaks(mine, [{"id": 2}], people)) == []
    assert list(leaks([{"id": 1, "phone": "7"}], theirs, people)) == []
    assert list(leaks([], theirs, people)) == []
