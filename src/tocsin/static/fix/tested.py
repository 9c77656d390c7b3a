"""What the code between check and use tests, said as conditions of a statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import libcst as cst
from libcst import matchers as m

from tocsin.static.fix.queries import Read
from tocsin.static.fix.site import Site
from tocsin.static.fix.tree import Tree, mentions

_EXITS = frozenset({"abort"})
OPERATORS: Mapping[type[cst.BaseCompOp], str] = {
    cst.Equal: "==",
    cst.NotEqual: "!=",
    cst.LessThan: "<",
    cst.LessThanEqual: "<=",
    cst.GreaterThan: ">",
    cst.GreaterThanEqual: ">=",
}
_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_TURNED = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Condition:
    """``column operator value``, as it has to hold; ``value`` is source text."""

    column: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True, eq=False)
class Tested:
    """What has to hold for the use, and how the last test refuses: the body of its ``if``."""

    conditions: tuple[Condition, ...]
    refusal: cst.BaseSuite | None


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """What is tested: a row (its attributes are columns), or the value of one column.

    ``name`` is the variable it is in; without one it is tested where it is read.
    """

    name: str
    call: cst.Call
    column: str = ""


def subject(site: Site, found: Read) -> Subject | None:
    """The variable that the read is assigned to, or the read itself."""
    column = _only_column(found)
    for each in site.tree.above(found.call):
        if isinstance(each, cst.Assign):
            if len(each.targets) == 1 and isinstance(each.targets[0].target, cst.Name):
                name = each.targets[0].target.value
                return Subject(name, found.call, column) if len(site.assigned(name)) == 1 else None
            return None
        if isinstance(each, cst.BaseStatement):
            break
    return Subject("", found.call, column)


def tested(site: Site, about: Subject, statements: Sequence[cst.BaseStatement]) -> Tested | None:
    """The tests of statements that refuse; ``None`` where one of them cannot be said in SQL."""
    conditions: list[Condition] = []
    refusal: cst.BaseSuite | None = None
    for statement in statements:
        if not isinstance(statement, cst.If) or not _is_about(about, statement.test):
            continue
        made = _refused(site.tree, about, statement.test)
        if made is None or not exits(statement.body) or statement.orelse is not None:
            return None
        conditions += made
        refusal = statement.body
    return Tested(tuple(dict.fromkeys(conditions)), refusal)


def exits(body: cst.BaseSuite) -> bool:
    """Whether a block gives up: it ends with ``raise``, ``return`` or ``abort()``."""
    last = body.body[-1] if body.body else None
    small = last.body[-1] if isinstance(last, cst.SimpleStatementLine) else last
    if isinstance(small, cst.Raise | cst.Return | cst.Continue):
        return True
    return (
        isinstance(small, cst.Expr)
        and isinstance(small.value, cst.Call)
        and m.matches(
            small.value.func,
            m.OneOf(*(m.Name(n) for n in _EXITS), *(m.Attribute(attr=m.Name(n)) for n in _EXITS)),
        )
    )


def _is_about(about: Subject, node: cst.CSTNode) -> bool:
    if about.name:
        return mentions(node, about.name)
    return any(each is about.call for each in m.findall(node, m.Call()))


def _refused(tree: Tree, about: Subject, test: cst.BaseExpression) -> list[Condition] | None:
    """What holds when a test that refuses did not: the opposite of each of its parts."""
    if isinstance(test, cst.BooleanOperation):
        if not isinstance(test.operator, cst.Or):
            return None
        left, right = _refused(tree, about, test.left), _refused(tree, about, test.right)
        return None if left is None or right is None else left + right
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        column = _column(about, test.expression)
        if column == "":
            return []  # the row is there: the statement finds it, or not
        return None if column is None else [Condition(column, "==", "True")]
    if not _is_about(about, test):
        return []
    if isinstance(test, cst.Comparison) and len(test.comparisons) == 1:
        return _compared(tree, about, test)
    column = _column(about, test)
    return [Condition(column, "==", "False")] if column else None


def _compared(tree: Tree, about: Subject, test: cst.Comparison) -> list[Condition] | None:
    target = test.comparisons[0]
    left, right = test.left, target.comparator
    if isinstance(target.operator, cst.Is):
        row = _names(about, left) or bool(about.column and _column(about, left))
        return [] if row and m.matches(right, m.Name("None")) else None
    operator = OPERATORS.get(type(target.operator))
    if operator is None:
        return None
    column, value = _column(about, left), right
    if not column:
        column, value, operator = _column(about, right), left, _TURNED[operator]
    if not column or _is_about(about, value):
        return None
    return [Condition(column, _OPPOSITE[operator], tree.code(value))]


def _column(about: Subject, node: cst.BaseExpression) -> str | None:
    """The column that an expression is; empty for the row itself, ``None`` for others."""
    if _names(about, node):
        return about.column
    if isinstance(node, cst.Attribute) and not about.column and _names(about, node.value):
        return node.attr.value
    return None


def _names(about: Subject, node: cst.BaseExpression) -> bool:
    if isinstance(node, cst.Await):
        node = node.expression
    return m.matches(node, m.Name(about.name)) if about.name else node is about.call


def _only_column(found: Read) -> str:
    """``stock`` of ``select(Order.stock)``; empty where whole rows are read."""
    top = found.root
    if not isinstance(top, cst.Call) or len(top.args) != 1:
        return ""
    value = top.args[0].value
    if found.model is None or value is found.model:
        return ""
    return value.attr.value if isinstance(value, cst.Attribute) else ""
