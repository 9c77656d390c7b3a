"""The matrix of a real server: uvicorn on 127.0.0.1."""

from __future__ import annotations

from tests.probe.archive import Archive, application, identities
from tests.probe.servers import under_uvicorn
from tocsin.model import event
from tocsin.probe.checks.authorization import Kind
from tocsin.probe.client import Client
from tocsin.probe.delivery import Delivery
from tocsin.probe.engine import Noticed, Order, Probing, Said
from tocsin.probe.identity import Sessions
from tocsin.probe.redaction import Redactor
from tocsin.probe.scope import Target

EXPECTED = {
    (Kind.FOREIGN_READ, "GET /letters/{letter_id}"),
    (Kind.FOREIGN_CHANGED, "DELETE /letters/{letter_id}"),
    (Kind.ADMINISTERED, "GET /admin/statistics"),
    (Kind.UNENFORCED, "GET /index"),
}


def told(archive: Archive, *, roles: bool = True, may_change: bool = True) -> list[Said]:
    with under_uvicorn(application(archive)) as origin, Delivery() as delivery:
        sessions = Sessions.of(identities(roles=roles))
        client = Client(origin, delivery, sessions, Redactor(), may_change=may_change)
        order = Order(target=Target(origin), rounds=1, seconds=0.0)
        return list(Probing(order, client, archive).events())


def flaws(said: list[Said]) -> set[tuple[str, str]]:
    return {(one.flaw.kind, one.flaw.request.endpoint) for one in said if isinstance(one, Noticed)}


def test_foreign_things_are_found_and_what_is_closed_or_public_is_not() -> None:
    said = told(Archive())
    assert flaws(said) == EXPECTED
    cells = {
        (one.permission.endpoint, one.permission.identity, one.permission.allowed)
        for one in said
        if isinstance(one, event.PermissionSeen) and one.permission.object == "foreign"
    }
    assert ("GET /letters/{letter_id}", "bob", True) in cells
    assert ("GET /safe/letters/{letter_id}", "bob", False) in cells
    assert not any(who == "carol" for _, who, _ in cells), "staff may see more"
    (read,) = [
        one.flaw for one in said if isinstance(one, Noticed) and one.flaw.kind is Kind.FOREIGN_READ
    ]
    assert read.reason == (
        "answers 200 to bob for letter 1, which is alice's: GET /me/letters shows it to alice alone"
    )


def test_without_roles_those_who_may_no_more_are_compared() -> None:
    assert flaws(told(Archive(), roles=False)) == {
        one for one in EXPECTED if one[0] is not Kind.ADMINISTERED
    }


def test_what_cannot_be_restored_is_not_changed() -> None:
    archive = Archive()
    archive.restore()
    archive.restores = False
    archive.restore = lambda: None  # type: ignore[method-assign]
    found = flaws(told(archive, may_change=False))
    assert (Kind.FOREIGN_READ, "GET /letters/{letter_id}") in found
    assert not any(kind is Kind.FOREIGN_CHANGED for kind, _ in found)
    assert archive.letters == {1: "alice", 2: "bob"}
