from __future__ import annotations

from enum import StrEnum

import msgspec

from tests.probe.sending import answer, client
from tocsin.model.http import Operation, Parameter, Request, Response
from tocsin.model.verdict import Permission
from tocsin.probe.discover import Working
from tocsin.probe.flaw import Flaw
from tocsin.probe.message import Answer, Shot
from tocsin.probe.review import review, working
from tocsin.probe.script import Scene


class Kind(StrEnum):
    WRONG = "something is wrong"


def request(endpoint: str, **more: object) -> Request:
    method, _, path = endpoint.partition(" ")
    return Request(endpoint, endpoint, method, path, **more)  # type: ignore[arg-type]


READ, OTHER = request("GET /a"), request("GET /b")
WRITE, ELSE = request("PUT /a"), request("DELETE /b")
FILE = request("PUT /f", headers=(("Content-Type", "text/plain"),), body=b"x")
EVERYTHING = [Working(one, Response(200)) for one in (READ, OTHER, WRITE, ELSE, FILE)]
KNOWN = [
    Operation("PUT", "/a", (Parameter("x", "path"),), {"type": "object"}, shown=frozenset("ab")),
    Operation("DELETE", "/b"),
]


def test_a_review_has_reads_uploads_and_the_endpoint_itself() -> None:
    cells = [Permission("GET /a", "bob", allowed=False, status=403)]
    scene = Scene(working=EVERYTHING, known=KNOWN, cells=cells)
    found = review("some", Flaw(Kind.WRONG, WRITE, "it is"), scene)
    assert found.requests == (READ, OTHER, WRITE, FILE)
    assert found.known == (KNOWN[0],)
    assert found.cells == (cells[0],)


def test_what_the_document_has_comes_back_from_text() -> None:
    text = msgspec.json.encode(KNOWN[0])
    assert msgspec.json.decode(text, type=Operation) == KNOWN[0]


class World:
    restores = True
    restored = 0

    def restore(self) -> None:
        self.restored += 1


def test_only_what_still_works_is_worked_with() -> None:
    def reply(shot: Shot) -> Answer:
        return answer(404 if shot.target == "/b" else 200)

    made, _ = client(reply)
    world = World()
    found = working(made, world, [READ, OTHER, WRITE])
    assert [one.request for one in found] == [READ, WRITE]
    assert world.restored == 2, "at first, and after what changes something"


def test_what_may_not_be_sent_is_left_out() -> None:
    made, server = client(lambda _: answer(), may_change=False)
    assert [one.request for one in working(made, World(), [READ, WRITE])] == [READ]
    assert [shot.method for shot in server.shots] == ["GET"]
