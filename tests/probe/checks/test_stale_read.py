from __future__ import annotations

import pytest

from tests.probe.clinic import Clinic, application, identities
from tests.probe.gate import Counting, Gate, Gated
from tests.probe.scanning import again, races, told, tried
from tests.probe.servers import under_uvicorn
from tests.probe.virtual import passing
from tocsin.model.anomaly import Name
from tocsin.model.http import Identity, Request, Response
from tocsin.model.verdict import Severity, Verdict
from tocsin.probe.baseline import Outcome
from tocsin.probe.checks.stale_read import NAME, plan
from tocsin.probe.client import Client
from tocsin.probe.delivery import Delivery
from tocsin.probe.discover import Working
from tocsin.probe.effect import Change
from tocsin.probe.engine import Order, Probing, Said, Shown
from tocsin.probe.footprint import Footprint, label
from tocsin.probe.identity import Sessions
from tocsin.probe.redaction import Redactor
from tocsin.probe.scope import Target
from tocsin.scan.probing import finding

RECORD, LETTER = "GET /records/{record_id}", "GET /letters/{letter_id}"
REMOVE, WRITE = "DELETE /wards/{ward}/members/{username}", "PUT /records/{record_id}"
SEAL = "POST /letters/{letter_id}/seal"
PARCEL, HAND = "GET /parcels/{parcel_id}", "POST /parcels/{parcel_id}/hand"
PARAMS = {"username": ["carol"], "ward": ["west"]} | {
    f"{thing}_id": [1] for thing in ("record", "letter", "parcel")
}


def scanned(*without: str) -> list[Said]:
    clinic = Clinic()
    return told(
        application(clinic, passing),
        clinic,
        identities(),
        params=PARAMS,
        takes=lambda endpoint, _: endpoint not in without,
    )


@pytest.fixture(scope="module")
def said() -> list[Said]:
    return scanned()


def test_what_was_written_after_the_right_was_gone_is_shown(said: list[Said]) -> None:
    found = races(said, NAME)
    assert {one: tuple(ref.endpoint for ref in shown.refs) for one, shown in found.items()} == {
        RECORD: (RECORD, REMOVE, WRITE),
        LETTER: (LETTER, SEAL),
        PARCEL: (PARCEL, HAND),
    }
    record = found[RECORD]
    assert (record.broken.name, record.broken.rule) == (Name.STALE_AUTHORIZATION, "TOC101")
    assert record.broken.reason == (
        "the first shows what the third, sent when that is done, has written; "
        "in a row the second refuses it"
    )
    assert (record.evidence.shown, record.sure) == (2, True)
    assert [ref.identity for ref in record.refs] == ["carol", "admin", "admin"]
    assert finding(record).severity is Severity.LOW
    read, *others = record.evidence.flights
    assert read.request == "GET /records/1 as carol"
    assert all(read.sent < other.sent < other.done < read.done for other in others)
    attack = tried(said)[RECORD, REMOVE, WRITE].result.attack
    assert attack is not None
    assert (attack.check, attack.shown, attack.rounds) == (NAME, 2, record.evidence.rounds)


def test_what_is_read_when_it_is_checked_is_not_however_late_it_arrives(said: list[Said]) -> None:
    results = {who: one.result for who, one in tried(said).items()}
    for who in (
        ("GET /safe/records/{record_id}", REMOVE, WRITE),
        ("GET /slow/records/{record_id}", REMOVE, WRITE),
        ("GET /safe/letters/{letter_id}", SEAL),
        ("GET /safe/parcels/{parcel_id}", HAND),
    ):
        assert results[who].verdict is Verdict.INCONCLUSIVE
        assert results[who].reason.startswith("not observed in 12 rounds: ")


def test_who_sees_it_afterwards_need_not_be_who_took_it_away(said: list[Said]) -> None:
    found = races(said, NAME)
    readers = {one: [read.identity for read in found[one].attack.readers] for one in found}
    assert readers == {RECORD: ["carol"], LETTER: ["admin"], PARCEL: ["dora"]}


def test_what_nothing_changes_is_said_to_be_left(said: list[Said]) -> None:
    results = {who: one.result for who, one in tried(scanned(WRITE)).items()}
    assert results[RECORD, REMOVE].reason.startswith("not raced: in a row the second refuses")
    assert (RECORD, REMOVE) not in {who for who, _ in tried(said).items()}


@pytest.mark.parametrize("endpoint", [RECORD, LETTER, PARCEL])
def test_it_is_shown_again(said: list[Said], endpoint: str) -> None:
    clinic = Clinic()
    found = races(said, NAME)[endpoint]
    repeated = again(application(clinic, passing), clinic, identities(), found)
    (shown,) = [one for one in repeated if isinstance(one, Shown)]
    assert shown.broken == found.broken


def test_without_a_reset_nothing_is_taken_away() -> None:
    clinic = Clinic()
    clinic.restore()
    clinic.restores = False
    app = application(clinic, passing)
    assert not races(told(app, clinic, identities(), params=PARAMS), NAME)


def test_a_real_server_shows_it_too() -> None:
    clinic, gate = Clinic(), Gate()

    async def pause(_seconds: float) -> None:
        await gate.window()

    app = Counting(application(clinic, pause), gate)
    with under_uvicorn(app) as origin, Delivery() as delivery:
        people = Sessions.of(identities())
        client = Client(origin, Gated(delivery, gate), people, Redactor(), may_change=True)
        only = {RECORD, REMOVE, WRITE}
        wanted = Order(target=Target(origin), params=PARAMS, takes=lambda one, _: one in only)
        found = races(list(Probing(wanted, client, clinic).events()), NAME)
    assert list(found) == [RECORD]


def test_a_right_is_taken_away_once_whoever_does_it_and_not_by_what_moves_numbers() -> None:
    people = {name: Identity(name) for name in ("carol", "dave", "admin")}
    read = Request("read", "GET /me", "GET", "/me", identity="carol")
    bans, pays = (
        [
            Request(who, f"POST /{path}", "POST", f"/{path}", body=b'{"of": "carol"}', identity=who)
            for who in ("admin", "dave")
        ]
        for path in ("bans", "pay")
    )
    working = [Working(one, Response(200)) for one in (read, *bans, *pays)]
    moved = Outcome((200,), frozenset({Change(f"{label(read)} balance", "by", "+1")}))
    known = {pays[0]: Footprint(pays[0], (read,), moved)}
    assert {one.endpoint for one in plan(working, people)} == {"POST /bans", "POST /pay"}
    (suspects,) = plan(working, people, known).values()
    assert [(one.victim, one.revocation) for one in suspects] == [(read, bans[0])]
