"""Whether two engines mean the same race: a window of the source, and a race that was proven.

Source says where a value is assigned, a run where the statement is sent: with an ORM that writes
on commit the use is a line or a function further on. So the code between check and use decides,
not one line of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from tocsin.model.anomaly import Name
from tocsin.model.finding import Finding
from tocsin.model.location import Location

_PARAMETER = re.compile(r"\{[^{}]*\}")
_ROUTED = re.compile(r"[A-Z]+ /")

APART = frozenset({Name.DEADLOCK.value})
"""What has a cause of its own, whatever it shares code with."""

Places = tuple[Location | None, Location | None]


def same_race(suspected: Finding, proven: Finding) -> bool:
    """Whether a finding of source is the cause of what was proven.

    It is where check and use lie in the same code: on the check's own line with the use in one
    function, whoever asks; or, for an endpoint of both, on one line of the two, or with windows
    that overlap in one function. Of a run that never was in the user's code, the same anomaly.
    """
    alike = suspected.anomaly == proven.anomaly
    if APART & {suspected.anomaly, proven.anomaly} and not alike:
        return False
    shared = share_an_endpoint(suspected, proven)
    if placeless(proven):
        return alike and shared and plain(proven.endpoint) in map(plain, endpoints(suspected))
    mine = (proven.check, proven.use)
    return any(_same_code(sited, mine, shared=shared) for sited in _sites(suspected))


def placeless(finding: Finding) -> bool:
    """Whether no line of the user's code is known: all of it was done by a library."""
    return finding.check is None and finding.use is None


def share_an_endpoint(suspected: Finding, proven: Finding) -> bool:
    """Whether requests that raced run through the suspected code, as far as source tells."""
    named = [each for each in endpoints(suspected) if _ROUTED.match(each)]
    raced = {plain(ref.endpoint) for refs in (proven.requests, *proven.also) for ref in refs}
    raced.add(plain(proven.endpoint))
    return not named or not raced.isdisjoint(map(plain, named))


def endpoints(finding: Finding) -> tuple[str, ...]:
    """All endpoints that run through the finding's code."""
    return finding.endpoints or (finding.endpoint,)


def plain(endpoint: str) -> str:
    """The endpoint without the names of its parameters: frameworks differ in them."""
    return _PARAMETER.sub("{}", endpoint)


def _sites(suspected: Finding) -> Iterable[Places]:
    yield suspected.check, suspected.use
    window = suspected.evidence.window
    for each in window.more if window is not None else ():
        yield each.check, each.use


def _same_code(one: Places, other: Places, *, shared: bool) -> bool:
    checks, uses = zip(one, other, strict=True)
    known = [pair for pair in (checks, uses) if None not in pair]
    if not known:
        return False
    if checks in known and _same_line(*checks) and uses in known and _same_function(*uses):
        return True
    if not shared:
        return False
    if any(_same_line(*pair) for pair in known):
        return True
    if len(known) == len((checks, uses)):
        return all(_same_function(*pair) for pair in known) and _overlap(one, other)
    return any(_within(place, one) for place in other)


def _same_line(one: Location | None, other: Location | None) -> bool:
    return one is not None and other is not None and _line(one) == _line(other)


def _line(place: Location) -> tuple[str, int]:
    return place.path, place.line


def _same_function(one: Location | None, other: Location | None) -> bool:
    return one is not None and other is not None and _function(one) == _function(other)


def _function(place: Location) -> tuple[str, str]:
    """A run says ``outer.<locals>.inner`` where source says ``inner``."""
    return place.path, place.function.rpartition("<locals>.")[2]


def _overlap(one: Places, other: Places) -> bool:
    """Whether two windows have lines in common; of those across functions, it is not known."""
    (check, use), (other_check, other_use) = one, other
    if check is None or use is None or other_check is None or other_use is None:
        return False
    if _function(check) != _function(use):
        return False
    return check.line <= other_use.line and other_check.line <= use.line


def _within(place: Location | None, window: Places) -> bool:
    """Whether a place lies between check and use, in the function of both."""
    check, use = window
    if place is None or check is None or use is None:
        return False
    return (
        _same_function(check, use)
        and _same_function(check, place)
        and check.line <= place.line <= use.line
    )
