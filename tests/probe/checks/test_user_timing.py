from __future__ import annotations

import random
from contextlib import suppress

import pytest

from tests.probe.gates import PASSWORD, USER, login, person
from tests.probe.sending import observed
from tocsin.model import event
from tocsin.model.http import Identity, Request, Response
from tocsin.probe.checks.user_timing import LEAST, Kind, Times, judge, script
from tocsin.probe.discover import Working
from tocsin.probe.doors import doors
from tocsin.probe.flaw import Flaw
from tocsin.probe.script import Came, Reply, Said, Scene, Together

MINE = Working(
    Request("mine", "GET /mine", "GET", "/mine", headers=person().headers, identity=USER),
    Response(200),
)
SCENE = Scene(working=[MINE], identities={USER: person()}, may_change=True, restores=True)
KNOWN = doors([MINE], {USER: person()})[0].tried(USER, "x").headers[0][1][:10]


class Server:
    """Takes so long for users who exist, so long for others; noise from a seed."""

    def __init__(
        self, known: float, unknown: float, *, drift: float = 0.0, limit: int = 999
    ) -> None:
        self.known, self.unknown, self.drift, self.limit = known, unknown, drift, limit
        self.noise = random.Random(7)
        self.asked = 0

    def reply(self, request: Request) -> Reply:
        self.asked += 1
        mine = dict(request.headers).get("authorization", "").startswith(KNOWN)
        mine |= f'"{USER}"'.encode() in request.body
        seconds = self.known if mine else self.unknown
        seconds += self.noise.expovariate(1000) + self.asked * self.drift
        return Reply(Response(429 if self.asked > self.limit else 401), seconds)


def said(server: Server, scene: Scene = SCENE) -> list[Said]:
    steps, came = script(scene), None
    told: list[Said] = []
    with suppress(StopIteration):
        while True:
            step = steps.send(came)
            came = _came(server, step)
            if isinstance(step, (Flaw, event.Noted)):
                told.append(step)
    return told


def _came(server: Server, step: object) -> Came:
    if isinstance(step, Request):  # whether the door is shut at all
        return Reply(Response(401))
    if not isinstance(step, Together):
        return None
    (request,) = step.attack.requests
    reply = server.reply(request)
    return observed(step, reply.response, seconds=reply.seconds)


def test_a_hash_that_only_known_users_get_is_told() -> None:
    server = Server(0.048, 0.002)
    (flaw,) = said(server)
    assert isinstance(flaw, Flaw)
    assert flaw.kind is Kind.TELLS
    assert flaw.reason.startswith("takes 4")
    assert (
        "ms longer to refuse a user who exists than one who does not (medians of 40" in flaw.reason
    )
    assert PASSWORD.encode() not in flaw.request.body
    assert server.asked == 3 * (16 + 40)


def test_who_is_refused_sooner_is_told_too() -> None:
    (flaw,) = said(Server(0.002, 0.048))
    assert isinstance(flaw, Flaw)
    assert "ms less long to refuse" in flaw.reason


def test_a_login_is_a_door_like_basic() -> None:
    scene = Scene(identities={USER: login("/login")}, may_change=True, restores=True)
    (flaw,) = said(Server(0.030, 0.002), scene)
    assert isinstance(flaw, Flaw)
    assert flaw.request.endpoint == "POST /login"


@pytest.mark.parametrize(
    "server",
    [Server(0.048, 0.048), Server(0.002, 0.002, drift=0.001), Server(0.0021, 0.002)],
    ids=["both are hashed", "the server slows down", "too little to tell"],
)
def test_no_difference_is_told_and_few_requests_are_sent(server: Server) -> None:
    assert said(server) == []
    assert server.asked <= 3 * (16 + 40)


@pytest.mark.parametrize("seed", range(20))
def test_noise_is_no_difference(seed: int) -> None:
    server = Server(0.01, 0.01)
    server.noise.seed(seed)
    assert said(server) == []


def test_where_a_limit_is_met_nothing_is_compared() -> None:
    (note,) = said(Server(0.048, 0.002, limit=20))
    assert isinstance(note, event.Noted)
    assert note.message.startswith("GET /mine: how long refusals take was not compared")


def test_nobody_is_locked_out_who_cannot_be_let_in_again() -> None:
    scene = Scene(working=[MINE], identities={USER: person()}, may_change=True)
    assert list(script(scene)) == []
    assert isinstance(next(script(SCENE)), Request)
    assert (
        list(script(Scene(identities={"x": Identity("x")}, may_change=True, restores=True))) == []
    )


def test_two_unknown_users_that_differ_make_it_no_evidence() -> None:
    quick, slow = ([base + n / 10_000 for n in range(30)] for base in (0.002, 0.05))
    sure = Times(slow, quick, [x + LEAST / 100 for x in quick])
    assert judge(sure, sure) is not None
    assert judge(sure, Times(slow, quick, slow)) is None
    assert judge(Times(quick, slow, slow), sure) is None, "the two runs do not agree"
