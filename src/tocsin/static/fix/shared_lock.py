"""A lock that every call makes for itself, made once for the module."""

from __future__ import annotations

import libcst as cst
from libcst import matchers as m

from tocsin.static.effect import ScopeKind
from tocsin.static.fix.base import Rewrite, Rewritten
from tocsin.static.fix.imports import bound
from tocsin.static.fix.site import Site
from tocsin.static.fix.tree import New

_MAKERS = ("Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition")


def apply(site: Site) -> Rewritten | None:
    around = site.around()
    if around is None or site.window is None:
        return None
    if not any(scope.fresh for scope in site.window.check.inside(ScopeKind.LOCK)):
        return None
    top = next((each for each in site.tree.module.body if _holds(site, each, around)), None)
    made = [each for each in m.findall(around, m.Call()) if _is_maker(each)]
    if top is None or len(made) != 1 or not isinstance(made[0], cst.Call):
        return None
    maker = made[0]
    assigned = site.tree.parents.get(maker)
    named = isinstance(assigned, cst.Assign) and isinstance(assigned.targets[0].target, cst.Name)
    name = f"_{around.name.value}_lock"
    if name in bound(site.tree.module) or any(each.value for each in maker.args if _own(each)):
        return None
    changes: dict[cst.CSTNode, New] = {}
    if named and isinstance(assigned, cst.Assign):
        changes[assigned.value] = cst.Name(name)
    else:
        changes[maker] = cst.Name(name)
    lock = site.tree.parsed(f"{name} = {site.tree.code(maker)}")
    leading = top.leading_lines
    gap = (cst.EmptyLine(indent=False), cst.EmptyLine(indent=False))
    # Comments stay with the function; the lock takes the blank lines.
    blank = tuple(each for each in leading if each.comment is None)[:2]
    rest = leading[len(blank) :] if leading[: len(blank)] == blank else leading
    replaced = site.tree.replaced(changes)
    place = next(i for i, each in enumerate(site.tree.module.body) if each is top)
    function = replaced.body[place].with_changes(leading_lines=(*gap, *rest))
    body = (
        *replaced.body[:place],
        lock.with_changes(leading_lines=blank),
        function,
        *replaced.body[place + 1 :],
    )
    return Rewritten(
        replaced.with_changes(body=body),
        f"one lock, {name}, for all calls in the place of one for each",
    )


def _holds(site: Site, statement: cst.CSTNode, function: cst.FunctionDef) -> bool:
    return statement is function or any(each is statement for each in site.tree.above(function))


def _is_maker(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Call) and m.matches(
        node.func,
        m.OneOf(*(m.Name(n) for n in _MAKERS), *(m.Attribute(attr=m.Name(n)) for n in _MAKERS)),
    )


def _own(argument: cst.Arg) -> bool:
    """Whether an argument is more than a number: the module may not know what it means."""
    return not isinstance(argument.value, cst.Integer)


REWRITE = Rewrite("shared-lock", ("TOC210",), apply)
