"""What may be used once is taken away by the one who may use it: ``GETDEL``, a heard delete."""

from __future__ import annotations

import libcst as cst
from libcst import matchers as m

from tocsin.static.fix.base import Rewrite, Rewritten
from tocsin.static.fix.blocks import removed
from tocsin.static.fix.cache_calls import REDIS, Pair, alone, assigned, pair
from tocsin.static.fix.site import Site
from tocsin.static.fix.tested import exits
from tocsin.static.fix.tree import New, leading, mentions


def apply(site: Site) -> Rewritten | None:
    found = pair(site)
    if found is None or found.look.name != "get" or found.change.name != "delete":
        return None
    gone = found.block.statements[found.use]
    if not alone(gone, found.change) or found.change.rest:
        return None
    guard = _guard(found)
    if guard is None:
        return None
    if found.client == REDIS and _only_asked(found, guard.test):
        func = cst.ensure_type(found.look.call.func, cst.Attribute)
        taken = {func.attr: cst.Name("getdel"), **removed(found.block.statements, found.use)}
        return Rewritten(site.tree.replaced(taken), "the key is read and deleted in one command")
    test = cst.ensure_type(
        site.tree.parsed(f"if not {found.change.said('delete')}:\n    pass\n"), cst.If
    )
    comments = [each for each in leading(gone) if each.comment is not None]
    heard = test.with_changes(body=guard.body.deep_clone(), leading_lines=comments)
    changes: dict[cst.CSTNode, New] = {guard: [guard, heard], gone: None}
    return Rewritten(site.tree.replaced(changes), "whoever deletes the key may use it")


def _guard(found: Pair) -> cst.If | None:
    """The last test, before the key is deleted, that refuses because of what was read."""
    block, use = found.block, found.use
    given = assigned(block.statements[block.index])
    guards = [
        each
        for each in block.statements[block.index : use]
        if isinstance(each, cst.If)
        and each.orelse is None
        and exits(each.body)
        and (_holds(each.test, found) or (given is not None and mentions(each.test, given[0])))
    ]
    return guards[-1] if guards else None


def _holds(test: cst.BaseExpression, found: Pair) -> bool:
    return any(each is found.look.call for each in m.findall(test, m.Call()))


def _only_asked(found: Pair, test: cst.BaseExpression) -> bool:
    """Whether the test is only whether anything was there, and the first of them."""
    given = assigned(found.block.statements[found.block.index])
    if given is None or given[1] is not found.look.whole:
        return False
    name = m.Name(given[0])
    asks = m.UnaryOperation(m.Not(), name) | m.Comparison(
        name, [m.ComparisonTarget(m.Is(), m.Name("None"))]
    )
    between = found.block.between(found.use)
    tests = [each for each in between if isinstance(each, cst.If) and mentions(each.test, given[0])]
    return m.matches(test, asks) and len(tests) == 1


REWRITE = Rewrite("taken-once", ("TOC405",), apply)
