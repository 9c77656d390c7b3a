"""Whether what is written may be what was checked: symbolic items compared."""

from __future__ import annotations

import re

from tocsin.static.effect import Effect, Guard, Item
from tocsin.static.models import Model
from tocsin.static.term import unconverted
from tocsin.static.window import Use

ROW = ""
"""The pseudo-column of a row's existence."""

_LOOKING = frozenset({"row", "rows", "value", "count", "exists"})


def keys(item: Item, model: object) -> dict[str, str]:
    """The columns that are fixed, under the names that the model gives them."""
    fixed = {column: unconverted(term) for column, term in item.equal_to().items()}
    if not isinstance(model, Model):
        return fixed
    return {model.plain(column): term for column, term in fixed.items()}


def named(columns: frozenset[str], model: object) -> frozenset[str]:
    """Column names as the model has them."""
    if not isinstance(model, Model):
        return columns
    return frozenset(model.plain(each) if each else each for each in columns)


def same_store(one: Effect, other: Effect) -> bool:
    """Whether both are about one table, file or variable."""
    mine, theirs = one.item, other.item
    return (
        mine is not None
        and theirs is not None
        and (mine.store, mine.name) == (theirs.store, theirs.name)
    )


def inserted(check: Effect, use: Use) -> bool:
    """Whether a new row may be one that the check looked for."""
    if check.item is None or use.effect.item is None or check.verb not in _LOOKING:
        return False
    looked, made = keys(check.item, check.model), keys(use.effect.item, use.effect.model)
    common = looked.keys() & made.keys()
    if not all(_may_be(looked[column], made[column]) for column in common):
        return False
    return (
        "unseen" in use.effect.options
        or bool(common)
        or all(_spelt(term) in _DEFAULTS for term in looked.values())
    )


def gone_through(check: Effect, guard: Guard, use: Use, columns: frozenset[str]) -> bool:
    """Whether a row like the new one was looked for among rows that were read, one by one.

    ``for row in rows: if row.email == email: return``, and then a row with that address.
    """
    if use.verb != "insert" or check.verb != "rows" or guard.holds or not guard.refusal:
        return False
    compared = dict(_COMPARED.findall(guard.text))
    alike = any(
        each.column in columns and _like(compared[each.column], each.term)
        for each in use.written
        if each.column in compared
    )
    return alike and same_store(check, use.effect) and inserted(check, use)


def _like(compared: str, made: str) -> bool:
    """Whether one literal was meant, or two names: the caller's word for one is not known here."""
    if literal(compared) or literal(made):
        return _spelt(compared) == _spelt(made)
    return True


_COMPARED = re.compile(r"\.(\w+) = (`?[^()]+`?)\)")
"""A column and what it was compared with, in the words of the function that asks."""

_LITERAL = re.compile(r"'.*'|\".*\"|-?[\d.]+|true|false|none|null|b'.*'", re.IGNORECASE | re.DOTALL)


_TRUTHS = {"true": "1", "false": "0", "none": "null"}
_DEFAULTS = frozenset({"0", "null"})
"""What columns are that nobody sets: not deleted, not used, nowhere."""


def _spelt(term: str) -> str:
    """A literal as both Python and SQL may write it."""
    return _TRUTHS.get(term.lower(), term)


def _may_be(looked: str, made: str) -> bool:
    """Whether a new row's value may be the one that was looked for: a parameter may be anything."""
    if _spelt(looked) == _spelt(made):
        return True
    return literal(looked) and not literal(made)


def literal(term: str) -> bool:
    """Whether a value is written in the source."""
    return _LITERAL.fullmatch(term) is not None


def same_object(check: Effect, use: Use, index: int) -> bool:
    """Whether what is changed is, by its name or its keys, what was checked."""
    if check.item is None or use.effect.item is None:
        return False
    if any(dep.source == index for dep in use.effect.deps):
        return True  # the very object that was loaded
    if use.effect.item.row and use.effect.item.row == check.item.row:
        return True
    mine, theirs = keys(check.item, check.model), keys(use.effect.item, use.effect.model)
    common = mine.keys() & theirs.keys()
    narrower = common in (mine.keys(), theirs.keys())
    return bool(common) and narrower and all(mine[each] == theirs[each] for each in common)


def same_row(check: Effect, use: Use, index: int) -> bool:
    """Whether the row that is changed is one of those that were checked."""
    if check.item is None or use.effect.item is None:
        return False
    if same_object(check, use, index):
        return True
    mine, theirs = keys(check.item, check.model), keys(use.effect.item, use.effect.model)
    common = mine.keys() & theirs.keys()
    if common:
        return all(mine[column] == theirs[column] for column in common)
    return (not mine and not theirs) or _in_predicate(check, use)


_NUMBER = r" (?:[1-9]\d*|(?:\w+\.)*_?[A-Z][A-Z0-9_]*)\)"
_FEW = re.compile(rf" (?:<=?|=){_NUMBER}")
_MANY = re.compile(rf" (?:>=?|!=){_NUMBER}")
"""A number of rows compared with one, or with a constant."""


def last(check: Effect, guard: Guard, use: Use) -> bool:
    """Whether a row is taken out of those that were looked at, because others are left there.

    Either all but that row were looked for, or all were counted, and one of them is not enough.
    """
    item, written = check.item, use.effect.item
    if item is None or written is None or not guard.refusal or not same_store(check, use.effect):
        return False
    mine, theirs = keys(item, check.model), keys(written, use.effect.model)
    if any(_differ(mine[each], theirs[each]) for each in mine.keys() & theirs.keys()):
        return False
    if use.verb == "insert" or (use.verb != "delete" and not _in_predicate(check, use)):
        return False
    if guard.found == 0:
        counted = check.verb == "count" or (check.verb == "rows" and "len(" in guard.text)
        return counted and (_MANY if guard.holds else _FEW).search(guard.text) is not None
    names = {*theirs, *(check.model.primary if isinstance(check.model, Model) else ())}
    left_out = frozenset(each.column for each in item.where if each.op == "!=")
    return guard.found > 0 and bool(names & named(left_out, check.model))


def _differ(one: str, other: str) -> bool:
    """Whether two values are known to be different: literals."""
    both = _spelt(one), _spelt(other)
    return both[0] != both[1] and all(map(literal, (one, other)))


def apart(one: Item, other: Item) -> bool:
    """Whether two items of one name are different parts of it, as the fields of a hash."""
    mine, theirs = one.equal_to(), other.equal_to()
    return any(mine[column] != theirs[column] for column in mine.keys() & theirs.keys())


def covers(written: Item, read: Item) -> bool:
    """Whether a change of a shared object changes what was read: it is that, or holds it."""
    mine, theirs = _path(written), _path(read)
    return theirs[: len(mine)] == mine


def _path(item: Item) -> tuple[str, ...]:
    return tuple(each.term for each in item.where)


def _in_predicate(check: Effect, use: Use) -> bool:
    """Rows were looked for by a column that is then written: what is found changes."""
    if check.item is None or check.verb not in _LOOKING:
        return False
    asked = named(frozenset(each.column for each in check.item.where), check.model)
    return bool(asked & named(use.columns, use.effect.model))


def trusted(check: Effect, columns: frozenset[str]) -> frozenset[str]:
    """The columns that decide: those read, and, for existence, those that were asked for."""
    result = named(columns, check.model)
    if check.item is not None and check.item.store == "memory":
        return frozenset(_path(check.item)[-1:])
    if ROW in columns and check.item is not None:
        asked = frozenset(each.column for each in check.item.where if each.column)
        result |= named(asked, check.model)
    return result
