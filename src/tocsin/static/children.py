"""Relationships of SQLAlchemy that are lists: the rows of another table that point here.

Source: docs.sqlalchemy.org/en/20/orm/basic_relationships.html, "One To Many".
"""

from __future__ import annotations

import ast

from tocsin.source.module import Assigned, members
from tocsin.source.names import ancestors
from tocsin.source.project import ClassSymbol, Project
from tocsin.static.declared import called, keyword

_LISTS = frozenset({"list", "List", "set", "Set", "Sequence", "Collection"})


def several(value: ast.expr | None, annotation: ast.expr | None) -> bool:
    """Whether a relationship gives a list, by its annotation, and of rows that have one parent."""
    if isinstance(value, ast.Call) and any(
        keyword(value, each) is not None for each in ("secondary", "link_model", "primaryjoin")
    ):
        return False
    words = ast.walk(annotation) if annotation is not None else ()
    return any(
        isinstance(each, ast.Subscript)
        and isinstance(each.value, ast.Name | ast.Attribute)
        and (each.value.id if isinstance(each.value, ast.Name) else each.value.attr) in _LISTS
        for each in words
    )


def foreign_key(
    project: Project, symbol: ClassSymbol, table: str, parent: ClassSymbol | None
) -> str:
    """The one column of a class that points to a table; empty if there is none, or several."""
    names = {table, *([parent.node.name] if parent is not None else [])}
    lowered = {each.lower() for each in names}
    found = {
        name
        for owner in ancestors(project, symbol)
        if isinstance(owner, ClassSymbol)
        for name, binding in members(owner.node).items()
        if isinstance(binding, Assigned) and binding.value is not None
        if _points(binding.value, lowered)
    }
    return next(iter(found)) if len(found) == 1 else ""


def _points(value: ast.expr, tables: set[str]) -> bool:
    """``ForeignKey("orders.id")``, ``ForeignKey(Order.id)``, ``Field(foreign_key="order.id")``."""
    for node in ast.walk(value):
        if not isinstance(node, ast.Call):
            continue
        said = keyword(node, "foreign_key")
        first = node.args[0] if called(node) == "ForeignKey" and node.args else said
        match first:
            case ast.Attribute(value=ast.Name(id=name)):
                pass
            case ast.Constant(value=str(text)):
                name = text.rpartition(".")[0]
            case _:
                continue
        if name.lower() in tables:
            return True
    return False
