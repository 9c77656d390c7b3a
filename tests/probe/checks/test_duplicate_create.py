from __future__ import annotations

import json

import pytest

from tests.probe.scanning import again, races, told
from tests.probe.teams import Teams, application
from tocsin.model.anomaly import Name
from tocsin.model.http import Operation, Request, Response
from tocsin.probe.baseline import Baseline, Outcome
from tocsin.probe.checks.base import Wish
from tocsin.probe.checks.duplicate_create import NAME, compare, plan
from tocsin.probe.discover import Working
from tocsin.probe.engine import Said, Shown


@pytest.fixture(scope="module")
def said() -> list[Said]:
    teams = Teams()
    return told(application(teams), teams, ())


def test_one_name_is_taken_twice_where_it_is_looked_up_first(said: list[Said]) -> None:
    found = races(said, NAME)
    assert {endpoint: one.broken.name for endpoint, one in found.items()} == {
        "POST /racy/teams": Name.DUPLICATE_CREATE,
        "POST /kept/teams": Name.DUPLICATE_CREATE,
    }
    racy = found["POST /racy/teams"]
    assert racy.broken.reason == "2 requests take one name, 1 in a row"
    assert (racy.evidence.shown, racy.sure) == (2, True)
    names, mottos = (
        {json.loads(one.body)[column] for one in racy.attack.requests}
        for column in ("name", "motto")
    )
    assert (len(names), len(mottos)) == (1, 2)
    assert "gains a row, 2 times" in found["POST /kept/teams"].evidence.observed


def test_it_is_shown_again(said: list[Said]) -> None:
    teams = Teams()
    found = races(said, NAME)["POST /racy/teams"]
    (shown,) = [
        one for one in again(application(teams), teams, (), found) if isinstance(one, Shown)
    ]
    assert shown.broken.name is Name.DUPLICATE_CREATE


@pytest.mark.parametrize(
    ("status", "name"), [(200, Name.STALE_CHECK), (201, Name.DUPLICATE_CREATE)]
)
def test_a_name_is_taken_only_where_something_is_made(status: int, name: Name) -> None:
    row = [Outcome((status, 409)), Outcome((409, status))]
    serial = Baseline.of([[row[0]], [row[1]]], copies=False)
    broken = compare(serial, Outcome((status, status)), "POST")
    assert broken is not None
    assert broken.name is name


def working(endpoint: str = "POST /teams", identity: str = "alice", **content: object) -> Working:
    method, _, path = endpoint.partition(" ")
    sent = json.dumps(content).encode()
    return Working(
        Request("r", endpoint, method, path, body=sent, identity=identity), Response(201)
    )


def pairs(*known: Working, schema: dict[str, object] | None = None) -> list[list[object]]:
    wish = Wish(known=[Operation("POST", "/teams", body=schema)] if schema else ())
    return [
        [(one.identity, json.loads(one.body)) for one in attack.requests]
        for attack in plan(known, wish)
    ]


def test_pairs_have_one_natural_key() -> None:
    assert pairs(working(team_name="x", motto="go")) == [
        [
            ("alice", {"team_name": "x", "motto": "go"}),
            ("alice", {"team_name": "x", "motto": "tocsin-a"}),
        ]
    ]
    assert pairs(working(motto="go")) == [], "nothing that people go by"
    assert pairs(working("PUT /teams", name="x", motto="go")) == []
    assert pairs(working("POST /teams/{id}", name="x", motto="go")) == []


def test_what_has_nothing_but_its_key_is_made_by_two_people() -> None:
    assert pairs(working(email="x"), working(email="y", identity="bob")) == [
        [("alice", {"email": "x"}), ("bob", {"email": "x"})]
    ]
    assert pairs(working(email="x")) == []


def test_the_document_says_which_values_there_may_be() -> None:
    schema = {"properties": {"size": {"enum": ["s", "m"]}}}
    (pair,) = pairs(working(name="x", size="s"), schema=schema)
    assert pair[1] == ("alice", {"name": "x", "size": "m"})
