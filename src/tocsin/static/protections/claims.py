"""A mark that only one request can set: whoever finds it set gives up, or comes again."""

from __future__ import annotations

import re

from tocsin.static.effect import Effect, Kind
from tocsin.static.interpret.attributes import AUTHENTICATED
from tocsin.static.overlap import keys
from tocsin.static.value import ROWCOUNT, Dep, Deps
from tocsin.static.window import Protection, Shield, Window
from tocsin.static.world import World

_FIXED = re.compile(r"'[^']*'|\"[^\"]*\"")


def claimed(window: Window, world: World) -> Protection | None:
    """``SET key value NX`` before the check, its answer heard, and the key there until the commit.

    A key that is made of something, as of who asks, keeps only those apart whose rows go by the
    same.
    """
    use = window.effects[window.use.index]
    heard = {dep for guard in use.guards for dep in guard.deps}
    for place in range(window.index):
        mark = window.effects[place]
        if mark.kind is not Kind.WRITE or mark.verb != "take" or Dep(place, ROWCOUNT) not in heard:
            continue
        if _stands_for(mark, window) and not _given_back(window, place):
            return Protection(Shield.MUTEX, mark.at)
    return None


def _stands_for(mark: Effect, window: Window) -> bool:
    """Whether all who race for the checked rows set the same mark."""
    if mark.item is None or window.check.item is None:
        return False
    if _FIXED.fullmatch(mark.item.name):
        return True
    fixed = keys(window.check.item, window.check.model).values()
    wanted = {each.removesuffix(".id") for each in fixed if _FIXED.fullmatch(each) is None}
    if any(each in mark.item.name for each in wanted):
        return True
    own = (each.deps for each in window.check.item.where if each.op == "=")
    return _who_asks(window, mark.deps) and any(_who_asks(window, each) for each in own)


def _who_asks(window: Window, deps: Deps) -> bool:
    """Whether a name is made of who asks, however the program came to know that."""
    return any(
        isinstance(each.source, int) and window.effects[each.source].verb == AUTHENTICATED
        for each in deps
    )


def _given_back(window: Window, place: int) -> bool:
    """Whether the mark is taken away before what was done under it can be seen."""
    mark = window.effects[place]
    last = window.use.index
    for index in range(last + 1, len(window.effects)):
        if window.effects[index].kind is Kind.COMMIT:
            last = index
            break
    return any(
        each.kind is Kind.WRITE and each.verb == "remove" and each.item == mark.item
        for each in window.effects[place + 1 : last]
    )
