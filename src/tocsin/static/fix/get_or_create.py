"""Django: looked for, not found, created: the queryset's own ``get_or_create``, made for that.

It keeps rows unique only with a unique constraint, for which it waits, and then gets what another
request has created. Without one the window stays, so that the fix is not kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst
from libcst import matchers as m

from tocsin.static.fix.base import Rewrite, Rewritten
from tocsin.static.fix.layout import margin, width
from tocsin.static.fix.queries import Read, Style, read
from tocsin.static.fix.site import Site
from tocsin.static.fix.tested import exits
from tocsin.static.fix.tree import Block, New, leading, mentions

_KNOWN = frozenset({"exists", "first", "count", "filter", "get"})
_MISSING = m.OneOf(m.Name("ObjectDoesNotExist"), m.Attribute(attr=m.Name("DoesNotExist")))


@dataclass(frozen=True, slots=True, eq=False)
class Creation:
    """``name = Model.objects.create(…)``."""

    statement: cst.BaseStatement
    name: str
    manager: cst.BaseExpression
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What was looked for: the ``if`` that decides, and whether it is there if the test holds."""

    branch: cst.If
    name: str
    holds: bool


def apply(site: Site) -> Rewritten | None:
    found = read(site)
    if found is None or found.style is not Style.QUERYSET or found.words - _KNOWN:
        return None
    lookup = _lookup(site, found)
    statement = site.tree.statement(found.call)
    block = site.tree.block(statement) if statement is not None else None
    if not lookup or block is None:
        return None
    if "get" in found.words:
        return _missing(site, block, lookup)
    name = _assigned(statement)
    rest = block.statements[block.index + (1 if name else 0) :]
    decision = _decision(found, name, rest[0] if rest else None)
    if decision is None or (name and decision.branch is not rest[0]):
        return None
    gone: dict[cst.CSTNode, New] = {block.statements[block.index]: None} if name else {}
    if decision.holds:
        return _refusing(site, decision, rest[1:], lookup, gone)
    return _filling(site, decision, lookup, gone)


def _missing(site: Site, block: Block, lookup: dict[str, str]) -> Rewritten | None:
    """``try: get``, ``except DoesNotExist: create``, and nothing else in either."""
    tried = next(site.tree.above(block.statements[0]), None)
    around = site.tree.parents.get(tried) if tried is not None else None
    if not isinstance(around, cst.Try) or around.body is not tried or len(block.statements) > 1:
        return None
    if len(around.handlers) != 1 or around.orelse or around.finalbody:
        return None
    handler = around.handlers[0]
    body = handler.body.body
    made = _creation(site, body[0]) if len(body) == 1 else None
    if made is None or handler.type is None or not m.matches(handler.type, _MISSING):
        return None
    if made.name != _assigned(block.statements[0]):
        return None
    left = f"{made.name}, _ = " if made.name else ""
    text = _call(site, around, left, made, lookup)
    comments = leading(around, block.statements[0], handler, made.statement)
    new = site.tree.parsed(text).with_changes(leading_lines=comments)
    return _rewritten(site, {around: new}, made)


def _filling(
    site: Site, decision: Found, lookup: dict[str, str], gone: dict[cst.CSTNode, New]
) -> Rewritten | None:
    """``if not found: create``."""
    body = decision.branch.body.body
    made = _creation(site, body[0]) if len(body) == 1 else None
    if made is None or decision.branch.orelse is not None:
        return None
    if decision.name and made.name not in {"", decision.name}:
        return None
    name = decision.name or made.name
    left = f"{name}, _ = " if name else ""
    text = _call(site, decision.branch, left, made, lookup)
    new = site.tree.parsed(text).with_changes(leading_lines=_leading(decision, gone, made))
    return _rewritten(site, {**gone, decision.branch: new}, made)


def _refusing(
    site: Site,
    decision: Found,
    rest: Sequence[cst.BaseStatement],
    lookup: dict[str, str],
    gone: dict[cst.CSTNode, New],
) -> Rewritten | None:
    """``if found: refuse``, then create."""
    branch = decision.branch
    made = _creation(site, rest[0]) if rest else None
    if made is None or branch.orelse is not None or not exits(branch.body):
        return None
    if decision.name and mentions((branch.body, *rest[1:]), decision.name):
        return None
    text = _call(site, branch, f"{made.name or '_'}, created = ", made, lookup)
    new = site.tree.parsed(text).with_changes(leading_lines=_leading(decision, gone, made))
    test = cst.ensure_type(site.tree.parsed("if not created:\n    pass\n"), cst.If)
    refused = test.with_changes(body=branch.body)
    return _rewritten(site, {**gone, branch: [new, refused], made.statement: None}, made)


def _leading(
    decision: Found, gone: dict[cst.CSTNode, New], made: Creation
) -> Sequence[cst.EmptyLine]:
    return leading(*gone, decision.branch, made.statement)


def _rewritten(site: Site, changes: dict[cst.CSTNode, New], made: Creation) -> Rewritten:
    model = made.manager.value if isinstance(made.manager, cst.Attribute) else made.manager
    return Rewritten(
        site.tree.replaced(changes),
        f"{site.tree.code(model)} is got or created, as its unique constraint decides",
    )


def _lookup(site: Site, found: Read) -> dict[str, str]:
    """The columns that were asked for, each equal to something; empty if anything else was."""
    wanted: dict[str, str] = {}
    for link in found.links:
        for each in link.call.args:
            if each.keyword is None or each.star or "__" in each.keyword.value:
                return {}
            wanted[each.keyword.value] = site.tree.code(each.value)
    return wanted


def _assigned(statement: cst.BaseStatement | None) -> str:
    small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
    if isinstance(small, cst.Assign) and m.matches(small.targets[0].target, m.Name()):
        return cst.ensure_type(small.targets[0].target, cst.Name).value
    return ""


def _decision(found: Read, name: str, statement: cst.BaseStatement | None) -> Found | None:
    if not isinstance(statement, cst.If):
        return None
    test, holds = statement.test, True
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        test, holds = test.expression, False
    elif isinstance(test, cst.Comparison) and m.matches(
        test.comparisons[0].comparator, m.Name("None")
    ):
        holds = isinstance(test.comparisons[0].operator, cst.IsNot | cst.NotEqual)
        test = test.left
    mine = m.matches(test, m.Name(name)) if name else test is found.call
    return Found(statement, name, holds) if mine else None


def _creation(site: Site, statement: cst.BaseStatement | cst.BaseSmallStatement) -> Creation | None:
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return None
    small = statement.body[0]
    if not isinstance(small, cst.Expr | cst.Assign) or not isinstance(small.value, cst.Call):
        return None
    call = small.value
    if not m.matches(call.func, m.Attribute(attr=m.Name("create"))):
        return None
    if any(each.keyword is None for each in call.args):
        return None
    values = tuple(
        (each.keyword.value, site.tree.code(each.value)) for each in call.args if each.keyword
    )
    manager = cst.ensure_type(call.func, cst.Attribute).value
    return Creation(statement, _assigned(statement), manager, values)


def _call(site: Site, at: cst.CSTNode, left: str, made: Creation, lookup: dict[str, str]) -> str:
    defaults = [f'"{key}": {value}' for key, value in made.values if key not in lookup]
    args = [f"{key}={value}" for key, value in lookup.items()]
    if defaults:
        args.append(f"defaults={{{', '.join(defaults)}}}")
    head = f"{left}{site.tree.code(made.manager)}.get_or_create"
    line = f"{head}({', '.join(args)})"
    if len(margin(site.tree, at)) + len(line) <= width(site.tree):
        return line
    return f"{head}(\n" + "".join(f"    {each},\n" for each in args) + ")"


REWRITE = Rewrite("get-or-create", ("TOC205",), apply)
