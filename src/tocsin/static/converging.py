"""Two at once that end where one would: the same is written by both, and it adds up to nothing."""

from __future__ import annotations

import re

from tocsin.static.effect import Effect, Guard, Kind
from tocsin.static.nothing import hanging
from tocsin.static.overlap import named, trusted
from tocsin.static.window import Trust, Window
from tocsin.static.words import GONE, marks_use, single_use, told
from tocsin.static.world import NOW, World, counted, valued

_CHANGES = frozenset({"set", "save", "update"})
_AGAIN = frozenset({*_CHANGES, "delete", "remove", "put", "mkdir"})
_UNSET = frozenset({"", "None", "False"})
_TRUTHS = frozenset({"True", "False"})
_EITHER = frozenset({""})
"""What is not known of a column that is set to a truth elsewhere: one of the two."""
_FLAGS = frozenset({NOW, "True", "False", "None"})

_LIMIT = re.compile(r"(?:sum|len|count)\(.*[<>]=? \d")
_SEVERAL = frozenset({"count", "rows"})


def converges(window: Window, world: World) -> bool:
    """Whether both orders, the overlap and one request alone all leave the same behind.

    What was tested is set to what any such request sets it to; whoever else writes it puts it
    back to what it was, so that no other transition can be lost; and nothing that hangs on the
    test is more when it is done twice. What may be used once is no such thing: who has passed the
    test has an answer.
    """
    guard, use = window.guard, window.use
    if window.trust is not Trust.TESTED or guard is None or not window.own or window.last:
        return False
    if window.store != "database" or not window.same_row or use.verb not in _CHANGES:
        return False
    if window.check.verb == "count":
        return False  # a limit
    if any(each.flaw and each.flaw != "unhandled" for each in window.protections):
        return False  # somebody has thought of it, and what they have done protects nothing
    item = window.check.item
    if item is None or single_use(item.name) or window.job is not None:
        return False
    model = use.effect.model
    tested = trusted(window.check, window.columns) & named(use.columns, model)
    mine = {each.column: valued(each) for each in use.written}
    if not tested or not all(mine.values()) or any(map(marks_use, mine)):
        return False
    for column in tested:
        own = {v for c, v in mine.items() if named(frozenset({c}), model) == {column}}
        others = world.values(item.store, item.name, column) - own
        others -= _EITHER if own & _TRUTHS else frozenset()
        if not all(others <= _before(guard, each) for each in own):
            return False
    return not any(_adds(each, guard) for each in hanging(window, guard))


def limited(window: Window, guard: Guard) -> bool:
    """Whether it was tested how many there are."""
    return window.check.verb in _SEVERAL or _LIMIT.search(guard.text) is not None


def removes(window: Window) -> bool:
    """A row that is marked as deleted, once more: as little as when it is really deleted twice."""
    guard, use = window.guard, window.use
    if window.trust is not Trust.TESTED or guard is None or use.verb not in _CHANGES:
        return False
    if limited(window, guard):
        return False  # the last of several
    gone = any(GONE.search(each.column) and valued(each) not in _UNSET for each in use.written)
    return (gone and window.own and window.same_row) and not any(
        any(each.relative or counted(each) for each in effect.written) or _made(effect, guard)
        for effect in hanging(window, guard)
    )


def _before(guard: Guard, own: str) -> frozenset[str]:
    """What the column may be set to besides: the state in which the test is passed."""
    if own in _FLAGS:
        put = own in {NOW, "True"}
        return frozenset({"False", "None"} if put else {"True", NOW})
    wanted = " = " if guard.holds else " != "
    text = guard.text.removeprefix("(").removesuffix(")")
    parts = text.split(wanted)
    return frozenset(parts[1:]) if len(parts) == 2 else frozenset()


def _adds(effect: Effect, guard: Guard) -> bool:
    """Whether something is more when it is done twice, or another when somebody else does it."""
    if effect.kind in {Kind.SPAWN, Kind.CALL}:
        return True
    if effect.kind not in {Kind.WRITE, Kind.SET} or effect.item is None:
        return False
    if effect.verb in _AGAIN or effect.kind is Kind.SET:
        return not told(effect.item.name) and not all(map(valued, effect.written))
    return _made(effect, guard)


def _made(effect: Effect, guard: Guard) -> bool:
    """Whether a row is added that nobody has looked for, and that is no entry of a log."""
    if effect.kind is not Kind.WRITE or effect.verb in _AGAIN or effect.item is None:
        return False
    sought = any(each.found < 0 for each in effect.guards if each.number != guard.number)
    return not sought and not told(effect.item.name)
