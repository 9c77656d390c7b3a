"""Doubts about what is done a second time and ends where it ended the first time."""

from __future__ import annotations

import re
from collections.abc import Callable

from tocsin.static.converging import limited
from tocsin.static.effect import Effect, Guard, Kind, Written
from tocsin.static.nothing import hanging
from tocsin.static.overlap import ROW, keys, literal, named, trusted
from tocsin.static.window import Trust, Window
from tocsin.static.words import single_use, told
from tocsin.static.world import counted, valued

_CHANGES = frozenset({"set", "save", "update"})
_GONE = frozenset({"delete", "remove"})
_GOES_ON = frozenset({"", "continue", "break", "return"})
_STATE = re.compile(r"status|state|stage|phase|step|balance|amount|quantity|count|stock|version")
_ADDS = re.compile(r" (?:[-+*/|&%]|Mod) |\*\*|…|^[^(]*\.shift\(")
_GIVEN = re.compile(r"^[^(…+*/|&%-]+$")
_PART = re.compile(r" (?:and|or) ")
_ORDER = re.compile(r" [<>]=? | not in | in ")
_SAME = re.compile(r" !?= ")


def shown(window: Window) -> bool:
    """Who asks is there, or what is asked for, and it is looked at, or noted.

    What a row of its own grants, as a membership, is another matter.
    """
    if window.trust is not Trust.TESTED or window.own or window.refusal != "403":
        return False
    use, item, model = window.use.effect.item, window.check.item, window.model
    if window.use.effect.kind is Kind.READ:
        own = keys(item, model).keys() if item is not None else frozenset[str]()
        return model is not None and len(own) == 1 and own <= {*model.primary}
    return use is not None and told(use.name)


def unswitched(window: Window) -> bool:
    """No request is known to come there, and threads are switched there on few builds only."""
    return not window.entry.routed and window.flawed("free threading") is not None


def refilled(window: Window) -> bool:
    """A variable is computed anew of its old value, or because it is missing."""
    use = window.use
    if window.store != "memory" or use.verb != "put" or all(w.constant for w in use.written):
        return False
    if window.trust is Trust.COMPUTED:
        mine = all(d.source == window.index for w in use.written for d in w.deps)
        return mine and not any(w.relative or _grows(w.term) for w in use.written)
    if any(dep.source == window.index for w in use.written for dep in w.deps):
        return False
    return any(
        guard.found < 0 and any(dep.source == window.index for dep in guard.deps)
        for guard in use.effect.guards
        if guard != window.guard
    )


def cached(window: Window) -> bool:
    """What is missing in a cache is fetched and put there, and nothing else is done."""
    guard, use = window.guard, window.use
    if window.store != "cache" or use.verb != "put" or guard is None:
        return False
    if guard.refusal not in _GOES_ON or _ORDER.search(guard.text):
        return False
    done = [each for each in hanging(window, guard) if each.kind in {Kind.WRITE, Kind.SPAWN}]
    kept = [each for each in done if _keeps(each)]
    content = any(not all(w.constant for w in each.written) for each in kept)
    if any(_counts(w, window.index) for each in kept for w in each.written):
        return False
    return content and len(kept) == len(done)


def _grows(term: str) -> bool:
    """Whether something is added to what was there; of a tuple that is made anew, all is known."""
    return _ADDS.search(term.replace("…", "") if term.startswith("[") else term) is not None


def _counts(written: Written, index: int) -> bool:
    return any(dep.source == index for dep in written.deps) and _grows(written.term)


def _keeps(effect: Effect) -> bool:
    return effect.verb == "put" and effect.item is not None and effect.item.store == "cache"


def opened(window: Window) -> bool:
    """A link that is opened twice sets the same twice; nobody is let in, and nothing is made."""
    guard, use, item = window.guard, window.use, window.check.item
    if window.trust is not Trust.TESTED or guard is None or item is None or not window.own:
        return False
    if use.verb not in _GONE or not single_use(item.name):
        return False
    return _same(window, guard)


def removed(window: Window) -> bool:
    """A row that was looked for is deleted, and deleted again."""
    guard, use, item = window.guard, window.use, window.check.item
    if window.trust is not Trust.TESTED or guard is None or item is None or not window.own:
        return False
    if window.store != "database" or use.verb != "delete" or not window.same_row or window.last:
        return False
    if window.columns != {ROW} or single_use(item.name) or limited(window, guard):
        return False
    return _same(window, guard)


def _same(window: Window, guard: Guard) -> bool:
    """Whether all that is done because of a test does no more when it is done again."""
    row = window.check.item.row if window.check.item is not None else ""
    return all(_again(each, row) for each in hanging(window, guard))


def _again(effect: Effect, row: str) -> bool:
    """Whether a second time changes nothing: taken away, or set to the same, or only noted."""
    item = effect.item
    if effect.kind in {Kind.CALL, Kind.SPAWN}:
        return False
    if effect.kind not in {Kind.WRITE, Kind.SET} or item is None or told(item.name):
        return True
    if effect.verb in _GONE:
        return True
    if effect.verb not in _CHANGES and effect.kind is not Kind.SET:
        return False
    same = all(valued(w) or (row and w.term.startswith(row)) for w in effect.written)
    return same and not any(map(counted, effect.written))


def overwritten(window: Window) -> bool:
    """``if row.owner != me: raise …``, ``row.title = title``: of two given values, the later stays.

    What has to be empty is claimed; a state, a limit and a price are another matter.
    """
    guard, use, model = window.guard, window.use, window.use.effect.model
    if window.trust is not Trust.TESTED or guard is None or not window.own or window.last:
        return False
    if window.store != "database" or not window.same_row or use.verb not in _CHANGES:
        return False
    if ROW in window.columns or any(p.flaw and p.flaw != "unhandled" for p in window.protections):
        return False
    tested = trusted(window.check, window.columns) & named(use.columns, model)
    mine = [w for w in use.written if named(frozenset({w.column}), model) & tested]
    if not mine or any(map(_STATE.search, tested)):
        return False
    for each in mine:
        known = each.constant or each.relative or not each.term or _ADDS.search(each.term)
        if known or any(dep.source == window.index for dep in each.deps):
            return False
    names = {name for each in mine for name in (each.column, f"{each.column}_id")}
    asked = [each for each in _PART.split(guard.text) if any(f".{name}" in each for name in names)]
    if any(_ORDER.search(each) or not _SAME.search(each) for each in asked):
        return False
    if any(literal(side.strip("()")) for each in asked for side in _SAME.split(each)):
        return False
    return all(_later(each) for each in hanging(window, guard))


def _later(effect: Effect) -> bool:
    """Whether it only sets what is set again by the later of two, or is taken away or noted."""
    item = effect.item
    if effect.kind in {Kind.CALL, Kind.SPAWN}:
        return False
    if effect.kind not in {Kind.WRITE, Kind.SET} or item is None or told(item.name):
        return True
    again = effect.verb in {*_CHANGES, *_GONE} or effect.kind is Kind.SET
    return again and not any(w.relative or counted(w) for w in effect.written)


def replaced(window: Window) -> bool:
    """A column is set to what was given, or to a digest: nothing of its old value is in it.

    What an unknown call has made may well have the old value in it, as a counter of codes.
    """
    if window.store != "database":
        return False
    made = [each for each in window.use.written if each.column in window.columns]
    if made and all("hexdigest()" in each.term for each in made):
        return True
    return window.trust is Trust.COMPUTED and bool(made) and all(map(_anew, made))


def _anew(written: Written) -> bool:
    plain = _GIVEN.search(written.term) is not None and f".{written.column}" not in written.term
    return plain and not written.relative


REPEATED: tuple[Callable[[Window], bool], ...] = (
    shown,
    unswitched,
    refilled,
    cached,
    opened,
    removed,
    overwritten,
    replaced,
)
