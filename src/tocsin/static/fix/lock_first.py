"""The lock that comes after the check, moved before it."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from tocsin.static.fix.base import Rewrite, Rewritten
from tocsin.static.fix.site import Site
from tocsin.static.fix.tree import Block, New, names
from tocsin.static.window import Protection


def apply(site: Site) -> Rewritten | None:
    late, place = _late(site), site.together()
    if late is None or place is None or late.at.path != site.path:
        return None
    block, _ = place
    lock = site.tree.standing(late.at.line, block)
    if lock is None or lock <= block.index:
        return None
    before = block.statements[block.index : lock]
    statement = block.statements[lock]
    if _bound(before) & {each.value for each in names(statement)}:
        return None  # what is locked is only known after the check
    changes = _moved(block, lock, statement)
    return Rewritten(
        site.tree.replaced(changes),
        "the lock is taken before what it protects is read",
    )


def _late(site: Site) -> Protection | None:
    return site.window.flawed("late") if site.window is not None else None


def _moved(block: Block, lock: int, statement: cst.BaseStatement) -> dict[cst.CSTNode, New]:
    before = block.statements[block.index : lock]
    if isinstance(statement, cst.With) and isinstance(statement.body, cst.IndentedBlock):
        body = statement.body.with_changes(body=(*before, *statement.body.body))
        gone: dict[cst.CSTNode, New] = dict.fromkeys(before)
        return {**gone, statement: statement.with_changes(body=body)}
    return {before[0]: [statement, before[0]], statement: None}


def _bound(statements: Sequence[cst.BaseStatement]) -> set[str]:
    """The variables that statements give a value."""
    found: set[str] = set()
    for statement in statements:
        if isinstance(statement, cst.SimpleStatementLine):
            for small in statement.body:
                if isinstance(small, cst.Assign):
                    for target in small.targets:
                        found |= {each.value for each in names(target.target)}
                elif isinstance(small, cst.AnnAssign):
                    found |= {each.value for each in names(small.target)}
    return found


REWRITE = Rewrite("lock-first", ("TOC207",), apply, locks=True)
