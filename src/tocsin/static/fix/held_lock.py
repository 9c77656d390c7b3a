"""SQLAlchemy: the commit that gives a row lock back between check and use, taken out."""

from __future__ import annotations

import libcst as cst
from libcst import matchers as m

from tocsin.static.effect import Kind
from tocsin.static.fix.base import Rewrite, Rewritten
from tocsin.static.fix.blocks import removed
from tocsin.static.fix.site import Site
from tocsin.static.fix.tree import New

_ENDING = m.Attribute(attr=m.OneOf(m.Name("commit"), m.Name("rollback")))


def apply(site: Site) -> Rewritten | None:
    window = site.window
    if window is None or window.flawed("outside") is None:
        return None
    between = window.effects[window.index + 1 : window.use.index]
    # What was written before would be kept open, and other requests waiting, for longer.
    if any(each.kind in {Kind.WRITE, Kind.SET} for each in window.effects[: window.use.index]):
        return None
    lines = [each.at.line for each in between if each.kind in {Kind.COMMIT, Kind.ROLLBACK}]
    statements = [each for line in lines if (each := _ending(site, line)) is not None]
    if not statements or len(statements) != len(lines):
        return None
    gone: dict[cst.CSTNode, New] = {}
    for each in statements:
        block = site.tree.block(each)
        if block is not None:
            gone |= removed(block.statements, block.index)
    return Rewritten(site.tree.replaced(gone), "the lock is held until the use is committed")


def _ending(site: Site, line: int) -> cst.SimpleStatementLine | None:
    """``db.commit()`` as a statement of its own."""
    for node in site.tree.nodes(cst.SimpleStatementLine, line):
        small = node.body[0] if isinstance(node, cst.SimpleStatementLine) else None
        value = small.value if isinstance(small, cst.Expr) else None
        if isinstance(value, cst.Await):
            value = value.expression
        if isinstance(value, cst.Call) and m.matches(value.func, _ENDING):
            return cst.ensure_type(node, cst.SimpleStatementLine)
    return None


REWRITE = Rewrite("held-lock", ("TOC206",), apply, locks=True)
