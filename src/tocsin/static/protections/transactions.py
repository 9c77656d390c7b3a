"""Which effects are in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.static.effect import Effect, Kind, ScopeKind

_ENDS = frozenset({Kind.COMMIT, Kind.ROLLBACK})
_DJANGO, _QUERY = "django", "sqlalchemy"


def together(effects: Sequence[Effect], first: int, last: int) -> bool:
    """Whether the transaction of the first effect is still open at the last.

    Django has no transaction outside ``atomic``; SQLAlchemy's begins with the first statement of
    a session and lasts until its commit, or the end of the session's ``with``.
    """
    one, other = effects[first], effects[min(last, len(effects) - 1)]
    outer = one.inside(ScopeKind.TRANSACTION)
    if outer:
        return outer[0].number in {scope.number for scope in other.scopes}
    if _DJANGO in {one.session, other.session}:
        return False  # a lock through a cursor ends with its statement, too
    mine, theirs = _sessions(one), _sessions(other)
    if not mine <= theirs:
        return False
    return not any(
        each.kind in _ENDS and not _apart(each, other) and _ends(each, one)
        for each in effects[first + 1 : last]
    )


def _ends(end: Effect, one: Effect) -> bool:
    """Whether a commit is of the session that a statement went through.

    A legacy ``Query`` does not say which: it is taken for one without a ``with`` of its own.
    """
    if one.session == _QUERY:
        return end.session != _DJANGO and _sessions(end) <= _sessions(one)
    return end.session in {one.session, ""}


def _sessions(effect: Effect) -> set[int]:
    """The sessions around an effect; one inside of itself was handed on to whoever opens one."""
    numbers: dict[str, int] = {}
    for scope in effect.inside(ScopeKind.SESSION):
        numbers.setdefault(scope.term, scope.number)
    return set(numbers.values())


def _apart(one: Effect, other: Effect) -> bool:
    mine = {guard.number: guard.holds for guard in one.guards}
    return any(mine.get(guard.number, guard.holds) != guard.holds for guard in other.guards)
