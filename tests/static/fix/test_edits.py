"""Edits make the one text of the other, and say when they meet."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tocsin.model.fix import Edit
from tocsin.static.fix.edits import applied, edits, lines, overlap

TEXTS = st.lists(st.sampled_from(["a\n", "b\n", "c\r\n", "\x0cd\n", "e"]), max_size=12).map("".join)


@given(TEXTS, TEXTS)
def test_applied_edits_give_the_new_text(old: str, new: str) -> None:
    assert applied(old, edits(old, new)) == new


@given(TEXTS, TEXTS)
def test_edits_of_one_change_do_not_overlap(old: str, new: str) -> None:
    made = edits(old, new)
    assert all(one.end < other.start for one, other in pairwise(made))


@given(TEXTS)
def test_nothing_changed_is_no_edit(text: str) -> None:
    assert edits(text, text) == ()
    assert "".join(lines(text)) == text


def test_neighbours_meet_and_others_do_not() -> None:
    one = [Edit(3, 5, "x\n")]
    assert overlap(one, [Edit(5, 5, "y\n")])
    assert overlap(one, [Edit(4, 9, "")])
    assert not overlap(one, [Edit(6, 7, ""), Edit(0, 2, "")])
