"""What was read and tested before an ``await``, read and tested again after it."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst
from libcst import matchers as m

from tocsin.static.fix.base import Rewrite, Rewritten
from tocsin.static.fix.site import Site
from tocsin.static.fix.tested import exits
from tocsin.static.fix.tree import mentions

_COMMENT = "# Again: other requests were served during the await."
_LOOKING = m.Attribute(attr=m.OneOf(*(m.Name(n) for n in ("get", "keys", "values", "items"))))
_ASKING = m.OneOf(*(m.Name(n) for n in ("len", "any", "all", "int", "str", "bool", "min", "max")))


def apply(site: Site) -> Rewritten | None:
    place = site.together()
    if place is None or site.window is None or site.window.store != "memory":
        return None
    if site.window.threaded or site.window.check.item is None:
        return None
    variable = site.window.check.item.name.rpartition(".")[2]
    block, use = place[0].since(variable), place[1]
    statements = block.statements[block.index : use]
    waiting = [i for i, each in enumerate(statements) if _waits(each)]
    if not waiting or not isinstance(statements[waiting[-1]], _SIMPLE):
        return None
    again = _repeated(statements[: waiting[-1]], variable)
    if again is None or _waits(block.statements[use]):
        return None
    after = statements[waiting[-1]]
    return Rewritten(
        site.tree.replaced({after: [after, *again]}),
        f"{variable} is looked at again after the await",
    )


_SIMPLE = (cst.SimpleStatementLine, cst.If)


def _waits(statement: cst.CSTNode) -> bool:
    waiting = (
        m.Await() | m.With(asynchronous=m.Asynchronous()) | m.For(asynchronous=m.Asynchronous())
    )
    return bool(m.findall(statement, waiting))


def _repeated(
    statements: Sequence[cst.BaseStatement], variable: str
) -> list[cst.BaseStatement] | None:
    """The reads and tests of a variable, to be written once more; ``None`` if it was changed."""
    known, found = {variable}, list[cst.BaseStatement]()
    for statement in statements:
        if not any(mentions(statement, name) for name in known):
            continue
        bound = _read(statement)
        if bound:
            known |= bound
        elif not isinstance(statement, cst.If) or not _tests(statement):
            return None
        found.append(_plain(statement, first=not found))
    return found if any(isinstance(each, cst.If) for each in found) or len(found) == 1 else None


def _read(statement: cst.BaseStatement) -> set[str]:
    """The variables that a statement gives what it has looked up; empty if it does more."""
    small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
    if not isinstance(small, cst.Assign) or len(small.targets) != 1 or not _pure(small.value):
        return set()
    target = small.targets[0].target
    return {target.value} if isinstance(target, cst.Name) else set()


def _tests(statement: cst.If) -> bool:
    return statement.orelse is None and exits(statement.body) and _pure(statement.test)


def _pure(node: cst.CSTNode) -> bool:
    calls = [each for each in m.findall(node, m.Call()) if isinstance(each, cst.Call)]
    return not m.findall(node, m.Await() | m.NamedExpr()) and all(
        m.matches(each.func, _LOOKING | _ASKING) for each in calls
    )


def _plain(statement: cst.BaseStatement, *, first: bool) -> cst.BaseStatement:
    comment = (cst.EmptyLine(comment=cst.Comment(_COMMENT)),) if first else ()
    copied = statement.deep_clone()
    if isinstance(copied, cst.SimpleStatementLine):
        return copied.with_changes(
            leading_lines=comment, trailing_whitespace=cst.TrailingWhitespace()
        )
    return copied.with_changes(leading_lines=comment)


REWRITE = Rewrite("asked-again", ("TOC101", "TOC401"), apply)
