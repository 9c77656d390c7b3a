"""Rights that are taken away while they are used, on a server whose clock jumps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.probe.offices import Offices, application, identities
from tests.probe.sending import HERE
from tests.probe.virtual import virtual
from tocsin.model import event
from tocsin.model.anomaly import Name
from tocsin.model.verdict import Verdict
from tocsin.probe.checks.stale_authorization import Suspect
from tocsin.probe.client import Client
from tocsin.probe.engine import Order, Probing, Said, Shown
from tocsin.probe.identity import Sessions
from tocsin.probe.redaction import Redactor
from tocsin.probe.scope import Target

DEMOTE = "POST /users/{username}/demote"


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
    assert shown.evidence.shown == 3
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
