"""Windows that are open, and that hardly anybody would mend.

Each doubt lowers the confidence of what a judge has said; nothing is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePath

from tocsin.static.converging import converges, removes
from tocsin.static.effect import Effect, Guard, Kind, ScopeKind, Written
from tocsin.static.entries import GIVEN
from tocsin.static.exemptions import quiet, settled
from tocsin.static.interpret.pruning import ACCOMPANIED
from tocsin.static.nothing import unsaid
from tocsin.static.overlap import keys
from tocsin.static.repeated import REPEATED
from tocsin.static.rules.base import Match
from tocsin.static.uses import MAPPERS
from tocsin.static.window import Trust, Use, Window
from tocsin.static.words import told
from tocsin.static.world import World, counted

_FOLDERS = frozenset(
    [
        "scripts",
        "script",
        "bin",
        "tools",
        "tool",
        "cli",
        "commands",
        "management",
        "cron",
        "crons",
        "deploy",
        "deployment",
        "docker",
        "fixtures",
        "seeds",
        "seed",
        "examples",
        "example",
        "demo",
        "devtools",
        "maintenance",
        "hack",
        "contrib",
    ]
)
_FILES = re.compile(
    r"^(?:cron\w*|cli|shell|manage|seed\w*|init_\w+|setup|__main__|conftest|fabfile|\w*_cli|backfill\w*"
    r"|(?:random|fake|sample|dummy|demo|initial)_?data|populate\w*)$"
)
_ONCE = re.compile(
    r"_?(?:(?:create|add|insert|load|make)_(?:initial|default|dummy|sample|fake|demo)"
    r"|seed|populate|backfill|bootstrap|(?:dummy|sample|fake|demo)_data)"
)
_EMPTY = re.compile(
    r"^\(?(?:False or )?not [\w`]|\bis None\)?$|= None\)?$|^either\(.* is None\)\)?$"
)
_THERE = re.compile(r" is not None\)?$|!= None\)?$|^\S+$")
_TRUTH = re.compile(r"^\(?(?:not )?[^ ]+(?: (?:is|is not|=|!=) (?:None|True|False))?\)?$")
_NOTED = re.compile(
    r"audit|histor|activit|_logs?$|log_?entr|Log$|LogEntry$|cache|track|visit|Version$|_versions?$",
    re.IGNORECASE,
)
_CACHE = re.compile(r"cache|memo(?:$|_|iz)", re.IGNORECASE)
_CLOCK = re.compile(r"now\(|monotonic\(|time\.time\(")
_PARTS = re.compile(r" (?:and|or) ")
_ORDER = re.compile(r" [<>]=? ")
_EQUAL = re.compile(r" !?= ")
_SHORT = 3
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_NAME = re.compile(r"[A-Za-z_]")
_SUM = re.compile(r" [-+*] ")
_COUNTED = re.compile(r"^\(.* [+-] \d+\)$|now\(|utcnow\(")
_MADE = re.compile(r"[\w.]+@\d+\(")
_DRAWN = frozenset({"chance", "drawn"})
_CRASHES = frozenset({"ValueError", "TypeError", "RuntimeError", "AssertionError", "Exception"})
"""What is raised where nobody is to be told: a server error."""
_CHANGES = frozenset({"set", "save", "update"})


def outside(window: Window) -> bool:
    """In a script, a command or a job of the clock: one at a time, as a rule."""
    if window.entry.routed:
        return False
    names = {window.entry.function.qualname, window.check.at.function}
    if any(_ONCE.match(each.rpartition(".")[2]) for each in names):
        return True
    paths = (PurePath(window.entry.function.module.path), PurePath(window.check.at.path))
    return any(
        _FOLDERS & set(path.parts[:-1]) or _FILES.match(path.stem) is not None for path in paths
    )


def asked_first(window: Window) -> bool:
    """All endpoints ask it so; rights that are given or taken by a right are another matter."""
    return window.asked_first and (window.own or not window.same_item)


def toggled(window: Window) -> bool:
    """``x = not x``, ``x = max(x, …)``: of two at once, one is as good as both."""
    made = [each.term for each in window.use.written if each.column in window.columns]
    if window.trust is Trust.TESTED:
        return bool(made) and all(each.startswith("not ") for each in made)
    rows = {each.row for each in (window.check.item, window.use.effect.item) if each} - {""}
    own = [f"{row}.{column}" for row in rows for column in window.columns]
    return bool(made) and all(each.startswith("not ") or _extreme(each, own) for each in made)


def _extreme(term: str, own: list[str]) -> bool:
    """Whether it is the most or least of what was there: ``max(x, n)``, not ``max(x - n, 0)``."""
    bare = any(f"({each}," in term or f", {each}" in term for each in own)
    return term.startswith(("max(", "min(")) and bare


def reworded(window: Window) -> bool:
    """``row.number = "XXXX-%s" % row.number[-4:]``: nothing went in that another has brought."""
    item = window.effects[window.use.index].item
    if window.trust is not Trust.COMPUTED or window.use.verb not in _CHANGES or item is None:
        return False
    names = {item.row, window.check.item.row if window.check.item else ""} - {""}
    made = [each for each in window.use.written if each.column in window.columns]
    return bool(made) and all(_alone(each, names) for each in made)


def _alone(written: Written, rows: set[str]) -> bool:
    """Whether a text is made of constants and of what the column was, and of nothing else."""
    rest = written.term
    for row in rows:
        rest = rest.replace(f"{row}.{written.column}", "")
    bare = _QUOTED.sub("", rest).replace(" Mod ", "")  # ast's word for %
    return bare != rest and _NAME.search(bare) is None and _SUM.search(bare) is None


def filled(window: Window) -> bool:
    """``if row.x is None: row.x = …``, and nothing else: the later of two values stays."""
    guard, use = window.guard, window.use
    if window.trust is not Trust.TESTED or guard is None or not quiet(window, guard):
        return False
    if use.verb not in _CHANGES or not window.own or any(each.relative for each in use.written):
        return False
    if not (_EMPTY if guard.holds else _THERE).search(guard.text):
        return False
    mark = all(each.constant for each in use.written)
    if mark and any(each.kind is Kind.CALL for each in unsaid(window, guard)):
        return False  # what is done before the mark is set is done twice
    return not any(
        each.kind in {Kind.WRITE, Kind.SPAWN}
        and each.item != use.effect.item
        and not _put_in(each, use)
        for each in window.followed
    )


def _put_in(effect: Effect, use: Use) -> bool:
    """Whether a row is added that is the very value filled in, or a file of it: one is left."""
    item = effect.item
    if item is None or item.store == "file":
        return item is not None
    mine = item.row and any(each.term.startswith(item.row) for each in use.written)
    return bool(mine) and effect.verb in {"insert", "save"}


def followed_by_more(window: Window, guard: Guard) -> bool:
    """Whether something else is done because of the test that is more when it is done twice."""
    if ACCOMPANIED in window.use.effect.options and guard.refusal:
        return True
    return any(
        each.item != window.use.effect.item and _adds(each) for each in unsaid(window, guard)
    )


def _adds(effect: Effect) -> bool:
    if effect.kind in {Kind.SPAWN, Kind.CALL}:
        return True
    if effect.item and told(effect.item.name):
        return False
    if effect.kind is not Kind.WRITE:
        return effect.kind is Kind.SET and any(map(counted, effect.written))
    again = effect.verb in {"update", "save", "delete", "remove", "mkdir"}
    return not again or any(each.relative for each in effect.written)


def settles(window: Window) -> bool:
    """``if row.name != name: row.name = name``, and nothing else: the later value stays."""
    guard, use = window.guard, window.use
    if window.trust is not Trust.TESTED or guard is None or not quiet(window, guard):
        return False
    if not window.own or use.verb not in _CHANGES or any(each.relative for each in use.written):
        return False
    return not _ORDER.search(guard.text) and not followed_by_more(window, guard)


def confirmed(window: Window) -> bool:
    """``if row.closed: raise …``, then ``row.closed = True``: the second hears what is true."""
    guard, use = window.guard, window.use
    if window.trust is not Trust.TESTED or guard is None or not window.own or not window.same_row:
        return False
    if use.verb not in _CHANGES or not use.written or not all(map(settled, use.written)):
        return False
    plain = all(_TRUTH.search(each) for each in _PARTS.split(guard.text.strip("()")))
    return plain and not followed_by_more(window, guard)


def already(window: Window) -> bool:
    """``if row.role == role: return …``, ``row.role = role``: who has it is told so, no more."""
    guard, use = window.guard, window.use
    if window.trust is not Trust.TESTED or guard is None or not window.own or not window.same_row:
        return False
    made = [each.term for each in use.written if each.column in window.columns]
    if use.verb not in _CHANGES or not made or _ORDER.search(guard.text):
        return False
    text = guard.text.replace("`", "")  # a parameter, in the words of the function that tests it
    asked = [side for part in _PARTS.split(text) for side in _EQUAL.split(part.strip("()"))]
    same = all(any(len(each) > _SHORT and each in term for each in asked) for term in made)
    return same and not followed_by_more(window, guard)


def remembered(window: Window) -> bool:
    """``if cached and now - cached.at < ttl: return …``: computed again, and as good both times.

    What is kept without an end is known by the name of the variable.
    """
    guard, use, item = window.guard, window.use, window.check.item
    if window.store != "memory" or use.verb != "put" or guard is None or window.refusal != "return":
        return False
    if any(each.constant or each.relative for each in use.written):
        return False
    aged = _ORDER.search(guard.text) is not None and _CLOCK.search(guard.text) is not None
    known = item is not None and _CACHE.search(item.name.rpartition(".")[2]) is not None
    fresh = not any(d.source == window.index for w in use.written for d in w.deps)
    return fresh and (aged or known)


def noted(window: Window) -> bool:
    """A second entry of a log or of a cache that is a table, or a mark on it: nobody minds."""
    item = window.check.item
    if item is None or window.store != "database" or window.trust is not Trust.TESTED:
        return False
    if window.check.verb == "count" or not window.own:
        return False
    return _NOTED.search(item.name.rpartition(".")[2]) is not None


def handed_in(window: Window) -> bool:
    """A row that no known caller has loaded: whoever did may hold its lock.

    A mapper keeps one object for a row, and who loads it for an update hands on a locked one.
    """
    item, model = window.check.item, window.model
    if window.entry.routed or window.check.verb != GIVEN or item is None or model is None:
        return False
    return model.kind in MAPPERS and item.row != "self"


def made_here(window: Window) -> bool:
    """A row that this request has added, and read again by its key: nobody else knows it yet."""
    item, model = window.check.item, window.model
    if item is None or model is None or window.store != "database" or not window.own:
        return False
    fixed = keys(item, model)
    return any(_MADE.match(fixed.get(each, "")) for each in model.primary)


def drawn(window: Window) -> bool:
    """Whether a number that was drawn is free: two requests at once hardly draw the same."""
    item = window.check.item
    if item is None or window.use.verb != "insert" or not window.own:
        return False
    sources = {d.source for each in item.where if each.op == "=" for d in each.deps}
    return any(
        window.effects[place].kind is Kind.ORIGIN and window.effects[place].verb in _DRAWN
        for place in sources
        if isinstance(place, int) and place < len(window.effects)
    )


def marked(window: Window) -> bool:
    """A request that only looks leaves a mark: seen, counted, used now, filled in where missing."""
    use = window.use
    if window.trust is not Trust.SEEN or window.check is not use.effect:
        return False
    return use.effect.kind is Kind.SET and all(
        each.constant
        or each.relative
        or _COUNTED.search(each.term)
        or any(_missing(guard, each.column) for guard in use.effect.guards)
        for each in use.written
    )


def _missing(guard: Guard, column: str) -> bool:
    """Whether a test was passed because a column was empty."""
    parts = (each.strip("()") for each in _PARTS.split(guard.text))
    return guard.holds and any(f".{column}" in each and _EMPTY.search(each) for each in parts)


def handled_alike(window: Window) -> bool:
    """The second of two requests alike is refused by a constraint on other columns: handled."""
    return window.flawed("on others") is not None


def refused_alike(window: Window) -> bool:
    """``if taken: raise ValueError``, and a constraint: the second gets an error either way."""
    caught = {name for each in window.use.effect.inside(ScopeKind.TRY) for name in each.caught}
    crash = window.refusal in _CRASHES and window.refusal not in caught
    return crash and window.flawed("unhandled") is not None


DOUBTS: tuple[Callable[[Window], bool], ...] = (
    asked_first,
    outside,
    toggled,
    reworded,
    filled,
    settles,
    confirmed,
    already,
    remembered,
    noted,
    handed_in,
    made_here,
    drawn,
    marked,
    refused_alike,
    handled_alike,
    removes,
    *REPEATED,
)


def doubted(window: Window, match: Match, world: World) -> Match:
    """What a judge has said, as somebody says it who would not bet on it."""
    if match.confidence == "low":
        return match
    if not any(doubt(window) for doubt in DOUBTS) and not converges(window, world):
        return match
    return replace(match, confidence="low")
