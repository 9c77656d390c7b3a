from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tests.probe.scanning import told
from tests.probe.sending import HERE
from tests.probe.shop import basic
from tocsin.model import event
from tocsin.model.http import Identity, Operation
from tocsin.probe.har import Sent
from tocsin.probe.leftovers import MOST, leftovers
from tocsin.probe.message import Answer, Failure, Reason, Shot
from tocsin.probe.world import AsItIs

ALICE = Identity("alice", (("authorization", "Basic x"),))
KNOWN = (
    Operation("POST", "/notes"),
    Operation("DELETE", "/notes/{note_id}"),
    Operation("DELETE", "/groups/{group}/members/{username}"),
    Operation("DELETE", "/slashed/{id}/"),
)


def sent(method: str, target: str, status: int, body: object = None, **headers: str) -> Sent:
    answer = Answer(status, tuple(headers.items()), json.dumps(body).encode())
    return Sent(HERE, Shot(method, target, identity="alice"), answer, datetime.now(UTC))


def deleted(*log: Sent) -> list[str]:
    return [one.path for one in leftovers(log, KNOWN, {"alice": ALICE}).deletions]


def test_what_was_made_is_deleted_by_whoever_made_it_the_newest_first() -> None:
    log = [sent("POST", "/notes?x=1", 201, {"id": 7}), sent("POST", "/notes", 201, {"note_id": 8})]
    one, other = leftovers(log, KNOWN, {"alice": ALICE}).deletions
    assert (one.path, other.path) == ("/notes/8", "/notes/7")
    assert one.endpoint == "DELETE /notes/{note_id}"
    assert (one.identity, one.headers) == ("alice", ALICE.headers)


@pytest.mark.parametrize(
    ("made", "path"),
    [
        (sent("POST", "/notes", 201, {}, location="/notes/a%20b"), "/notes/a%20b"),
        (sent("POST", "/notes", 201, {}, location="http://h/notes/9"), "/notes/9"),
        (sent("POST", "/notes", 201, {"data": {"id": 3}}), "/notes/3"),
        (sent("POST", "/groups/a/members", 201, {"username": "bob"}), "/groups/a/members/bob"),
        (sent("POST", "/slashed/", 201, {"id": 1}), "/slashed/1/"),
    ],
)
def test_its_name_is_in_the_address_or_in_the_answer(made: Sent, path: str) -> None:
    assert deleted(made) == [path]


def test_what_may_have_been_there_before_is_left_alone() -> None:
    listing = sent("GET", "/notes", 200, [{"id": 7, "text": "old"}])
    assert deleted(sent("POST", "/notes", 200, {"id": 7})) == []
    assert deleted(listing, sent("POST", "/notes", 200, {"id": 7})) == []
    assert deleted(listing, sent("POST", "/notes", 200, {"id": 9})) == ["/notes/9"]
    assert deleted(listing, sent("POST", "/notes", 201, {"id": 7})) == []


def test_what_is_gone_failed_or_has_no_name_needs_nothing() -> None:
    made = sent("POST", "/notes", 201, {"id": 7})
    assert deleted(made, sent("DELETE", "/notes/7", 204)) == []
    assert deleted(sent("POST", "/notes", 409, {"id": 7})) == []
    assert deleted(sent("POST", "/notes", 201, ["?"]), sent("POST", "/notes", 201, {})) == []
    lost = Failure(Reason.CLOSED)
    shot = Shot("POST", "/notes", identity="alice")
    assert deleted(Sent(HERE, shot, lost, datetime.now(UTC))) == []


def test_what_nothing_deletes_is_told_and_all_is_bounded() -> None:
    found = leftovers([sent("POST", "/teams", 201, {"id": 1})] * 2, KNOWN, {})
    assert (found.deletions, found.kept) == ((), ("/teams",))
    many = [sent("POST", "/notes", 201, {"id": number}) for number in range(MOST + 5)]
    assert len(deleted(*many)) == MOST


def test_a_scan_without_a_reset_tidies_up() -> None:
    from fastapi import FastAPI, HTTPException

    app, notes = FastAPI(), {1: "kept"}

    @app.get("/notes")
    async def every() -> list[dict[str, object]]:
        return [{"id": key, "text": text} for key, text in notes.items()]

    @app.post("/notes", status_code=201)
    async def write() -> dict[str, int]:
        notes[max(notes, default=0) + 1] = "made"
        return {"id": max(notes)}

    @app.delete("/notes/{note_id}", status_code=204)
    async def remove(note_id: int) -> None:
        if note_id == 1:
            raise HTTPException(403)
        if notes.pop(note_id, None) is None:
            raise HTTPException(404)

    people = [Identity("alice", basic("alice", "x"))]
    said = told(app, AsItIs(), people)
    assert notes == {1: "kept"}
    notices = [one.message for one in said if isinstance(one, event.Noted)]
    assert any("things that the scan has made were deleted" in one for one in notices)
    said = told(app, AsItIs(), people, takes=lambda endpoint, _: not endpoint.startswith("DELETE"))
    assert len(notes) > 1, "who leaves DELETE out gets none"
    notices = [one.message for one in said if isinstance(one, event.Noted)]
    assert "what was made by POST to /notes stays: nothing deletes it" in notices
