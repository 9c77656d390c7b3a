from __future__ import annotations

import pytest

from tocsin.model.http import Request
from tocsin.probe.baseline import Baseline, Outcome
from tocsin.probe.checks.base import Attack
from tocsin.probe.effect import Change, Effect
from tocsin.probe.footprint import Footprint
from tocsin.probe.promise import PATIENT, Learnt, Promise, promise

ROUNDS = 12
A = Request("a", "POST /a", "POST", "/a", identity="alice")
B = Request("b", "POST /b", "POST", "/b", identity="alice")
READ = Request("read", "GET /r", "GET", "/r", identity="alice")


def change(kind: str, value: str = "1", place: str = "n") -> Effect:
    return frozenset({Change(f"GET /r as alice {place}", kind, value)})


def copies(one: Outcome, both: Outcome, framework: str = "", **known: int) -> tuple[int, int]:
    baseline = Baseline.of([[one], [both, both]])
    found = promise(Attack("x", (A, A)), baseline, {}, ROUNDS, Learnt(framework, **known))
    return found.rounds, found.crowd


def test_what_works_once_is_worth_all_rounds_most_of_them_in_a_crowd() -> None:
    assert copies(Outcome((200,)), Outcome((200, 409))) == (4, 8)


def test_copies_that_meet_by_chance_have_twice_the_rounds() -> None:
    once = Outcome((200,)), Outcome((200, 409))
    assert copies(*once, framework="flask") == copies(*once, framework="django") == (8, 16)
    assert copies(*once, framework="fastapi") == (4, 8)
    repeated = Outcome((200,)), Outcome((200, 200), change("became", "x"))
    assert copies(*repeated, framework="flask") == (2, 1)


@pytest.mark.parametrize(
    ("shown", "paired", "framework", "rounds"),
    [
        (0, 0, "", (4, 8)),
        (2, 2, "", (4, 7)),
        (4, 4, "", (4, 4)),
        (16, 17, "", (4, 4)),
        (6, 12, "", (4, 8)),
        (16, 17, "flask", (8, 16)),
    ],
)
def test_where_two_copies_are_known_to_meet_there_are_fewer_crowds(
    shown: int, paired: int, framework: str, rounds: tuple[int, int]
) -> None:
    once = Outcome((200,)), Outcome((200, 409))
    assert copies(*once, framework, shown=shown, paired=paired) == rounds


def test_what_has_shown_once_is_sent_as_often_as_if_nothing_were_known() -> None:
    baseline = Baseline.of([[Outcome((200,))], [Outcome((200, 409))]])
    known = Learnt(shown=9, paired=9)
    assert promise(Attack("x", (A, A)), baseline, {}, ROUNDS, known).longest == ROUNDS


def test_different_requests_that_meet_by_chance_have_twice_the_rounds() -> None:
    baseline = Baseline.of([[Outcome((200, 200))], [Outcome((404, 200))]], copies=False)
    found = promise(Attack("x", (A, B)), baseline, {}, ROUNDS, Learnt("django"))
    assert found.rounds == 2 * ROUNDS


def test_what_counts_is_worth_all_rounds() -> None:
    one, both = Outcome((200,), change("by", "-1")), Outcome((200, 200), change("by", "-2"))
    assert copies(one, both) == (4, 8)


@pytest.mark.parametrize("both", [change("became", "x"), change("gains", "a row")])
def test_what_may_be_repeated_is_worth_few(both: Effect) -> None:
    assert copies(Outcome((200,), change("became", "x")), Outcome((200, 200), both)) == (2, 1)


def test_what_is_made_once_however_often_it_is_asked_for_is_worth_all_rounds() -> None:
    row = change("gains", "a row", "[]")
    assert copies(Outcome((201,), row), Outcome((200, 201), row)) == (4, 8)


def pair(one: Outcome, other: Outcome, raced: dict[str, bool] | None = None) -> int:
    baseline = Baseline.of([[one], [other]], copies=False)
    prints = {
        A: Footprint(A, (READ,), Outcome((200,), change("became", "x", "n"))),
        B: Footprint(B, (READ,), Outcome((200,), change("became", "x", "m"))),
    }
    return promise(Attack("x", (A, B)), baseline, prints, ROUNDS, Learnt(raced=raced or {})).rounds


def test_a_number_that_only_one_of_two_moves_is_not_raced_for() -> None:
    def moving(mine: str, theirs: str, together: str, *, raced: bool = False) -> int:
        both = Outcome((200, 200), change("by", together))
        baseline = Baseline.of([[both], [both]], copies=False)
        prints = {
            A: Footprint(A, (READ,), Outcome((200,), change("by", mine))),
            B: Footprint(B, (READ,), Outcome((200,), change("by", theirs, "m"))),
        }
        races = {"POST /a": raced}
        return promise(Attack("x", (A, B)), baseline, prints, ROUNDS, Learnt(raced=races)).rounds

    assert moving("-1", "-2", "-3") == ROUNDS
    assert moving("-1", "-2", "-3", raced=True) == PATIENT * ROUNDS
    assert moving("-1", "-2", "-1") == 2


def test_where_both_are_to_succeed_that_they_do_is_no_reason_to_stop() -> None:
    done = Outcome((200, 200), change("became", "x"))
    baseline = Baseline.of([[done], [done]], copies=False)
    attack = Attack("lost_update", (A, B), both=True)
    assert promise(attack, baseline, {}, ROUNDS, Learnt()).rounds == ROUNDS


def test_a_pair_that_excludes_each_other_is_worth_more_where_one_is_known_to_race() -> None:
    one, other = Outcome((200, 409)), Outcome((409, 200))
    assert pair(one, other) == ROUNDS
    assert pair(one, other, {"POST /a": True, "POST /b": False}) == ROUNDS // 2
    assert pair(one, other, {"POST /a": False, "POST /b": False}) == ROUNDS


def test_a_pair_of_which_one_order_works_is_worth_all() -> None:
    assert pair(Outcome((200, 200)), Outcome((404, 200))) == ROUNDS


def test_a_pair_that_does_not_mind_is_worth_few_and_none_without_a_common_place() -> None:
    both = Outcome((200, 200), change("became", "x"))
    assert pair(both, both) == 2
    elsewhere = Request("read", "GET /s", "GET", "/s", identity="alice")
    far = frozenset({Change("GET /s as alice n", "became", "x")})
    baseline = Baseline.of([[both], [both]], copies=False)
    prints = {
        A: Footprint(A, (READ,), Outcome((200,), change("became", "x"))),
        B: Footprint(B, (elsewhere,), Outcome((200,), far)),
    }
    found = promise(Attack("x", (A, B)), baseline, prints, ROUNDS, Learnt())
    assert found.rounds == 0
    assert found.reason == "in a row neither minds the other, and they change nothing in common"


def test_two_that_no_read_shows_anything_of_are_sent_as_a_crowd_that_may_deadlock() -> None:
    both = Outcome((200, 200))
    baseline = Baseline.of([[both], [both]], copies=False)
    prints = {one: Footprint(one, (READ,), Outcome((200,))) for one in (A, B)}
    found = promise(Attack("x", (A, B)), baseline, prints, ROUNDS, Learnt())
    assert found == Promise(0, "in a row neither minds the other", 2)
