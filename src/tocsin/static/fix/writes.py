"""The assignments to a row that a use consists of, and the values that they give its columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst
from libcst import matchers as m

from tocsin.static.fix.tree import Block, Tree, mentions

_SIGNS: dict[type[cst.BaseAugOp], str] = {
    cst.AddAssign: "+",
    cst.SubtractAssign: "-",
    cst.MultiplyAssign: "*",
}
_BINARY: dict[type[cst.BaseBinaryOp], str] = {
    cst.Add: "+",
    cst.Subtract: "-",
    cst.Multiply: "*",
}


@dataclass(frozen=True, slots=True, eq=False)
class Write:
    """``row.column = value``; with a ``sign``, the old value comes before it."""

    statement: cst.SimpleStatementLine
    row: str
    column: str
    value: str
    sign: str = ""


def write(tree: Tree, statement: cst.BaseStatement) -> Write | None:
    """The write that a statement is: one attribute of one variable, plain or relative.

    ``row.n = row.n + 1`` and ``row.n = 1 + row.n`` are ``row.n += 1``.
    """
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return None
    small = statement.body[0]
    if isinstance(small, cst.Assign) and len(small.targets) == 1:
        target, value, sign = small.targets[0].target, small.value, ""
    elif isinstance(small, cst.AugAssign) and type(small.operator) in _SIGNS:
        target, value, sign = small.target, small.value, _SIGNS[type(small.operator)]
    else:
        return None
    if not isinstance(target, cst.Attribute) or not isinstance(target.value, cst.Name):
        return None
    row, column = target.value.value, target.attr.value
    if not sign:
        sign, value = _relative(value, row, column)
    if mentions(value, row):
        return None
    text = tree.code(value)
    if sign and isinstance(value, cst.BinaryOperation | cst.IfExp | cst.BooleanOperation):
        text = text if value.lpar else f"({text})"
    return Write(statement, row, column, text, sign)


def _relative(value: cst.BaseExpression, row: str, column: str) -> tuple[str, cst.BaseExpression]:
    mine = m.Attribute(m.Name(row), m.Name(column))
    if isinstance(value, cst.BinaryOperation) and type(value.operator) in _BINARY:
        sign = _BINARY[type(value.operator)]
        if m.matches(value.left, mine):
            return sign, value.right
        if m.matches(value.right, mine) and sign != "-":
            return sign, value.left
    return "", value


def in_sql(each: Write, model: str) -> str:
    """The value as SQLAlchemy sets it."""
    return f"{model}.{each.column} {each.sign} {each.value}" if each.sign else each.value


def in_django(each: Write, relative: str) -> str:
    """The value as Django sets it; ``relative`` is the name of ``F`` in the file."""
    return f'{relative}("{each.column}") {each.sign} {each.value}' if each.sign else each.value


def save(statement: cst.BaseStatement, row: str) -> cst.Call | None:
    """``row.save()``, if that is what a statement is."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return None
    small = statement.body[0]
    if not isinstance(small, cst.Expr) or not isinstance(small.value, cst.Call):
        return None
    method = m.Attribute(m.Name(row), m.Name("save"))
    return small.value if m.matches(small.value.func, method) else None


def following(tree: Tree, statements: Sequence[cst.BaseStatement], row: str) -> list[Write]:
    """The writes to one row at the beginning of statements, without a gap."""
    found: list[Write] = []
    for statement in statements:
        made = write(tree, statement)
        if made is None or made.row != row:
            break
        found.append(made)
    return found


def beginning(tree: Tree, block: Block, use: int, row: str) -> int:
    """Where the writes to the row begin that the use is one of."""
    while use - 1 > block.index and row and following(tree, block.statements[use - 1 : use], row):
        use -= 1
    return use


def before(tree: Tree, block: Block, use: int, row: str) -> list[Write]:
    """The writes to a row that stand together before it is saved."""
    for start in range(block.index + 1, use):
        writes = following(tree, block.statements[start:use], row)
        if writes and start + len(writes) == use:
            return writes
    return []
