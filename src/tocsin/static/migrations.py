"""Constraints that only migrations know: Alembic's operations, and SQL in either framework's.

What Django's own operations say is said by the models too, which are newer than any migration.

Sources: alembic.sqlalchemy.org, "Operation Reference"; docs.djangoproject.com, "RunSQL".
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from tocsin.source.facts import Fact
from tocsin.source.files import SourceFile
from tocsin.source.project import Project
from tocsin.static.aside import aside
from tocsin.static.declared import (
    bounded,
    called,
    excluded,
    keyword,
    strings,
    true,
    unique_sets,
)
from tocsin.stores.sql_parse import parsed, written

_WORDS = re.compile(
    rb"create_(?:unique|check|exclude)_constraint|create_index\b(?s:.{0,300}?)unique\s*=\s*True"
    rb"|UniqueConstraint|ExcludeConstraint|(?i:create\s+unique\s+index|add\s+constraint)"
)
_PLACES = (b"alembic", b"RunSQL")
_SQL = re.compile(
    r"\s*(?:create\s+unique\s+index|alter\s+table\b.*\badd\s+constraint)\b",
    re.IGNORECASE | re.DOTALL,
)
_RUNS = frozenset({"execute", "RunSQL"})
_DROPS = frozenset({"drop_constraint", "drop_index"})

Unique = tuple[frozenset[str], ...]


@dataclass(slots=True)
class Migrated:
    """By table, the unique and the excluded sets of columns, and the columns a CHECK bounds."""

    unique: dict[str, Unique] = field(default_factory=dict)
    checked: dict[str, frozenset[str]] = field(default_factory=dict)
    excluded: dict[str, Unique] = field(default_factory=dict)

    def table(self, names: Iterable[str], suffix: str, apps: Iterable[str]) -> str:
        """The one of the tables that a class is mapped to, by name or as ``app_class``."""
        known = {*self.unique, *self.checked, *self.excluded}
        own = {f"{app}{suffix}" for app in apps}
        return next((each for each in (*names, *sorted(own)) if each in known), "")

    def told(self) -> tuple[object, ...]:
        """All of it, to be compared."""
        sets = (
            sorted((name, [sorted(e) for e in each]) for name, each in kept.items())
            for kept in (self.unique, self.excluded)
        )
        return (*sets, sorted((name, sorted(each)) for name, each in self.checked.items()))

    def keeps(self, table: str, columns: frozenset[str]) -> None:
        self.unique[table] = (*self.unique.get(table, ()), columns)


@dataclass(frozen=True, slots=True)
class _Added:
    name: str
    table: str
    unique: frozenset[str] = frozenset()
    checked: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()


_CHANGES: Fact[tuple[list[_Added], list[str]]] = Fact("migrated", tuple[list[_Added], list[str]])


def migrated(project: Project) -> Migrated:
    """What the migrations of a project have added, without what they have dropped by name."""
    added: list[_Added] = []
    dropped: set[str] = set()
    for file in project.files:
        more, less = project.fact(_CHANGES, file, lambda each: _changes(project, each))
        added += more
        dropped.update(less)
        if aside(file):  # more than half of many a project
            project.release(file)
    found = Migrated()
    for each in added:
        if each.name and each.name in dropped:
            continue
        if each.unique:
            found.keeps(each.table, each.unique)
        if each.excluded:
            found.excluded[each.table] = (*found.excluded.get(each.table, ()), each.excluded)
        if each.checked:
            found.checked[each.table] = found.checked.get(each.table, frozenset()) | each.checked
    return found


def _changes(project: Project, file: SourceFile) -> tuple[list[_Added], list[str]]:
    """What one file adds, and the names of what it drops."""
    added: list[_Added] = []
    dropped: list[str] = []
    data = project.data(file)
    if any(word in data for word in _PLACES) and _WORDS.search(data):
        module = project.module(file)
        for call, table in _forward(module.tree) if module is not None else ():
            if called(call) in _DROPS:
                dropped += strings(*call.args[:1])
            added += _added(call, table)
    return added, dropped


def _forward(tree: ast.Module) -> Iterator[tuple[ast.Call, str]]:
    """The calls of a migration that are not there to take it back; in a batch, with its table."""
    pending: list[tuple[ast.AST, str]] = [(tree, "")]
    while pending:
        node, table = pending.pop()
        if isinstance(node, ast.FunctionDef) and node.name == "downgrade":
            continue
        if isinstance(node, ast.With):
            calls = [each.context_expr for each in node.items]
            batch = [each for each in calls if called(each) == "batch_alter_table"]
            table = _text(batch[0]) if batch else table
        if isinstance(node, ast.Call):
            yield node, table
        pending += ((child, table) for child in ast.iter_child_nodes(node))


def _added(call: ast.Call, batch: str) -> Iterator[_Added]:
    what, args = called(call), call.args
    if batch and len(args) > 1:
        args = [args[0], ast.Constant(batch), *args[1:]]
    texts = [_text(each) for each in args]
    if what == "create_unique_constraint" and len(texts) > 2:
        yield _Added(texts[0], texts[1], frozenset(strings(args[2])))
    elif what == "create_check_constraint" and len(texts) > 2:
        yield _Added(texts[0], texts[1], checked=frozenset(bounded(texts[2])))
    elif what == "create_exclude_constraint" and len(texts) > 2:
        pairs = ast.Call(ast.Name("ExcludeConstraint"), args[2:], [])
        for columns in excluded(pairs):
            yield _Added(texts[0], texts[1], excluded=columns)
    elif what == "create_index" and len(texts) > 2 and true(call, "unique"):
        yield _Added(texts[0], texts[1], frozenset(strings(args[2])))
    elif what == "create_table" and texts:
        yield from _of_table(call, texts[0])
    elif what in _RUNS:
        for text in strings(*call.args[:1]):
            yield from _of_sql(text)


def _of_table(call: ast.Call, table: str) -> Iterator[_Added]:
    for each in call.args[1:]:
        if not isinstance(each, ast.Call):
            continue
        said = keyword(each, "name")
        name = _text(said) if said is not None else ""
        if called(each) == "Column" and true(each, "unique"):
            yield _Added("", table, frozenset({_text(each.args[0])}))
        for columns in unique_sets(each):
            yield _Added(name, table, columns)
        for columns in excluded(each):
            yield _Added(name, table, excluded=columns)


def _text(node: ast.expr) -> str:
    found = strings(node)
    return found[0] if found else ""


def _of_sql(text: str) -> Iterator[_Added]:
    """``CREATE UNIQUE INDEX``, ``ALTER TABLE … ADD CONSTRAINT … UNIQUE`` or ``CHECK``."""
    for part in text.split(";"):
        if not _SQL.match(part):
            continue
        tree = parsed(part, "postgres")
        if tree is None:
            continue
        table = tree.find(exp.Table)
        if table is None:
            continue
        name = getattr(tree.this, "name", "") if isinstance(tree, exp.Create) else ""
        yield from _constraint(tree, name, table.name)


def _constraint(tree: exp.Expr, name: str, table: str) -> Iterator[_Added]:
    if isinstance(tree, exp.Create):
        params = tree.find(exp.IndexParameters)
        within = params.args.get("columns", []) if params is not None else []
        columns = frozenset(c.name for each in within for c in each.find_all(exp.Column))
        yield _Added(name, table, columns)
        return
    for constraint in tree.find_all(exp.Constraint):
        for unique in constraint.find_all(exp.UniqueColumnConstraint):
            names = frozenset(each.name for each in unique.find_all(exp.Identifier))
            yield _Added(constraint.name, table, names)
        for exclusion in constraint.find_all(exp.ExcludeColumnConstraint):
            compared = exclusion.find_all(exp.WithOperator)
            names = frozenset(c.name for each in compared for c in each.find_all(exp.Column))
            yield _Added(constraint.name, table, excluded=names)
        for check in constraint.find_all(exp.CheckColumnConstraint):
            yield _Added(constraint.name, table, checked=frozenset(bounded(written(check.this))))
