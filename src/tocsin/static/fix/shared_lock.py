"""A lock that every call makes for itself, made once for the module."""

from __future__ import annotations

import libcst as cst
from libcst import matchers as m

from tocsin.static.effect import ScopeKind
from tocsin.static.fix.base import Rewrite, Rewritten
from tocsin.static.fix.blocks import above
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
    made = [each for each in m.findall(around, m.Call()) if _is_maker(each)]
    if len(made) != 1 or not isinstance(made[0], cst.Call):
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
    text = f"{name} = {site.tree.code(maker)}"
    return Rewritten(
        above(site.tree, changes, around, text),
        f"one lock, {name}, for all calls in the place of one for each",
    )


def _is_maker(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Call) and m.matches(
        node.func,
        m.OneOf(*(m.Name(n) for n in _MAKERS), *(m.Attribute(attr=m.Name(n)) for n in _MAKERS)),
    )


def _own(argument: cst.Arg) -> bool:
    """Whether an argument is more than a number: the module may not know what it means."""
    return not isinstance(argument.value, cst.Integer)


REWRITE = Rewrite("shared-lock", ("TOC210",), apply)
