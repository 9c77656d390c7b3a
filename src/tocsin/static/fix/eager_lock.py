"""A locking query that nobody runs: the lock goes to the read that is run."""

from __future__ import annotations

import libcst as cst

from tocsin.model.rule import FixSafety
from tocsin.static.fix.atomic_block import wrapped
from tocsin.static.fix.base import Rewrite, Rewritten
from tocsin.static.fix.queries import read
from tocsin.static.fix.row_lock import locked
from tocsin.static.fix.site import Site
from tocsin.static.fix.tree import leading, moved, names


def apply(site: Site) -> Rewritten | None:
    found = read(site)
    lazy = site.window.flawed("lazy") if site.window is not None else None
    if found is None or lazy is None or lazy.at.path != site.path:
        return None
    changes = locked(site, found)
    unused = dead(site, lazy.at.line)
    if changes is None or not unused or unused[0] is site.tree.statement(found.call):
        return None
    statement = site.tree.statement(found.call)
    if statement is None:
        return None
    lines = (*_comments(unused[0]), *getattr(statement, "leading_lines", ()))
    locking = moved([statement], changes)[0].with_changes(leading_lines=lines)
    what = f"{site.tree.code(found.model) if found.model else 'the row'} is locked when it is read"
    if site.in_transaction:
        module = site.tree.replaced({statement: locking, unused[0]: None})
        return Rewritten(module, what, FixSafety.SAFE)  # it was meant
    return wrapped(site, {statement: locking}, what, unused)


def _comments(statement: cst.CSTNode) -> list[cst.EmptyLine]:
    return [each for each in leading(statement) if each.comment is not None]


def dead(site: Site, line: int) -> tuple[cst.CSTNode, ...]:
    """The statement that builds the query, if nothing else needs what it builds."""
    for node in site.tree.nodes(cst.SimpleStatementLine, line):
        small = node.body[0] if isinstance(node, cst.SimpleStatementLine) else None
        if isinstance(small, cst.Expr) and isinstance(small.value, cst.Call):
            return (node,)
        if isinstance(small, cst.Assign) and _unused(site, small, node):
            return (node,)
    return ()


def _unused(site: Site, assigned: cst.Assign, node: cst.CSTNode) -> bool:
    target, function = assigned.targets[0].target, site.around()
    if len(assigned.targets) != 1 or not isinstance(target, cst.Name) or function is None:
        return False
    name = target.value
    here = sum(each.value == name for each in names(node))
    return sum(each.value == name for each in names(function.body)) == here


REWRITE = Rewrite("eager-lock", ("TOC208",), apply, locks=True)
