"""A witness's schedule has nothing in it that is not needed."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.explore.minimise import minimise
from tocsin.model.schedule import Mark, Schedule, Segment

MARKS = st.none() | st.builds(Mark, st.sampled_from(["x", "y"]))


def alternating(marks: list[Mark | None]) -> Schedule:
    return Schedule(tuple(Segment("AB"[n % 2], mark) for n, mark in enumerate(marks)))


SCHEDULES = st.lists(MARKS, min_size=1, max_size=7).map(alternating)


def test_what_is_not_needed_goes() -> None:
    stop, other = Segment("A", Mark("UPDATE")), Segment("B")
    long = Schedule((Segment("B", Mark("SELECT")), stop, other, Segment("A"), Segment("B")))
    assert minimise(long, lambda s: stop in s.segments and other in s.segments) == Schedule(
        (stop, other)
    )


def test_segments_of_one_task_that_meet_are_one() -> None:
    schedule = Schedule((Segment("A", Mark("x")), Segment("B"), Segment("A")))
    assert minimise(schedule, lambda s: Segment("A") in s.segments) == Schedule((Segment("A"),))


@settings(max_examples=60, deadline=None)
@given(SCHEDULES, st.data())
def test_the_result_still_shows_it_and_cannot_be_made_smaller(
    schedule: Schedule, data: st.DataObject
) -> None:
    needed = data.draw(st.sets(st.sampled_from(schedule.segments), max_size=2))
    asked: list[Schedule] = []

    def shows(candidate: Schedule) -> bool:
        asked.append(candidate)
        return needed <= set(candidate.segments)

    smallest = minimise(schedule, shows)
    assert needed <= set(smallest.segments)
    assert len(asked) == len(set(asked)), "no schedule is run twice"
    assert minimise(smallest, shows) == smallest


def test_a_single_segment_stays() -> None:
    assert minimise(Schedule.serial("A"), lambda _: True) == Schedule.serial("A")
