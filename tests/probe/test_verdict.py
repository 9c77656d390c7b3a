from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model.anomaly import Name
from tocsin.model.http import Response
from tocsin.probe.baseline import Baseline, Outcome, outcome
from tocsin.probe.effect import Change, Effect
from tocsin.probe.verdict import Broken, at_most, commonest, interval, judge, mixed


def less(amount: int, times: int = 1) -> Effect:
    return frozenset({Change("GET /me balance", "by", f"{-amount:+g}", times)})


def row(times: int = 1) -> Effect:
    return frozenset({Change("GET /rows[]", "gains", "a row", times)})


def baseline(*statuses: int, alone: Effect = frozenset(), both: Effect = frozenset()) -> Baseline:
    one = Outcome((min(statuses),), alone)
    return Baseline.of([[one, one], [Outcome(tuple(sorted(statuses)), both)] * 2])


ONCE = baseline(200, 409, alone=less(80), both=less(80))
TWICE = baseline(200, 200, alone=less(10), both=less(20))


@pytest.mark.parametrize(
    ("serial", "statuses", "effect", "method", "expected"),
    [
        (ONCE, (200, 409), less(80), "POST", None),
        (ONCE, (200, 200), less(160), "POST", Name.DOUBLE_SUBMIT),
        (ONCE, (200, 200), less(80), "PUT", Name.LOST_UPDATE),
        (ONCE, (200, 409), less(160), "POST", Name.LOST_UPDATE),
        (ONCE, (409, 409), frozenset(), "POST", None),
        (ONCE, (200, 500), less(80), "POST", Name.CRASH),
        (TWICE, (200, 200), less(20), "POST", None),
        (TWICE, (200, 200), less(10), "POST", Name.LOST_UPDATE),
        (TWICE, (200, 409), less(10), "POST", None),
        (TWICE, (200, 409), less(20), "POST", Name.LOST_UPDATE),
        (
            baseline(201, 409, alone=row(), both=row()),
            (201, 201),
            row(2),
            "POST",
            Name.DUPLICATE_CREATE,
        ),
        (
            baseline(200, 200, alone=row(), both=row()),
            (200, 200),
            row(2),
            "POST",
            Name.DUPLICATE_CREATE,
        ),
        (
            baseline(201, 409, alone=row() | less(1), both=row() | less(1)),
            (201, 201),
            row(2) | less(1),
            "POST",
            Name.DOUBLE_SUBMIT,
        ),
        (baseline(204, 404, alone=less(1), both=less(1)), (204, 204), less(1), "DELETE", None),
        (
            baseline(204, 404, alone=less(1), both=less(1)),
            (204, 204),
            less(2),
            "DELETE",
            Name.DOUBLE_SUBMIT,
        ),
    ],
)
def test_what_no_serial_order_gives(
    serial: Baseline, statuses: tuple[int, ...], effect: Effect, method: str, expected: Name | None
) -> None:
    broken = judge(serial, Outcome(statuses, effect), method)
    assert (broken.name if broken else None) is expected


def test_of_many_more_than_in_a_row_is_a_limit() -> None:
    many = Baseline.of([[Outcome((200,))], [Outcome((200, 200, 200, 409, 409))] * 2])
    broken = judge(many, Outcome((200,) * 5), "POST")
    assert broken == Broken(Name.LIMIT_OVERRUN, "5 requests succeed, 3 in a row")


def test_what_has_no_answer_proves_nothing() -> None:
    found = outcome([Response(200), Response(504, error="closed")], frozenset())
    assert found.trouble == "closed"
    assert judge(ONCE, found, "POST") is None
    limited = outcome([Response(200), Response(429)], less(1))
    assert limited.trouble == "the server limits the rate"


def test_a_server_that_always_fails_does_not_crash_under_concurrency() -> None:
    always = Baseline.of([[Outcome((200,))], [Outcome((200, 500))] * 2])
    assert judge(always, Outcome((200, 500)), "POST") is None


@pytest.mark.parametrize(
    ("runs", "trouble"),
    [
        ([Outcome((409, 409))] * 2, "no request succeeds, not even alone"),
        ([Outcome((200, 409)), Outcome((200, 200))], "answered differently each time"),
        ([Outcome((200, 504), trouble="closed")] * 2, "closed"),
        ([Outcome((200, 409))] * 2, ""),
    ],
)
def test_baselines_with_which_nothing_can_be_compared(runs: list[Outcome], trouble: str) -> None:
    found = Baseline.of([[], runs]).trouble
    assert trouble in found
    assert bool(trouble) == bool(found)


SHIPPED = frozenset({Change("GET /o status", "became", '"shipped"')})
CANCELLED = frozenset({Change("GET /o status", "became", '"cancelled"')})
ORDERS = Baseline.of(
    [[Outcome((200, 409), CANCELLED)] * 2, [Outcome((409, 200), SHIPPED)] * 2], copies=False
)


@pytest.mark.parametrize(
    ("statuses", "effect", "expected"),
    [
        ((200, 409), CANCELLED, None),
        ((409, 200), SHIPPED, None),
        ((200, 409), SHIPPED, Name.LOST_UPDATE),
        ((200, 200), CANCELLED, Name.STALE_CHECK),
        ((409, 409), frozenset(), None),
        ((200, 500), CANCELLED, Name.CRASH),
    ],
)
def test_different_requests_are_compared_with_every_order(
    statuses: tuple[int, ...], effect: Effect, expected: Name | None
) -> None:
    broken = judge(ORDERS, Outcome(statuses, effect), "POST")
    assert (broken.name if broken else None) is expected


def test_each_order_must_be_the_same_each_time() -> None:
    runs = [[Outcome((200, 409)), Outcome((200, 200))], [Outcome((409, 200))] * 2]
    assert "differently each time" in Baseline.of(runs, copies=False).trouble


@given(st.integers(0, 200), st.integers(0, 200))
def test_intervals_hold_what_was_seen(shown: int, more: int) -> None:
    rounds = shown + more
    found = interval(shown, rounds)
    assert 0.0 <= found.low <= found.high <= 1.0
    if rounds:
        assert found.low <= shown / rounds <= found.high


@given(st.integers(1, 200))
def test_more_rounds_leave_less_room(rounds: int) -> None:
    assert at_most(rounds + 1) < at_most(rounds)
    assert (1 - at_most(rounds)) ** rounds == pytest.approx(0.05)


def test_known_intervals() -> None:
    # Wilson's interval for 8 of 10, as published in textbooks: 0.490 to 0.943.
    found = interval(8, 10)
    assert (round(found.low, 3), round(found.high, 3)) == (0.490, 0.943)
    assert str(found) == "49% to 94%"


def test_the_commonest_anomaly_speaks() -> None:
    crash, lost = Broken(Name.CRASH, "a"), Broken(Name.LOST_UPDATE, "b")
    assert commonest([crash, lost, lost]) == lost


@pytest.mark.parametrize(
    ("rows", "statuses", "expected"),
    [
        ([(200, 409), (409, 200)], (200, 409, 409, 409), None),
        ([(200, 409), (409, 200)], (200, 409, 200, 409), None),
        ([(200, 409), (409, 200)], (200, 409, 409, 200), Name.STALE_CHECK),
        ([(200, 409), (409, 200)], (200, 409, 409, 500), Name.CRASH),
        ([(200, 200), (409, 200)], (200, 409, 409, 200), None),
        ([(200, 409, 409, 200), (409, 200, 200, 409)], (200, 200, 200, 200), None),
    ],
)
def test_a_crowd_lets_no_more_kinds_succeed_than_a_row(
    rows: list[tuple[int, ...]], statuses: tuple[int, ...], expected: Name | None
) -> None:
    serial = Baseline.of([[Outcome(one)] for one in rows], copies=False)
    broken = mixed(serial, Outcome(statuses), "POST", kinds=2)
    assert (broken.name if broken else None) is expected
    assert mixed(serial, Outcome(statuses, trouble="the server is gone"), "POST", kinds=2) is None
    deleted = mixed(serial, Outcome(statuses), "DELETE", kinds=2)
    assert deleted is None or deleted.name is Name.CRASH


def test_different_deletes_of_one_thing_may_both_be_told_that_it_is_gone() -> None:
    def gone(*keys: int) -> Effect:
        return frozenset(Change("GET /x[]", "loses", f"the row with id {key}") for key in keys)

    def told(effect: Effect, alone: Effect, method: str) -> Broken | None:
        rows = [Outcome(statuses, alone) for statuses in ((204, 404), (404, 204))]
        serial = Baseline.of([[one, one] for one in rows], copies=False)
        return judge(serial, Outcome((204, 204), effect), method)

    assert told(gone(1), gone(1), "DELETE") is None
    for effect, alone, method in (
        (gone(1), gone(1), ""),  # one of the two is no DELETE
        (gone(1, 2), gone(1), "DELETE"),  # both did something
        (frozenset(), frozenset(), "DELETE"),  # nobody can tell
    ):
        found = told(effect, alone, method)
        assert found is not None
        assert found.name is Name.STALE_CHECK
