"""What it means to people that both requests passed where one is turned away in any order."""

from __future__ import annotations

from typing import Any

import pytest

from tocsin.explore.graph import Window
from tocsin.explore.passing import counted, created, passed_together
from tocsin.model.access import Access, Item, Mode
from tocsin.model.anomaly import Name
from tocsin.model.finding import Outcome
from tocsin.model.history import Op, OpKind
from tocsin.model.http import Request

ONE = "one change"
TWO = "two changes"


def window(check: str, use: str, *, table: str = "t", store: str = "sqlite:shop.db") -> Window:
    """A check and a use as the history has them: label, two spaces, values in brackets."""

    def op(index: int, task: str, text: str, access: Access) -> Op:
        kind = OpKind.STATEMENT if store.startswith("sqlite") else OpKind.MEMORY
        label = text.partition("  ⟨")[0]
        return Op(index, task, kind, label, (access,), detail=text, store=store)

    verb = "insert" if use.startswith("INSERT") else "update"
    read = Access(Item(store, table), Mode.READ)
    write = Access(Item(store, table), Mode.WRITE, verb)
    return Window(op(0, "A", check, read), op(1, "B", use, write), op(2, "A", use, write))


def outcome(a: int, b: int, **tables: str) -> Outcome:
    answers = (("A", a, ""), ("B", b, ""))
    state = tuple((name.replace("__", "/"), rows) for name, rows in tables.items())
    return Outcome(answers, tuple((f"sqlite:shop.db/{name}", rows) for name, rows in state))


def named(
    seen: Window,
    *,
    left: dict[str, str] | None = None,
    path: str = "/things/7/do",
    body: bytes = b"",
    endpoints: tuple[str, str] = ("POST /things/{id}/do", "POST /safe/things/{id}/do"),
    late: int = 409,
) -> Name | None:
    """The name; ``left`` is what both together leave, where one alone leaves ``t: one change``."""
    requests = {
        task: Request(task, endpoint, "POST", path, body=body)
        for task, endpoint in zip("AB", endpoints, strict=True)
    }
    serial: dict[tuple[str, ...], Outcome] = {
        ("A", "B"): outcome(200, late, t=ONE),
        ("B", "A"): outcome(late, 200, t=ONE),
    }
    return passed_together(requests, seen, outcome(200, 200, **(left or {"t": ONE})), serial)


STATUS = window("SELECT status FROM t  ⟨7⟩", "UPDATE t SET status = ? WHERE id = ?  ⟨'done', 7⟩")
USES = window("SELECT uses FROM t  ⟨7⟩", "UPDATE t SET uses = ? WHERE id = ?  ⟨0, 7⟩")
BALANCE = window("SELECT balance FROM t  ⟨7⟩", "UPDATE t SET balance=?::INT WHERE id=?  ⟨20, 7⟩")
RELATIVE = window(
    "SELECT balance FROM t  ⟨7⟩",
    'UPDATE t SET "balance" = ("t"."balance" - ?) WHERE id = ?  ⟨80, 7⟩',
)


def test_a_state_that_is_reached_twice_is_a_double_submit() -> None:
    assert named(STATUS) is Name.DOUBLE_SUBMIT


def test_what_follows_twice_from_a_state_that_is_reached_once_is_a_double_submit() -> None:
    assert named(STATUS, left={"t": ONE, "credits": TWO}) is Name.DOUBLE_SUBMIT
    assert named(USES, left={"t": ONE, "mails": TWO}) is Name.DOUBLE_SUBMIT


def test_a_number_of_uses_that_is_written_over_is_a_limit_overrun() -> None:
    """The two requests bring no values of their own: each is one use of a coupon."""
    assert named(USES) is Name.LIMIT_OVERRUN
    assert named(USES, path="/coupons/0/redeem") is Name.LIMIT_OVERRUN


@pytest.mark.parametrize("body", [b'{"n": 80}', b"n=80"])
def test_an_amount_that_is_written_over_is_a_lost_update(body: bytes) -> None:
    assert named(BALANCE, body=body) is Name.LOST_UPDATE


def test_a_value_that_says_what_the_request_is_about_is_none_of_its_own() -> None:
    assert named(USES, path="/redeem", body=b'{"coupon": 7}') is Name.LIMIT_OVERRUN


def test_a_relative_change_past_what_one_leaves_is_a_limit_overrun() -> None:
    assert named(RELATIVE, left={"t": TWO}, body=b'{"n": 80}') is Name.LIMIT_OVERRUN


def test_a_row_that_is_stored_whole_says_by_its_text_that_it_is_a_state() -> None:
    whole = "UPDATE t SET owner_id = ?, amount = ?, status = ? WHERE id = ?"
    order = window("SELECT * FROM t  ⟨7⟩", f"{whole}  ⟨1, Int4(30), 'done', 7⟩")
    assert named(order) is Name.DOUBLE_SUBMIT
    coupon = "UPDATE t SET code = ?, uses = ? WHERE id = ?  ⟨'TEN', 0, 3⟩"
    seen = window("SELECT * FROM t WHERE code = ?  ⟨'TEN'⟩", coupon)
    assert named(seen, path="/coupons/TEN/redeem") is Name.LIMIT_OVERRUN


MEMORY: dict[str, Any] = {"store": "memory", "table": "shop.things"}


@pytest.mark.parametrize(
    ("check", "use", "name"),
    [
        ("if x in wishes[me]:", "wishes[me].append(x)", Name.DUPLICATE_CREATE),
        ("if len(used.get(c, ())) >= limit:", "used[c].append(me)", Name.LIMIT_OVERRUN),
        ("seat = tickets.get(ticket)", "tickets.pop(ticket, None)", Name.DOUBLE_SUBMIT),
    ],
)
def test_what_is_kept_in_memory_is_told_by_the_code(check: str, use: str, name: Name) -> None:
    seen = window(f"shop.py:f: {check}", f"shop.py:f: {use}", **MEMORY)
    assert named(seen) is name


def test_a_file_that_both_looked_for_and_opened_is_created_twice() -> None:
    seen = window("stat(files/bell)", "open(files/bell, 'wb')", store="file", table="/files/bell")
    assert named(seen, body=b'{"picture": "x"}') is Name.DUPLICATE_CREATE
    rewritten = window("open(files/bell, 'r')", "open(files/bell, 'w')", store="file", table="/b")
    assert named(rewritten, body=b'{"picture": "x"}') is Name.LOST_UPDATE


def test_an_insert_creates_and_a_count_is_of_a_limit() -> None:
    seen = window("SELECT COUNT(*) FROM t", "INSERT INTO t VALUES (?)  ⟨1⟩")
    assert created(seen)
    assert counted(seen)
    assert not counted(window("SELECT length(name) FROM t", "INSERT INTO t VALUES (?)"))
    assert not created(STATUS)


def test_who_lost_the_right_to_it_passed_on_a_stale_authorization() -> None:
    both = ("POST /things/{id}/do", "POST /members/{id}/revoke")
    assert named(STATUS, endpoints=both, late=403) is Name.STALE_AUTHORIZATION
    assert named(STATUS, endpoints=both) is None


def test_one_that_is_turned_away_has_not_passed() -> None:
    requests = {task: Request(task, "POST /x", "POST", "/x") for task in "AB"}
    serial = {("A", "B"): outcome(200, 409), ("B", "A"): outcome(409, 200)}
    assert passed_together(requests, STATUS, outcome(200, 409), serial) is None
    allowed = {("A", "B"): outcome(200, 200), ("B", "A"): outcome(409, 200)}
    assert passed_together(requests, STATUS, outcome(200, 200), allowed) is None
