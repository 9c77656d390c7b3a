"""One lock for what a module keeps in memory, taken by every function of it that changes that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import libcst as cst
from libcst import matchers as m

from tocsin.static.fix.base import Rewrite, Rewritten
from tocsin.static.fix.blocks import above, around
from tocsin.static.fix.imports import Needed, bound, needed_module
from tocsin.static.fix.site import Site
from tocsin.static.fix.tree import Block, New, Tree, mentions

_CHANGING = frozenset(
    {"append", "extend", "insert", "remove", "pop", "popitem", "clear", "add", "discard"}
    | {"update", "setdefault", "sort", "reverse", "appendleft", "popleft"}
)


@dataclass(frozen=True, slots=True, eq=False)
class _Stretch:
    """The statements of a function that belong together, from a block's index to ``last``."""

    function: cst.FunctionDef
    block: Block
    last: int


def apply(site: Site) -> Rewritten | None:
    window, mine = site.window, site.around()
    if window is None or mine is None or window.check.item is None or window.store != "memory":
        return None
    variable = window.check.item.name.rpartition(".")[2]
    if variable not in bound(site.tree.module):
        return None
    known = _known(site.tree, variable)
    stretches = _stretches(site, mine, variable, known)
    if stretches is None:
        return None
    kinds = {each.function.asynchronous is not None for each in stretches}
    if len(kinds) != 1:
        return None  # no lock is for threads and for the event loop
    asynchronous = kinds.pop()
    if known and (known in _asynchronous(site.tree)) != asynchronous:
        return None
    name = known or f"_{variable.strip('_').lower()}_lock"
    if not known and name in bound(site.tree.module):
        return None
    maker = needed_module(site.tree.module, "asyncio" if asynchronous else "threading")
    return _rewritten(site, stretches, name, None if known else maker)


def _rewritten(site: Site, stretches: list[_Stretch], name: str, maker: Needed | None) -> Rewritten:
    changes: dict[cst.CSTNode, New] = {}
    for each in stretches:
        waits = "async " if each.function.asynchronous is not None else ""
        changes |= around(site.tree, each.block, each.last, f"{waits}with {name}", {})
    what = f"{name} is held from check to use"
    if maker is None:
        return Rewritten(site.tree.replaced(changes), what)
    first = min((each.function for each in stretches), key=site.tree.line)
    module = above(site.tree, changes, first, f"{name} = {maker.text}.Lock()")
    return Rewritten(module, what, imports=maker.imports)


def _stretches(
    site: Site, mine: cst.FunctionDef, variable: str, lock: str
) -> list[_Stretch] | None:
    """What has to be under the lock: the window, and what else in the file changes the variable."""
    place = site.together()
    if place is None:
        return None
    block, use = place[0].since(variable), place[1]
    found = [_Stretch(mine, block, max(use, _end(site, block)))]
    for function in _functions(site.tree):
        if function is mine or not _changes(function, variable) or _holds(function, lock):
            continue
        other = _mentioning(function, variable)
        if other is None:
            return None
        found.append(other)
    return found


def _end(site: Site, block: Block) -> int:
    """The last statement that changes something in memory because of the check."""
    window = site.window
    if window is None:
        return 0
    lines = [
        each.at.line
        for each in window.effects[window.use.index :]
        if each.item is not None
        and each.item.name == window.use.effect.item.name  # type: ignore[union-attr]
        and (each.at.path, each.at.function) == (site.path, site.check.function)
    ]
    places = [site.tree.standing(line, block) for line in lines]
    return max((each for each in places if each is not None), default=0)


def _functions(tree: Tree) -> list[cst.FunctionDef]:
    found = [each for each in tree.positions if isinstance(each, cst.FunctionDef)]
    return [each for each in found if tree.function(each) is None]


def _changes(function: cst.FunctionDef, variable: str) -> bool:
    """Whether a function assigns to what a variable holds, or calls what changes it."""
    stored = m.findall(function.body, m.AssignTarget() | m.AugAssign() | m.Del())
    for each in stored:
        target = getattr(each, "target", each)
        if mentions(target, variable):
            return True
    return any(
        isinstance(call, cst.Call)
        and isinstance(call.func, cst.Attribute)
        and call.func.attr.value in _CHANGING
        and mentions(call.func.value, variable)
        for call in m.findall(function.body, m.Call())
    )


def _mentioning(function: cst.FunctionDef, variable: str) -> _Stretch | None:
    """The statements from the first to the last that mention a variable."""
    if not isinstance(function.body, cst.IndentedBlock):
        return None
    statements = tuple(function.body.body)
    places = [
        i
        for i, each in enumerate(statements)
        if mentions(each, variable) and not m.findall(each, m.Global())
    ]
    return _Stretch(function, Block(statements, places[0]), places[-1]) if places else None


def _held(tree: Tree) -> Iterable[tuple[cst.With, str]]:
    for each in tree.positions:
        if isinstance(each, cst.With):
            for item in each.items:
                if isinstance(item.item, cst.Name):
                    yield each, item.item.value


def _known(tree: Tree, variable: str) -> str:
    """The lock that some function of the file already takes for a variable; empty if none does."""
    found = {
        name
        for each, name in _held(tree)
        if "lock" in name.lower() and name in bound(tree.module) and mentions(each.body, variable)
    }
    return found.pop() if len(found) == 1 else ""


def _asynchronous(tree: Tree) -> set[str]:
    return {name for each, name in _held(tree) if each.asynchronous is not None}


def _holds(function: cst.FunctionDef, lock: str) -> bool:
    return bool(lock) and any(
        isinstance(each, cst.With) and any(m.matches(i.item, m.Name(lock)) for i in each.items)
        for each in m.findall(function, m.With())
    )


REWRITE = Rewrite("module-lock", ("TOC401", "TOC402", "TOC403"), apply)
