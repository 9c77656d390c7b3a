"""Rights that are taken away while they are used, on a server whose clock jumps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from tests.probe.gates import named
from tests.probe.offices import Offices, application, identities
from tests.probe.sending import HERE, answer, client
from tests.probe.virtual import passing, virtual
from tocsin.model import event
from tocsin.model.anomaly import Name
from tocsin.model.http import Request
from tocsin.model.verdict import Verdict
from tocsin.probe.checks.stale_authorization import Suspect
from tocsin.probe.client import Client
from tocsin.probe.engine import Order, Probing, Said, Shown
from tocsin.probe.identity import Sessions
from tocsin.probe.message import Result, Shot
from tocsin.probe.redaction import Redactor
from tocsin.probe.revoking import Sweep, revoking
from tocsin.probe.scope import Target
from tocsin.probe.verdict import CLEAR

DEMOTE = "POST /users/{username}/demote"
CAROL = Sessions.of(identities()).known["carol"].credentials


@contextmanager
def probing(offices: Offices, *only: str) -> Iterator[Probing]:
    with virtual(application(offices)) as server:
        sessions = Sessions.of(identities())
        client = Client(HERE, server, sessions, Redactor(), may_change=True)
        order = Order(
            target=Target(HERE),
            rounds=4,
            params={"username": ["carol"], "file_id": [1]},
            takes=lambda endpoint, _: endpoint in only or endpoint in {"GET /files", DEMOTE},
        )
        yield Probing(order, client, offices)


def told(offices: Offices, *only: str) -> list[Said]:
    with probing(offices, *only) as scan:
        return list(scan.events())


def revoked(said: list[Said]) -> list[Shown]:
    return [
        one
        for one in said
        if isinstance(one, Shown) and one.broken.name is Name.STALE_AUTHORIZATION
    ]


def test_a_request_that_takes_effect_after_its_right_is_gone_is_shown() -> None:
    (shown,) = revoked(told(Offices(), "DELETE /files/{file_id}"))
    assert [ref.endpoint for ref in shown.refs] == ["DELETE /files/{file_id}", DEMOTE]
    assert [ref.identity for ref in shown.refs] == ["carol", "admin"]
    assert shown.sure
    assert shown.evidence.shown == CLEAR
    assert shown.evidence.flights[0].request == "DELETE /files/1 as carol"
    assert shown.broken.reason.startswith(
        "the first takes effect after the second is done, which in a row refuses it; "
        "the window stays open for at least "
    )


def test_it_is_shown_again_when_it_is_sent_again() -> None:
    with probing(Offices(), "DELETE /files/{file_id}") as scan:
        (shown,) = revoked(list(scan.events()))
        victim, revocation = shown.attack.requests
        suspect = Suspect(victim, revocation, shown.attack.readers, names=True)
        assert len(revoked(list(scan.again(suspect)))) == 1


def test_what_asks_again_or_acts_before_it_is_answered_is_not() -> None:
    for path in ("DELETE /safe/files/{file_id}", "DELETE /slow/files/{file_id}"):
        said = told(Offices(), path)
        assert revoked(said) == []
        (swept,) = [
            one.result
            for one in said
            if isinstance(one, event.UnitFinished) and "swept" in one.result.bound
        ]
        assert swept.verdict is Verdict.INCONCLUSIVE
        assert swept.reason.startswith("not observed in 12 rounds")


def test_without_a_reset_nothing_is_taken_away() -> None:
    offices = Offices()
    offices.restore()
    offices.restores = False
    said = told(offices, "DELETE /files/{file_id}")
    assert revoked(said) == []
    assert not [
        one for one in said if isinstance(one, event.UnitFinished) and "swept" in one.result.bound
    ]


class Notes:
    """A note of carol's that can be renamed by its owner, and given away; some look again."""

    restores = True

    def restore(self) -> None:
        self.note = {"id": 1, "name": "lamp", "owner": "carol"}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        user = named(dict(scope["headers"])[b"authorization"].decode())
        status, said = await self.answer(scope["method"], scope["path"], user)
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(said).encode()})

    async def answer(self, method: str, path: str, user: str) -> tuple[int, object]:
        await passing(0.004)
        if method == "GET":
            return 200, [dict(self.note)] if path == "/items" else []
        if self.note["owner"] != user:
            return 403, "not yours"
        if path.endswith("/give"):
            self.note["owner"] = "admin"
            return 200, "given"
        if not path.startswith("/safe"):
            await passing(0.0004)
        self.note["name"] = "bell"
        await passing(0.003)
        return 200, "renamed"


GIVE = "POST /items/{id}/give"


def swept(path: str) -> Sweep:
    """The rounds of a renaming at this path, and of giving away what it renames."""
    rename = Request("rename", f"PUT {path}", "PUT", path, identity="carol")
    give = Request("give", GIVE, "POST", "/items/1/give", identity="carol")
    read = Request("read", "GET /items", "GET", "/items", identity="carol")
    notes = Notes()
    with virtual(notes) as server:
        client = Client(HERE, server, Sessions.of(identities()), Redactor(), may_change=True)
        wearing = [
            replace(one, headers=client.sessions.known["carol"].credentials)
            for one in (rename, give, read)
        ]
        suspect = Suspect(wearing[0], wearing[1], (wearing[2],))
        assert revoking(client, notes, [suspect]) == [suspect]
        sweep = Sweep(client, notes, suspect)
        assert sweep.prepare()
        sweep.run(36)
        return sweep


def test_a_window_of_less_than_a_millisecond_is_found_where_one_answer_tells_of_both() -> None:
    assert swept("/items/1").sure
    assert swept("/safe/items/1").lags == []


class Locker:
    """Doors that are locked, closed behind others, or gone; ``asked`` is every request in turn."""

    restores = True

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.restore()

    def restore(self) -> None:
        self.closed: set[str] = set()

    def handle(self, shot: Shot) -> Result:
        self.asked.append(shot.target)
        if shot.method == "DELETE":
            self.closed = set()
        elif shot.target == "/lock":
            self.closed |= {"/first", "/fourth"}
        elif shot.target in self.closed:
            return answer(403)
        elif shot.target == "/second":
            self.closed.add("/third")
        return answer(200)


def test_who_is_refused_after_another_has_succeeded_is_asked_again_alone() -> None:
    """And who deletes what the others need is asked last."""
    locker = Locker()
    asked, _ = client(locker.handle)
    lock = Request("lock", "POST /lock", "POST", "/lock")
    victims = [
        Request(path, f"{method} /{path}", method, f"/{path}")
        for method, path in (
            ("DELETE", "all"),
            *(("POST", one) for one in ("first", "second", "third", "fourth")),
        )
    ]
    suspects = [Suspect(one, lock) for one in victims]
    assert revoking(asked, locker, suspects) == [suspects[1], suspects[4]]
    assert locker.asked == [
        *("/lock", "/first", "/second", "/third", "/fourth", "/all"),
        *("/lock", "/third", "/lock", "/fourth"),
    ]


def test_who_was_only_hindered_by_others_is_asked_before_them_the_next_time() -> None:
    locker = Locker()
    asked, _ = client(locker.handle)
    open_, shut, second, third = (
        Request(path, f"POST /{path}", "POST", f"/{path}")
        for path in ("open", "shut", "second", "third")
    )
    suspects = [Suspect(one, other) for other in (open_, shut) for one in (second, third)]
    assert revoking(asked, locker, suspects) == []
    assert locker.asked == [
        *("/open", "/second", "/third"),
        *("/open", "/third"),
        *("/shut", "/third", "/second"),
    ]


def test_nothing_is_asked_twice_to_know_what_a_right_and_its_end_do() -> None:
    """Four rows; what both requests leave as it was is not read again after the first row."""
    notes = Notes()
    rename, give, read, other = (
        Request(path, f"{method} {path}", method, path, headers=CAROL, identity="carol")
        for method, path in (
            ("PUT", "/safe/items/1"),
            ("POST", "/items/1/give"),
            ("GET", "/items"),
            ("GET", "/people"),
        )
    )
    with virtual(notes) as server:
        asked = Client(HERE, server, Sessions.of(identities()), Redactor(), may_change=True)
        assert Sweep(asked, notes, Suspect(rename, give, (read, other))).prepare()
    targets = [one.shot.target for one in asked.log]
    assert targets.count("/items/1/give") == targets.count("/safe/items/1") == 3
    assert (targets.count("/items"), targets.count("/people")) == (6, 2)
