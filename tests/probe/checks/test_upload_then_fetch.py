from __future__ import annotations

import pytest

from tests.probe.scanning import again, flaws, races, told, tried
from tests.probe.shelf import Shelf, application
from tocsin.model import event
from tocsin.model.anomaly import Name
from tocsin.probe.checks.upload_then_fetch import NAME, Kind
from tocsin.probe.engine import Said, Shown

RACY, TORN = "POST /racy/files", "POST /torn/files"


@pytest.fixture(scope="module")
def said() -> list[Said]:
    shelf = Shelf()
    return told(application(shelf), shelf, ())


def test_what_is_served_before_its_check_or_half_is_shown(said: list[Said]) -> None:
    found = races(said, NAME)
    assert {endpoint: one.broken.name for endpoint, one in found.items()} == {
        RACY: Name.STALE_CHECK,
        TORN: Name.READ_SKEW,
    }
    assert {one.broken.rule for one in found.values()} == {"TOC307"}
    racy = found[RACY]
    assert racy.broken.reason == "the upload is answered 422, and served before it is"
    assert racy.evidence.serial == "422 to the upload, and 404 to the fetch after it"
    assert (racy.evidence.shown, racy.sure) == (3, True)
    statuses = [one.status for one in racy.evidence.flights]
    assert (statuses[0], 200 in statuses[1:]) == (422, True)
    assert [ref.endpoint for ref in racy.refs] == [RACY, "GET /racy/files/{name}"]
    assert found[TORN].evidence.observed == "fetched: 200, 65536 bytes that are neither"


def test_what_is_checked_first_or_replaced_at_once_is_not(said: list[Said]) -> None:
    results = {
        who[0]: one.result for who, one in tried(said).items() if "swept" in one.result.bound
    }
    assert set(results) >= {"POST /safe/files", "POST /whole/files", "POST /open/files"}
    safe = results["POST /safe/files"]
    assert safe.reason == "not observed in 4 rounds: it may still show in up to 53%"


def test_what_is_refused_and_stays_needs_no_race(said: list[Said]) -> None:
    assert flaws(said) == {(Kind.SERVED, "GET /kept/files/{name}")}


def test_an_address_that_nobody_knows_is_a_note(said: list[Said]) -> None:
    notes = [one.message for one in said if isinstance(one, event.Noted)]
    assert [one for one in notes if one.startswith("POST /hidden/files: no read gives back")]


@pytest.mark.parametrize("endpoint", [RACY, TORN])
def test_it_is_shown_again(said: list[Said], endpoint: str) -> None:
    shelf = Shelf()
    found = races(said, NAME)[endpoint]
    (shown,) = [
        one for one in again(application(shelf), shelf, (), found) if isinstance(one, Shown)
    ]
    assert shown.broken == found.broken


def test_nothing_is_uploaded_that_cannot_be_put_back() -> None:
    shelf = Shelf(restores=False)
    found = told(application(shelf), shelf, ())
    assert races(found, NAME) == {}
    assert flaws(found) == set()
