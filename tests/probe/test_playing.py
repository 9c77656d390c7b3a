from __future__ import annotations

import pytest

from tests.probe.sending import answer, client
from tocsin.model import event
from tocsin.model.http import Request
from tocsin.probe.checks.base import Attack
from tocsin.probe.message import Answer, Hold, Observation, Protocol, Shot
from tocsin.probe.pace import Exhausted, Pace
from tocsin.probe.playing import played
from tocsin.probe.script import Came, Reply, Script, Together, ask, fire, restore

READ = Request("read", "GET /a", "GET", "/a")
WRITE = Request("write", "POST /a", "POST", "/a")


class World:
    restores = True

    def __init__(self) -> None:
        self.restored = 0

    def restore(self) -> None:
        self.restored += 1


def test_requests_are_replied_to_with_their_time() -> None:
    got: list[Came] = []

    def script() -> Script:
        got.append((yield from ask(READ)))

    made, server = client(lambda _: Answer(201, (), b"x", sent=1.0, first=1.25, done=2.0))
    assert list(played(script(), made, World())) == []
    (reply,) = got
    assert isinstance(reply, Reply)
    assert (reply.response.status, reply.seconds) == (201, 0.25)
    assert [shot.target for shot in server.shots] == ["/a"]


def test_what_a_script_says_is_handed_on_in_its_order() -> None:
    world = World()

    def script() -> Script:
        yield event.Noted("first")
        yield from restore()
        yield from ask(READ)
        yield event.Noted("second")

    made, _ = client(lambda _: answer())
    told = []
    for said in played(script(), made, world):
        told.append(said)
        assert world.restored == len(told) - 1
    assert told == [event.Noted("first"), event.Noted("second")]


def test_volleys_are_held_at_their_last_header_bytes() -> None:
    seen: list[Observation] = []

    def script() -> Script:
        seen.append((yield from fire(Together(Attack("x", (WRITE, READ)), (0.0, 0.5)))))

    made, _ = client(lambda _: answer())
    list(played(script(), made, World()))
    (one,) = seen
    assert (one.way.protocol, one.way.hold, one.way.connections) == (
        Protocol.HTTP1,
        Hold.LAST_HEADER_BYTES,
        2,
    )
    assert one.volley.offsets == (0.0, 0.5)


@pytest.mark.parametrize("defiant", [True, False])
def test_refusals_that_are_looked_for_are_no_reason_to_wait(defiant: bool) -> None:
    """A minute is more than anybody would wait: the scan ends, unless that is the question."""

    def script() -> Script:
        yield from fire(Together(Attack("x", (WRITE,)), defiant=defiant))

    def refuse(_: Shot) -> Answer:
        return answer(429, b"", ("retry-after", "60"))

    made, _ = client(refuse, pace=Pace())
    if defiant:
        assert list(played(script(), made, World())) == []
    else:
        with pytest.raises(Exhausted, match="left alone for 60 s"):
            list(played(script(), made, World()))


def test_the_cap_ends_a_script() -> None:
    def script() -> Script:
        while True:
            yield from ask(READ)

    made, server = client(lambda _: answer(), pace=Pace(most=3))
    with pytest.raises(Exhausted):
        list(played(script(), made, World()))
    assert len(server.shots) == 3
