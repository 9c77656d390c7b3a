"""A path that is put together of a folder and a name: what a ``Root`` is told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst
from libcst import matchers as m

from tocsin.static.fix.imports import bound
from tocsin.static.fix.site import Site
from tocsin.static.fix.tested import exits
from tocsin.static.fix.tree import New, Statement, leading, mentions

_RESOLVING = frozenset({"realpath", "abspath", "normpath", "resolve", "absolute"})


@dataclass(frozen=True, slots=True, eq=False)
class Beneath:
    """``path = folder / name``: the variable, source text of both, the statement."""

    path: str
    folder: str
    name: str
    statement: Statement


def beneath(site: Site, path: str) -> Beneath | None:
    """What a variable was put together of; ``None`` where that is not plain to see."""
    assigned = site.assigned(path)
    if len(assigned) != 1:
        return None
    statement = site.tree.statement(assigned[0])
    split = _split(assigned[0].value)
    if statement is None or split is None or len(getattr(statement, "body", ())) != 1:
        return None
    folder, name = (site.tree.code(each) for each in split)
    return Beneath(path, folder, name, statement)


def _split(node: cst.BaseExpression) -> tuple[cst.BaseExpression, cst.BaseExpression] | None:
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Divide):
        return node.left, node.right
    if not isinstance(node, cst.Call):
        return None
    func = node.func
    word = func.attr.value if isinstance(func, cst.Attribute) else ""
    given = [each.value for each in node.args if each.keyword is None and not each.star]
    if word == "join" and len(given) == 2:
        return given[0], given[1]
    if word in _RESOLVING and len(given) == 1:
        return _split(given[0])
    if word in _RESOLVING and not node.args and isinstance(func, cst.Attribute):
        return _split(func.value)
    return _split(given[0]) if m.matches(func, m.Name("Path")) and len(given) == 1 else None


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A test that refuses, and the statement right after it."""

    guard: cst.If
    used: cst.BaseStatement


def pair(site: Site) -> Pair | None:
    """The test and the use of a finding, where they stand side by side."""
    place = site.together()
    if place is None or place[1] != place[0].index + 1:
        return None
    block, use = place
    guard, used = block.statements[block.index], block.statements[use]
    if not isinstance(guard, cst.If) or guard.orelse is not None or not exits(guard.body):
        return None
    return Pair(guard, used)


def exchanged(site: Site, found: Beneath, both: Pair, new: cst.Try) -> cst.Module:
    """The module with one statement for both, and without the path where nothing else needs it."""
    used = both.used
    gone = [both.guard, used, *(used.body.body if isinstance(used, cst.With) else ())]
    changes: dict[cst.CSTNode, New] = {both.guard: None}
    if _unused(site, found, (both.guard, used)):
        changes[found.statement] = None
        gone.insert(0, found.statement)
    changes[used] = new.with_changes(leading_lines=leading(*gone))
    return site.tree.replaced(changes)


def _unused(site: Site, found: Beneath, gone: Sequence[cst.CSTNode]) -> bool:
    """Whether the path is not needed once some statements are gone."""
    around = site.around()
    if around is None:
        return False
    left = [each for each in around.body.body if each not in (*gone, found.statement)]
    return found.statement in around.body.body and not mentions(left, found.path)


def fresh(site: Site, *names: str) -> str | None:
    """The first of these names that means nothing in the file yet."""
    taken = bound(site.tree.module)
    around = site.around()
    if around is not None:
        taken |= {each.value for each in m.findall(around, m.Name()) if isinstance(each, cst.Name)}
    return next((each for each in names if each not in taken), None)
