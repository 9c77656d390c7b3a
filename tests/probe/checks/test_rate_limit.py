from __future__ import annotations

import pytest

from tests.probe.gates import LIMIT, Gates, application, login, person
from tests.probe.scanning import again, flaws, races, scripted, told, tried
from tocsin.model import event
from tocsin.model.anomaly import Name
from tocsin.probe.checks.rate_limit import MORE, NAME, TRIES, Kind, Row, row, script
from tocsin.probe.engine import Said, Shown
from tocsin.probe.script import Race, Scene

RACY, SAFE = "POST /racy/login", "POST /safe/login"


def logging_in(path: str, gates: Gates) -> list[Said]:
    """The login is known from the identity that uses it; discovery does not try it."""
    return told(
        application(gates), gates, [login(path)], takes=lambda endpoint, _name: endpoint == "GET /"
    )


def test_wrong_passwords_at_once_overrun_a_limit_that_is_counted_afterwards() -> None:
    said = logging_in("/racy/login", Gates())
    (shown,) = races(said, NAME).values()
    assert shown.refs[0].endpoint == RACY
    assert (shown.broken.name, shown.broken.rule) == (Name.LIMIT_OVERRUN, "TOC502")
    everything = LIMIT + MORE
    assert (
        shown.broken.reason == f"{everything} wrong passwords are tried at once, {LIMIT} in a row"
    )
    assert shown.evidence.serial == f"{LIMIT} times 401, then 429"
    assert (shown.evidence.shown, shown.sure) == (3, True)
    assert (shown.evidence.low, shown.evidence.high) == (pytest.approx(0.438, abs=1e-3), 1.0)
    assert len(shown.evidence.curl) == 1
    assert [one.status for one in shown.evidence.flights].count(401) > LIMIT
    assert "tocsin-wrong-password" in shown.evidence.curl[0]


def test_a_limit_that_counts_first_holds() -> None:
    gates = Gates()
    said = logging_in("/safe/login", gates)
    assert races(said, NAME) == {}
    (result,) = [one.result for who, one in tried(said).items() if who[0] == SAFE]
    assert result.reason.startswith("observed in 0 of 4 rounds: a limit may still be overrun in up")


def test_it_is_shown_again() -> None:
    gates = Gates()
    (shown,) = races(logging_in("/racy/login", gates), NAME).values()
    app = application(gates)
    (once_more,) = [one for one in again(app, gates, (), shown) if isinstance(one, Shown)]
    assert once_more.broken == shown.broken


def test_basic_is_a_door_too_and_its_plan_has_no_credentials() -> None:
    gates = Gates()
    said = told(
        application(gates), gates, [person()], takes=lambda endpoint, _name: "limited" in endpoint
    )
    (shown,) = races(said, NAME).values()
    assert shown.broken.reason.endswith(f"{LIMIT} in a row")
    (once_more,) = [
        one for one in again(application(gates), gates, [person()], shown) if isinstance(one, Shown)
    ]
    assert once_more.broken == shown.broken


def test_a_limit_that_stays_is_no_evidence() -> None:
    gates = Gates(forgets=False)
    scene = Scene(identities={"alice": login("/racy/login")}, may_change=True, restores=True)
    (race,) = scripted(application(gates), gates, script(scene))
    assert isinstance(race, Race)
    assert (race.broken, race.reason) == (None, "the limit stays when the state is put back")
    (note,) = scripted(application(gates), gates, script(scene))
    assert note == event.Noted("POST /racy/login answers 429 to the first wrong password already")


def test_without_a_reset_every_row_has_a_nobody_of_its_own() -> None:
    gates = Gates(restores=False, forgets=False)
    (shown,) = races(logging_in("/racy/login", gates), NAME).values()
    assert shown.broken.name is Name.LIMIT_OVERRUN
    assert gates.failed["alice"] == 1, "of the authentication check"
    (once_more,) = [
        one for one in again(application(gates), gates, (), shown) if isinstance(one, Shown)
    ]
    assert once_more.broken == shown.broken, "of others who do not exist"


def mine(endpoint: str, _name: str) -> bool:
    return endpoint == "GET /mine"


def test_where_no_limit_is_met_that_is_told_of_users_who_exist() -> None:
    gates = Gates()
    said = told(application(gates), gates, [person()], takes=mine)
    assert (Kind.UNLIMITED, "GET /mine") in flaws(said)
    careful = Gates(restores=False)
    said = told(application(careful), careful, [person()], takes=mine)
    assert (Kind.UNLIMITED, "GET /mine") not in flaws(said)
    notes = [one.message for one in said if isinstance(one, event.Noted)]
    assert [one for one in notes if f"401 to {TRIES} wrong passwords in a row" in one]


def test_nothing_is_tried_where_nothing_may_be_changed() -> None:
    gates = Gates()
    said = told(application(gates), gates, [person()], may_change=False)
    assert flaws(said) == set()
    assert races(said, NAME) == {}


@pytest.mark.parametrize(
    ("statuses", "found"),
    [
        ([401, 401, 429], Row(401, 2, 429)),
        ([401, 423, 401], Row(401, 1, 423)),
        ([429, 429], Row(429, 2, None)),
        ([401, 500, 401], Row(401, 2, None)),
        ([403, 403], Row(403, 2, None)),
        ([], Row(504, 0, None)),
    ],
)
def test_the_limit_is_the_first_other_refusal(statuses: list[int], found: Row) -> None:
    assert row(statuses) == found
