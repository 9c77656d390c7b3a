"""What a client has seen, and whether it is still so: RFC 9110, 13.

Dates (``If-Modified-Since``, ``If-Unmodified-Since``) are not looked at: within one second they
cannot tell two versions apart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tocsin.guard.errors import (
    Conflict,
    GuardError,
    NotModified,
    PreconditionFailed,
    PreconditionRequired,
)
from tocsin.guard.etag import Tag, Tags, parse

# As ``tag`` writes them, and not more than an integer column holds.
_VERSION = re.compile(r"0|[1-9][0-9]{0,8}")
_MOST = 2**63
_CHANGED = "changed meanwhile: read it again"


@dataclass(frozen=True, slots=True)
class Preconditions:
    """The headers of a request that name versions."""

    match: Tags | None = None
    none_match: Tags | None = None

    def required(self) -> Preconditions:
        """Raise ``PreconditionRequired`` unless the request names what it changes."""
        if self.match is None:
            raise PreconditionRequired("If-Match has to name the version that is changed")
        return self

    def read(self, tag: Tag) -> None:
        """Tell whether a GET or HEAD has to be answered with this.

        Raises ``NotModified`` if it has this already, ``PreconditionFailed`` if it wants another.
        """
        if self.match is not None and not _among(tag, self.match, strongly=True):
            raise PreconditionFailed(_CHANGED)
        if self.none_match is not None and _among(tag, self.none_match, strongly=False):
            raise NotModified("not modified", headers={"ETag": str(tag)})


@dataclass(frozen=True, slots=True)
class Expected:
    """Which versions a change may replace: ``only`` these, or any but ``never`` those."""

    only: tuple[int, ...] | None
    never: tuple[int, ...] = ()
    nothing: bool = False
    refusal: type[GuardError] = Conflict

    def refused(self) -> GuardError:
        """What is said when the version is another."""
        return self.refusal(_CHANGED)


def preconditions(
    if_match: Sequence[str] | str | None, if_none_match: Sequence[str] | str | None
) -> Preconditions:
    """Read the two headers, each as one value or as the values of several lines.

    Raises ``Malformed``.
    """
    return Preconditions(_parsed(if_match), _parsed(if_none_match))


def expected(given: int | Preconditions) -> Expected:
    """Which versions a change may replace.

    A number, such as a field ``expected_version`` of the body, is that version, and its refusal
    409. Headers are compared as RFC 9110 says, and their refusal is 412.
    """
    if isinstance(given, int):
        # No column holds others, and no driver sends them.
        return Expected((given,) if -_MOST <= given < _MOST else ())
    match, others = given.match, given.none_match
    return Expected(
        None if match is None or match.anything else _versions(match, strongly=True),
        () if others is None else _versions(others, strongly=False),
        nothing=others is not None and others.anything,
        refusal=PreconditionFailed,
    )


def tag(version: int) -> Tag:
    """The entity tag of a version."""
    return Tag(str(version))


def _parsed(values: Sequence[str] | str | None) -> Tags | None:
    if not values:
        # No header is no precondition; an empty one is a mistake.
        return parse("") if values == "" else None
    return parse(values if isinstance(values, str) else ", ".join(values))


def _among(tag: Tag, tags: Tags, *, strongly: bool) -> bool:
    return tags.anything or any(
        tag.same(each) if strongly else tag.alike(each) for each in tags.listed
    )


def _versions(tags: Tags, *, strongly: bool) -> tuple[int, ...]:
    """Tags that are versions of ours. Others match nothing."""
    return tuple(
        int(each.opaque)
        for each in tags.listed
        if not (strongly and each.weak) and _VERSION.fullmatch(each.opaque)
    )
