from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model.http import ANONYMOUS, Identity, Request, Response
from tocsin.model.verdict import Permission
from tocsin.probe.discover import Working
from tocsin.probe.ownership import aimed, dressed, owned, peers

PEOPLE = {
    name: Identity(name, (("authorization", f"Bearer of {name}"),), username=name)
    for name in ("alice", "bob", "carol")
} | {ANONYMOUS.name: ANONYMOUS}


def rows(path: str, who: str, *rows: dict[str, object]) -> Working:
    request = Request(path, f"GET {path}", "GET", path, identity=who)
    return Working(request, Response(200, (), json.dumps(rows).encode()))


def told(*working: Working) -> set[tuple[str, str, tuple[str, ...], bool]]:
    return {(one.key, one.owner, one.strangers, one.private) for one in owned(working, PEOPLE)}


def test_what_a_list_shows_to_one_alone_is_theirs() -> None:
    mine, theirs = rows("/me/bills", "alice", {"id": 1}), rows("/me/bills", "bob", {"id": 2})
    assert told(mine, theirs) == {("1", "alice", ("bob",), True), ("2", "bob", ("alice",), True)}


@pytest.mark.parametrize(
    "other",
    [
        rows("/me/bills", "bob", {"id": 1}, {"id": 2}),
        rows("/her/bills", "bob", {"id": 2}),
        rows("/me/bills", ANONYMOUS.name, {"id": 2}),
    ],
    ids=["some shared", "another list", "anybody"],
)
def test_other_lists_are_no_evidence(other: Working) -> None:
    assert told(rows("/me/bills", "alice", {"id": 1}), other) <= {("2", "bob", ("alice",), True)}
    assert not [one for one in told(rows("/me/bills", "alice", {"id": 1}), other) if one[0] == "1"]


def test_what_another_list_shows_is_no_secret() -> None:
    mine, theirs = rows("/me/posts", "alice", {"id": 1}), rows("/me/posts", "bob", {"id": 2})
    public = rows("/posts", "bob", {"id": 1}, {"id": 2})
    assert told(mine, theirs, public) == {("2", "bob", ("alice",), True)}


def test_a_row_may_name_its_owner() -> None:
    listed = rows("/items", "alice", {"id": 1, "owner": "bob"}, {"id": 2, "owner": "nobody known"})
    assert told(listed) == {("1", "bob", ("alice", "carol"), False)}
    assert told(rows("/users", "alice", {"username": "bob"})) == set(), "a person is nobody's thing"


def test_the_path_that_names_one_thing_is_aimed_at_another() -> None:
    (thing,) = owned([rows("/things", "alice", {"id": "a/b", "owner": "bob"})], PEOPLE)
    one = Request("", "GET /things/{thing_id}/parts", "GET", "/things/7/parts")
    found = aimed(one, thing)
    assert found is not None
    assert found.path == "/things/a%2Fb/parts"
    for endpoint, path in (
        ("GET /users/{name}", "/users/7"),
        ("GET /things", "/things"),
        ("GET /things/{thing_id}/parts/{part_id}", "/things/7/parts/8"),
    ):
        assert aimed(Request("", endpoint, "GET", path), thing) is None


@given(st.sampled_from(sorted(PEOPLE)), st.sampled_from(sorted(PEOPLE)))
def test_nobody_wears_the_credentials_of_another(one: str, other: str) -> None:
    headers = (*PEOPLE[one].credentials, ("cookie", "id=1"), ("x-shop", "kept"))
    request = Request("", "GET /a", "GET", "/a", headers=headers, identity=one)
    found = dressed(request, PEOPLE[one], PEOPLE[other])
    assert found.identity == other
    assert found.headers == (*PEOPLE[other].credentials, ("x-shop", "kept"))


def test_peers_by_their_roles_or_else_by_what_they_may() -> None:
    user, staff = Identity("u", role="user"), Identity("s", role="staff")
    assert peers(user, Identity("v", role="user"), [])
    assert not peers(user, staff, [])
    alice, bob = PEOPLE["alice"], PEOPLE["bob"]
    known = [Permission("GET /all", "bob", True, 200), Permission("GET /all", "alice", False, 403)]
    assert not peers(alice, bob, known)
    assert peers(bob, alice, known)
    assert not peers(alice, ANONYMOUS, [])
