from __future__ import annotations

import json

import pytest

from tests.probe.archive import Archive, application, identities
from tests.probe.scanning import flaws, told
from tocsin.model import event
from tocsin.model.http import ANONYMOUS, Identity, Operation, Parameter, Request, Response
from tocsin.probe.checks.authorization import (
    Attempt,
    Kind,
    confirmed,
    judge,
    overreach,
    permissions,
    plan,
)
from tocsin.probe.discover import Working
from tocsin.probe.engine import Noticed, Said

ALICE, BOB = Identity("alice", role="user"), Identity("bob", role="user")
PEOPLE = {"alice": ALICE, "bob": BOB, ANONYMOUS.name: ANONYMOUS}


def answer(content: object, status: int = 200) -> Response:
    return Response(status, (), json.dumps(content).encode())


def working(endpoint: str, path: str, who: str, content: object = None) -> Working:
    method = endpoint.partition(" ")[0]
    return Working(Request(path, endpoint, method, path, identity=who), answer(content))


LISTS = [
    working("GET /me/bills", "/me/bills", "alice", [{"id": 1, "open": True}]),
    working("GET /me/bills", "/me/bills", "bob", [{"id": 2, "open": True}]),
]
READ = working("GET /bills/{bill_id}", "/bills/1", "alice")
BURN = working("DELETE /bills/{bill_id}", "/bills/1", "alice")
BILL = answer({"id": 1, "sum": 8})


def attempts(*more: Working, may_change: bool = True) -> tuple[Attempt, ...]:
    return plan([*LISTS, *more], PEOPLE, [], may_change=may_change)


READING, BURNING = attempts(READ)[0], attempts(BURN)[0]


def test_each_thing_is_asked_for_by_its_owner_and_by_the_other() -> None:
    asked = {(a.own.path, a.own.identity, a.foreign.identity) for a in attempts(READ)}
    assert asked == {("/bills/1", "alice", "bob"), ("/bills/2", "bob", "alice")}
    assert {a.own.method for a in attempts(READ, BURN)} == {"GET", "DELETE"}
    assert {a.own.method for a in attempts(READ, BURN, may_change=False)} == {"GET"}
    assert plan([READ, BURN], PEOPLE, [], may_change=True) == (), "nothing says whose it is"


def test_what_is_shown_to_all_is_judged_only_where_the_thing_itself_changes() -> None:
    public = working("GET /posts", "/posts", "bob", [{"id": 1, "owner": "alice"}])
    verbs = [
        working(f"{verb} /posts/{{post_id}}{rest}", f"/posts/1{rest}", "alice")
        for verb, rest in (("GET", ""), ("PUT", ""), ("POST", "/like"), ("DELETE", "/likes"))
    ]
    found = plan([public, *verbs], PEOPLE, [], may_change=True)
    assert [one.own.endpoint for one in found] == ["PUT /posts/{post_id}"]


@pytest.mark.parametrize(
    ("own", "foreign", "found"),
    [
        (BILL, BILL, True),
        (BILL, answer({"id": 1, "sum": 9}), True),
        (BILL, answer({"id": 2, "sum": 8}), False),
        (BILL, answer({"error": "not yours"}), False),
        (BILL, answer({"id": 1, "sum": 8}, 403), False),
        (answer({}, 404), BILL, False),
        (answer({}), answer({}), False),
        (Response(200), Response(200), False),
    ],
)
def test_reading(own: Response, foreign: Response, found: bool) -> None:
    flaw = judge(READING, own, foreign)
    assert (flaw is not None and flaw.kind is Kind.FOREIGN_READ) == found


def test_what_succeeds_must_have_changed_the_owners_thing() -> None:
    before, gone = LISTS[0].response, answer([])
    done = Response(204)
    flaw = judge(BURNING, done, done, before, gone)
    assert flaw is not None
    assert flaw.kind is Kind.FOREIGN_CHANGED
    assert judge(BURNING, done, done, before, before) is None
    assert judge(BURNING, done, done, gone, gone) is None
    assert judge(BURNING, done, done, before, Response(500)) is None
    assert judge(BURNING, done, done) is None


def test_where_roles_are_unknown_both_must_get_what_is_the_others() -> None:
    unknown = {**PEOPLE, "alice": Identity("alice"), "bob": Identity("bob")}
    two = plan([*LISTS, READ], unknown, [], may_change=True)
    flaws = [judge(one, answer({"id": int(one.thing.key)}), answer({"id": int(one.thing.key)}))
             for one in two]  # fmt: skip
    found = [(one, flaw) for one, flaw in zip(two, flaws, strict=True) if flaw is not None]
    assert len(found) == 2
    assert len(confirmed(found)) == 1
    assert confirmed(found[:1]) == ()


def test_the_cells_say_whose_the_thing_was() -> None:
    cells = permissions(READING, BILL, Response(404))
    assert [(c.identity, c.object, c.allowed) for c in cells] == [
        ("alice", "own", True),
        ("bob", "foreign", False),
    ]
    assert permissions(READING, Response(500), Response(504, error="closed")) == ()


def test_promises_and_paths_for_administrators() -> None:
    wanted = Parameter("Authorization", "header", False, {"x-security": "basic"})
    secured = Operation("GET", "/bills", (wanted,))
    free, anybody = Operation("GET", "/free"), ANONYMOUS.name
    seen = [
        working("GET /bills", "/bills", anybody),
        working("GET /bills", "/bills", "alice"),
        working("GET /free", "/free", anybody),
        working("GET /admin/all", "/admin/all", "alice"),
    ]
    people = {**PEOPLE, "root": Identity("root", role="admin")}
    found = overreach(seen, [secured, free], people)
    assert [(one.kind, one.request.endpoint) for one in found] == [
        (Kind.UNENFORCED, "GET /bills"),
        (Kind.ADMINISTERED, "GET /admin/all"),
    ]
    assert [one.kind for one in overreach(seen, [secured], PEOPLE)] == [Kind.UNENFORCED]
    assert overreach(seen[1:3], [secured, free], people) == ()


EXPECTED = {
    (Kind.FOREIGN_READ, "GET /letters/{letter_id}"),
    (Kind.FOREIGN_CHANGED, "DELETE /letters/{letter_id}"),
    (Kind.ADMINISTERED, "GET /admin/statistics"),
    (Kind.UNENFORCED, "GET /index"),
}


def seen(archive: Archive, *, roles: bool = True, may_change: bool = True) -> list[Said]:
    """No attacks: the time limit is over when they would begin."""
    people = identities(roles=roles)
    app = application(archive)
    return told(app, archive, people, may_change=may_change, rounds=1, seconds=0.0)


def test_foreign_things_are_found_and_what_is_closed_or_public_is_not() -> None:
    said = seen(Archive())
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
    assert flaws(seen(Archive(), roles=False)) == {
        one for one in EXPECTED if one[0] is not Kind.ADMINISTERED
    }


def test_what_cannot_be_restored_is_not_changed() -> None:
    archive = Archive()
    archive.restore()
    archive.restores = False
    archive.restore = lambda: None  # type: ignore[method-assign]
    found = flaws(seen(archive, may_change=False))
    assert (Kind.FOREIGN_READ, "GET /letters/{letter_id}") in found
    assert not any(kind is Kind.FOREIGN_CHANGED for kind, _ in found)
    assert archive.letters == {1: "alice", 2: "bob"}
