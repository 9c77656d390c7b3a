"""Entity tags, read and written."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.guard.errors import Malformed
from tocsin.guard.etag import Tag, Tags, parse

OPAQUE = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0xFF).filter(lambda c: c not in '"\x7f')
)
TAGS = st.builds(Tag, OPAQUE, st.booleans())
GAP = st.text(" \t,", max_size=4)


@given(st.lists(TAGS, min_size=1), GAP, GAP)
def test_what_is_written_is_read(tags: list[Tag], before: str, after: str) -> None:
    assert parse(before + f"{after},".join(map(str, tags)) + after) == Tags(tuple(tags))


@given(st.text(st.characters(max_codepoint=0xFF)))
def test_anything_is_read_or_malformed(header: str) -> None:
    with contextlib.suppress(Malformed):
        parse(header)


@given(st.text('W/"*, a\t', max_size=12))
def test_what_is_nearly_a_list_is_read_or_malformed(header: str) -> None:
    with contextlib.suppress(Malformed):
        read = parse(header)
        assert read.anything or parse(", ".join(map(str, read.listed))) == read


def test_examples_of_the_standard() -> None:
    assert parse('"xyzzy"') == Tags((Tag("xyzzy"),))
    assert parse('W/"xyzzy", "r2d2xxxx", ""').listed[0].weak
    assert parse('"a,b" ,\t"c"').listed == (Tag("a,b"), Tag("c"))
    assert parse(" * ") == Tags(anything=True)


@pytest.mark.parametrize(
    "header",
    ["", " ", ",", "xyzzy", "'a'", 'w/"a"', 'W/ "a"', '"a" "b"', '"a', '"a b"', '*, "a"', "1"],
)
def test_what_is_none(header: str) -> None:
    with pytest.raises(Malformed):
        parse(header)


def test_a_list_has_a_limit() -> None:
    with pytest.raises(Malformed, match="too long"):
        parse('"a",' * 3000)


@pytest.mark.parametrize("opaque", ['"', " ", "\x7f", "€", "\n"])
def test_characters_that_no_tag_has(opaque: str) -> None:
    with pytest.raises(ValueError, match="no entity tag"):
        Tag(opaque)


@pytest.mark.parametrize(
    ("one", "other", "strongly", "weakly"),
    [
        ('W/"1"', 'W/"1"', False, True),
        ('W/"1"', 'W/"2"', False, False),
        ('W/"1"', '"1"', False, True),
        ('"1"', '"1"', True, True),
    ],
)
def test_the_table_of_comparisons(one: str, other: str, strongly: bool, weakly: bool) -> None:
    """RFC 9110, 8.8.3.2."""
    (first,), (second,) = parse(one).listed, parse(other).listed
    assert first.same(second) is strongly
    assert first.alike(second) is weakly
