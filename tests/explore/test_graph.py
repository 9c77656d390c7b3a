"""Dependencies, windows and phenomena of histories that the literature knows by name."""

from __future__ import annotations

import pytest

from tests.explore.histories import history
from tocsin.explore.graph import Dependencies, phenomenon
from tocsin.model.anomaly import Phenomenon


def edges(text: str) -> set[tuple[str, str, str, str]]:
    found = Dependencies(history(text)).edges()
    return {(edge.earlier, edge.kind, edge.later, edge.item) for edge in found}


def shown(text: str) -> Phenomenon:
    told = history(text)
    return phenomenon(Dependencies(told).edges(), told)


def windows(text: str, victim: str = "A") -> list[tuple[int, int, int]]:
    found = Dependencies(history(text)).windows(victim)
    return [(window.check.index, window.between.index, window.use.index) for window in found]


def test_who_overwrites_comes_later() -> None:
    assert edges("w(A,x) c(A) w(B,x) c(B)") == {("A.1", "ww", "B.1", "x")}


def test_who_reads_what_was_committed_comes_later() -> None:
    assert edges("w(A,x) c(A) r(B,x) c(B)") == {("A.1", "wr", "B.1", "x")}


def test_who_reads_before_the_commit_comes_earlier() -> None:
    assert edges("w(A,x) r(B,x) c(A) c(B)") == {("B.1", "rw", "A.1", "x")}


def test_who_reads_before_the_write_comes_earlier() -> None:
    assert edges("r(B,x) w(A,x) c(A) c(B)") == {("B.1", "rw", "A.1", "x")}


def test_readers_and_other_things_depend_on_nobody() -> None:
    assert edges("r(A,x) r(B,x) w(A,y) w(B,z) c(A) c(B)") == set()


def test_transactions_of_one_task_are_told_apart() -> None:
    found = edges("r(A,x) c(A) w(B,x) c(B) w(A,x) c(A)")
    assert found == {("A.1", "rw", "B.1", "x"), ("B.1", "ww", "A.2", "x")}


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("r(A,x) w(B,x) c(B) w(A,x) c(A)", Phenomenon.LOST_UPDATE),
        ("r(A,x) r(A,y) r(B,x) r(B,y) w(A,x) w(B,y) c(A) c(B)", Phenomenon.WRITE_SKEW),
        ("r(A,x) w(B,x) w(B,y) c(B) r(A,y) c(A)", Phenomenon.READ_SKEW),
        ("w(A,x) c(A) r(B,x) w(B,x) c(B)", Phenomenon.UNKNOWN),
        ("r(A,x) w(A,x) c(A) r(B,x) w(B,x) c(B)", Phenomenon.UNKNOWN),
        ("r(A,x) r(B,y)", Phenomenon.UNKNOWN),
    ],
)
def test_phenomena(told: str, name: Phenomenon) -> None:
    assert shown(told) is name


@pytest.mark.parametrize(
    "told",
    [
        "r(A,x) r(B,x) w(A,x) c(A) w(B,x) c(B)",
        "r(A,x) c(A) r(B,x) c(B) w(A,x) c(A) w(B,x) c(B)",
    ],
)
def test_a_lost_update_of_two_that_both_read(told: str) -> None:
    assert shown(told) is Phenomenon.LOST_UPDATE


def test_a_phantom() -> None:
    assert shown("r(A,coupons) r(B,coupons) i(A,coupons) c(A) i(B,coupons) c(B)") is (
        Phenomenon.PHANTOM
    )


def test_a_window_is_check_change_and_use() -> None:
    assert windows("r(A,x) r(B,x) w(B,x) c(B) w(A,x) c(A)") == [(0, 2, 4)]


def test_the_last_check_and_the_use_of_the_same_thing_are_the_most_telling() -> None:
    found = windows("r(A,x) r(A,x) w(B,x) c(B) w(A,y) w(A,x) c(A)")
    assert found == [(1, 2, 4), (0, 2, 4)]


def test_what_both_wrote_before_either_commits_is_used_at_its_commit() -> None:
    told = "r(A,x) r(B,x) i(A,x) i(B,x) c(B) c(A)"
    assert windows(told, "A") == [(0, 3, 2)]
    assert windows(told, "B") == []


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("r(A,x) w(B,x) a(B) w(A,x) c(A)", "what is rolled back changes nothing"),
        ("r(A,x) w(B,x) w(A,y) c(B) c(A)", "the use came before the commit"),
        ("r(A,x) w(B,y) c(B) w(A,x) c(A)", "another thing was changed"),
        ("w(B,x) c(B) r(A,x) w(A,x) c(A)", "the check came after"),
        ("w(A,x) w(B,x) c(B) w(A,x) c(A)", "nothing was checked"),
    ],
)
def test_no_window(told: str, why: str) -> None:
    assert windows(told) == [], why


def test_a_task_that_only_reads_uses_what_it_reads_last() -> None:
    assert windows("r(A,x) w(B,x) w(B,y) c(B) r(A,y) c(A)") == [(0, 1, 4)]
