"""What a class declares that its database will keep: unique columns, and conditions on columns."""

from __future__ import annotations

import ast
import re

from sqlglot import exp

from tocsin.source.module import Assigned, members
from tocsin.stores.sql_parse import parsed

POSITIVE = frozenset(
    {"PositiveIntegerField", "PositiveSmallIntegerField", "PositiveBigIntegerField"}
)
"""Fields of Django that come with a CHECK."""

_CONSTANT = re.compile(r"\(*\s*(?:true|1)\s*\)*$", re.IGNORECASE)
_BOUNDS = (exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Between)
_PAIR = 2
_LOOKUP = re.compile(r"^(\w+?)__(?:gte?|lte?|range)$")


def unique_sets(value: ast.expr) -> list[frozenset[str]]:
    """Unique constraints and unique indexes, of either library.

    One with a condition counts too: it is there for the rows that are looked for. One over a
    constant, ``Index("one", text("(true)"), unique=True)``, lets one row be: no columns.
    """
    found: list[frozenset[str]] = []
    for node in ast.walk(value):
        if not isinstance(node, ast.Call):
            continue
        what = called(node)
        if what == "UniqueConstraint":
            fields = keyword(node, "fields")
            names = strings(fields) if fields is not None else strings(*node.args)
            found += [frozenset(names)] if names else []
        elif what == "Index" and true(node, "unique"):
            names = strings(*node.args[1:])
            alone = all(map(_CONSTANT.match, names))
            found += [frozenset(() if alone else names)] if names else []
    return found


_EXCLUSIONS = frozenset({"ExclusionConstraint", "ExcludeConstraint"})


def excluded(value: ast.expr) -> list[frozenset[str]]:
    """The columns of exclusion constraints, whatever they compare them with.

    Sources: docs.djangoproject.com, "Constraints"; docs.sqlalchemy.org, "ExcludeConstraint".
    """
    found: list[frozenset[str]] = []
    for node in ast.walk(value):
        if isinstance(node, ast.Call) and called(node) in _EXCLUSIONS:
            said = keyword(node, "expressions")
            pairs = [said] if said is not None else list(node.args)
            firsts = [
                each.elts[0]
                for pair in pairs
                for each in ast.walk(pair)
                if isinstance(each, ast.Tuple | ast.List) and len(each.elts) == _PAIR
            ]
            found.append(frozenset(_columns(firsts)))
    return [each for each in found if each]


def _columns(nodes: list[ast.expr]) -> list[str]:
    """``"room"``, ``F("room")``, ``TsTzRange("begins", "ends")``, ``Column("room")``, ``room``."""
    names = [each.id for each in nodes if isinstance(each, ast.Name)]
    return [*names, *(each for each in strings(*nodes) if each.isidentifier())]


def declares(node: ast.FunctionDef) -> bool:
    """Whether a function of a class gives a column: ``@declared_attr``."""
    names = (ast.unparse(each).split(".") for each in node.decorator_list)
    return any("declared_attr" in each for each in names)


def managed_by(node: ast.ClassDef, name: str) -> bool:
    """``objects = OrderManager()``, ``objects = Manager.from_queryset(OrderQuerySet)()``."""
    return any(
        isinstance(value, ast.Call)
        and any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(value))
        for value in (
            binding.value for binding in members(node).values() if isinstance(binding, Assigned)
        )
    )


def related_name(node: ast.ClassDef, attribute: str) -> str:
    """What the other end of a relation calls it, if the relation says so."""
    binding = members(node).get(attribute)
    if isinstance(binding, Assigned) and isinstance(binding.value, ast.Call):
        said = keyword(binding.value, "related_name")
        if isinstance(said, ast.Constant) and isinstance(said.value, str):
            return said.value
    return ""


def together(value: ast.expr) -> list[frozenset[str]]:
    """``unique_together``, of one set of columns or of several."""
    if not isinstance(value, ast.Tuple | ast.List | ast.Set):
        return []
    if value.elts and isinstance(value.elts[0], ast.Constant):
        return [frozenset(strings(value))]
    return [frozenset(strings(each)) for each in value.elts]


def flagged(value: ast.expr) -> list[frozenset[str]]:
    """``indexes = ((("a", "b"), True),)``: the columns, and whether they are unique."""
    return [
        frozenset(strings(columns))
        for each in getattr(value, "elts", ())
        if isinstance(each, ast.Tuple) and len(each.elts) == 2
        for columns, unique in [each.elts]
        if isinstance(unique, ast.Constant) and unique.value is True
    ]


def indexed(annotation: ast.expr) -> bool:
    """Whether an annotation has a unique index in it: ``Annotated[str, Indexed(unique=True)]``."""
    return any(
        called(node) == "Indexed" and isinstance(node, ast.Call) and true(node, "unique")
        for node in ast.walk(annotation)
        if isinstance(node, ast.expr)
    )


def checked(value: ast.expr) -> frozenset[str]:
    """The columns that CHECK constraints bound, from above or from below."""
    found: set[str] = set()
    for node in ast.walk(value):
        if isinstance(node, ast.Call) and called(node) == "CheckConstraint":
            for inner in ast.walk(node):
                found |= _bounded(inner)
    return frozenset(found)


def _bounded(node: ast.AST) -> set[str]:
    """``Q(stock__gte=0)``, ``stock >= 0`` as an expression or as a text."""
    match node:
        case ast.keyword(arg=str(name)):
            lookup = _LOOKUP.match(name)
            return {lookup[1]} if lookup else set()
        case ast.Compare(left=left, ops=[ast.Gt() | ast.GtE() | ast.Lt() | ast.LtE()]):
            return {_last(each) for each in (left, *node.comparators)} - {""}
        case ast.Constant(value=str(text)) if "<" in text or ">" in text or " " in text:
            return bounded(text)
        case _:
            return set()


def bounded(text: str) -> set[str]:
    """The columns on either side of a comparison in SQL; none of what cannot be read."""
    tree = parsed(text, "postgres")
    if tree is None:
        return set()
    return {column.name for each in tree.find_all(*_BOUNDS) for column in each.find_all(exp.Column)}


def _last(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def strings(*nodes: ast.expr) -> list[str]:
    """All literal strings in these expressions."""
    return [
        each.value
        for node in nodes
        for each in ast.walk(node)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    ]


def called(node: ast.expr | None) -> str:
    """The last name of what is called; empty for anything but a call."""
    return _last(node.func) if isinstance(node, ast.Call) else ""


def keyword(node: ast.Call, name: str) -> ast.expr | None:
    """A keyword argument of a call."""
    return next((each.value for each in node.keywords if each.arg == name), None)


def true(node: ast.Call, name: str) -> bool:
    """Whether a keyword argument is literally true."""
    value = keyword(node, name)
    return isinstance(value, ast.Constant) and value.value is True
