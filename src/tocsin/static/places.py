"""Where a window is told: in the function that trusts, not in the helper that asks the database."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.model.location import Location
from tocsin.static.effect import Effect, Guard

Within = tuple[str, str]


def told(check: Effect, use: Effect, guard: Guard | None) -> tuple[Location, Location]:
    """The places of a check and of its use, as somebody would show them to whoever wrote it.

    The check is where the function of the test has called for the answer, or, where the answer was
    handed to it, the nearest one that has called for both; the use where the same function, or the
    nearest one around it, has called for the write.
    """
    asked, wrote = (check.at, *check.sites), (use.at, *use.sites)
    first = _within(asked, _function(guard.at)) if guard is not None else None
    if first is None:
        shared = {_function(each) for each in wrote}
        first = next((each for each in asked if _function(each) in shared), None)
    first = first or check.at
    around = [_function(each) for each in asked[asked.index(first) :]]
    second = next((place for each in around if (place := _within(wrote, each)) is not None), None)
    return first, second or use.at


def _within(places: Sequence[Location], function: Within) -> Location | None:
    return next((each for each in places if _function(each) == function), None)


def _function(at: Location) -> Within:
    return at.path, at.function
