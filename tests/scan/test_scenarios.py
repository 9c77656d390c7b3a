"""The user's own scenarios, found among the requests that work."""

from __future__ import annotations

from typing import Any

from tests.explore.histories import history
from tocsin.config import Config, QueryConfig, RequestConfig, ScenarioConfig
from tocsin.explore.footprint import Candidate, Footprint
from tocsin.explore.messages import Selection
from tocsin.explore.plan import Planned
from tocsin.model.http import Request
from tocsin.model.invariant import Query
from tocsin.scan.scenarios import scenarios

FOOTPRINT = Footprint.of(history("r(A,x) w(A,x) c(A)"))
CANDIDATES = tuple(
    Candidate(Request(name, endpoint, endpoint.split()[0], path), FOOTPRINT)
    for name, endpoint, path in (
        ("delete item", "DELETE /items/{id}", "/items/1"),
        ("demote admin", "POST /demote", "/demote"),
        ("GET /items as alice", "GET /items", "/items"),
    )
)


def planned(**scenario: tuple[Any, ...]) -> tuple[list[Planned], list[str]]:
    config = Config(scenarios=(ScenarioConfig(name="revoke", **scenario),))
    return scenarios(config, CANDIDATES, Selection())


def test_requests_are_found_by_their_names() -> None:
    found, notes = planned(
        race=("delete item", "demote admin"), observe=("GET /items",), invariants=("shop:sound",)
    )
    assert found == [Planned((0, 1), (2,), ("shop:sound",), "revoke")]
    assert notes == []


def test_requests_are_found_by_endpoint_and_by_path() -> None:
    assert planned(race=("DELETE /items/{id}", "POST /demote"))[0][0].candidates == (0, 1)
    assert planned(race=("DELETE /items/1", "POST /demote"))[0][0].candidates == (0, 1)


def test_what_is_no_function_is_a_query() -> None:
    asserted = (
        "shop:sound",
        " SELECT 1 FROM a; ",
        QueryConfig(sql="SELECT 1 FROM b;", database="b"),
    )
    found, _ = planned(race=("delete item",), invariants=asserted)
    assert found[0].invariants == (
        "shop:sound",
        Query("SELECT 1 FROM a"),
        Query("SELECT 1 FROM b", "b"),
    )


def test_one_request_races_itself() -> None:
    assert planned(race=("delete item",))[0][0].candidates == (0, 0)


def test_three_race_together() -> None:
    found, _ = planned(race=("delete item", "demote admin", "delete item"))
    assert found[0].candidates == (0, 1, 0)


def test_what_could_not_be_exercised_leaves_the_scenario_out_with_a_note() -> None:
    for part in ({"race": ("delete item", "pay")}, {"race": ("delete item",), "observe": ("pay",)}):
        found, notes = planned(**part)
        assert found == []
        assert notes == ["scenario 'revoke' is left out: 'pay' could not be exercised"]


def test_what_only_leaves_out_is_one_sentence() -> None:
    named = RequestConfig(name="pay", request="POST /pay")
    races = (("pay",), ("pay", "delete item"), ("POST /gone",), ("delete item",))
    config = Config(
        requests=(named,),
        scenarios=tuple(ScenarioConfig(name=str(n), race=race) for n, race in enumerate(races)),
    )
    found, notes = scenarios(config, CANDIDATES, Selection(only=("DELETE *",)))
    assert [one.name for one in found] == ["3"]
    assert notes == ["3 scenarios are left out by --only or --skip"]
    found, notes = scenarios(config, CANDIDATES, Selection(skip=("POST /gone",)))
    assert notes[-1] == "1 scenario is left out by --only or --skip"
    assert [note for note in notes if "'pay' could not be exercised" in note] == notes[:-1]
