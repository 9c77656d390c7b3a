"""What a client has seen, and whether it is still so."""

from __future__ import annotations

import pytest

from tocsin.guard import problem
from tocsin.guard.errors import (
    Conflict,
    Malformed,
    NotModified,
    PreconditionFailed,
    PreconditionRequired,
)
from tocsin.guard.preconditions import Preconditions, expected, preconditions, tag


def given(match: str | None = None, none_match: str | None = None) -> Preconditions:
    return preconditions(match, none_match)


def test_no_header_is_no_precondition() -> None:
    assert given() == preconditions([], ()) == Preconditions()
    given().read(tag(1))


def test_an_empty_header_is_a_mistake() -> None:
    with pytest.raises(Malformed):
        given("")


def test_several_lines_are_one_list() -> None:
    assert preconditions(['"1"', '"2"'], None) == given('"1", "2"')


def test_a_version_has_to_be_named() -> None:
    with pytest.raises(PreconditionRequired):
        given(None, '"1"').required()
    assert given('"1"').required() == given('"1"')


@pytest.mark.parametrize("header", ['"1"', 'W/"1"', '"7", "1"', "*"])
def test_whoever_has_it_is_told_so(header: str) -> None:
    with pytest.raises(NotModified) as told:
        given(None, header).read(tag(1))
    answer = problem.of(told.value)
    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers == {"ETag": '"1"'}


def test_whoever_has_another_gets_it() -> None:
    given(None, '"2"').read(tag(1))
    given('"1"', '"2"').read(tag(1))
    given("*").read(tag(1))


@pytest.mark.parametrize("header", ['"2"', 'W/"1"'])
def test_whoever_wants_another_does_not(header: str) -> None:
    with pytest.raises(PreconditionFailed):
        given(header, '"1"').read(tag(1))


def test_a_number_is_that_version() -> None:
    wanted = expected(3)
    assert (wanted.only, wanted.never) == ((3,), ())
    assert isinstance(wanted.refused(), Conflict)
    assert expected(2**63).only == expected(-(2**63) - 1).only == ()


@pytest.mark.parametrize(
    ("match", "none_match", "only", "never", "nothing"),
    [
        (None, None, None, (), False),
        ("*", None, None, (), False),
        ('"3"', None, (3,), (), False),
        ('W/"3", "4"', None, (4,), (), False),
        ('"abc", "03", "-1", "²", "1_0"', None, (), (), False),
        ('"99999999999999999999"', None, (), (), False),
        (None, 'W/"3"', None, (3,), False),
        (None, "*", None, (), True),
    ],
)
def test_headers_as_versions(
    match: str | None,
    none_match: str | None,
    only: tuple[int, ...] | None,
    never: tuple[int, ...],
    nothing: bool,
) -> None:
    wanted = expected(given(match, none_match))
    assert (wanted.only, wanted.never, wanted.nothing) == (only, never, nothing)
    assert isinstance(wanted.refused(), PreconditionFailed)
