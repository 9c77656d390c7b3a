"""What was looked at counts for all who are told what came of it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.source.trail import FILE, Look, Noted, Trail, numbers

PROGRAMS = st.lists(
    st.tuples(st.lists(st.integers(0, 9)), st.lists(st.integers(0, 9))), min_size=1, max_size=10
)
"""For each thing to work out: what is looked at for it, and which ones before it are needed."""


def seen(trail: Trail, notes: int) -> set[Look]:
    return {trail.looks[number] for number in numbers(notes)}


def needed(program: Sequence[tuple[list[int], list[int]]], index: int) -> set[Look]:
    looks, others = program[index]
    found = {(FILE, str(each)) for each in looks}
    for each in others:
        if each < index:
            found |= needed(program, each)
    return found


@given(PROGRAMS, st.lists(st.integers(0, 9)))
def test_whoever_is_told_has_looked_too(
    program: list[tuple[list[int], list[int]]], asked: list[int]
) -> None:
    trail, known = Trail(), dict[int, Noted[int]]()

    def work(index: int) -> int:
        for each in program[index][0]:
            trail.look(FILE, str(each))
        for each in program[index][1]:
            if each < index:
                trail.once(known, each, lambda each=each: work(each))
        return index

    expected: set[Look] = set()
    for index in asked:
        if index < len(program):
            outer = trail.begin()
            assert trail.once(known, index, lambda index=index: work(index)) == index
            assert seen(trail, trail.end(outer)) == needed(program, index)
            expected |= needed(program, index)

    assert seen(trail, trail.noted) == expected


def test_what_fails_has_looked_all_the_same() -> None:
    trail, known = Trail(), dict[str, Noted[None]]()

    def work() -> None:
        trail.look(FILE, "a.py")
        raise RecursionError

    trail.look(FILE, "b.py")
    with pytest.raises(RecursionError):
        trail.once(known, "a", work)

    assert not known
    assert seen(trail, trail.noted) == {(FILE, "a.py"), (FILE, "b.py")}


def test_answers_by_kind() -> None:
    trail = Trail()
    trail.tell(FILE, str.upper)

    assert trail.answer((FILE, "a.py")) == "A.PY"
    assert trail.answer(("nobody knows", "a.py")) is None


@given(st.sets(st.integers(0, 200)))
def test_numbers_are_the_bits(places: set[int]) -> None:
    assert list(numbers(sum(1 << each for each in places))) == sorted(places)
