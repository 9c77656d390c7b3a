"""The tables a statement touches, from sqlglot's tree.

A condition narrows a table only if it is an equality that every row of *that* table must meet:
a conjunct of the WHERE of the very query the table is in, on a column that can be no other's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from tocsin.model.access import Mode
from tocsin.stores.sql_parse import parsed
from tocsin.stores.sql_rows import (
    EVERYTHING,
    UNKNOWN,
    Columns,
    Operand,
    Pattern,
    comparable,
)
from tocsin.stores.sql_text import PREFIX, Dialect, Piece

__all__ = ["EVERYTHING", "patterns"]

_READABLE = frozenset(
    {"SELECT", "WITH", "VALUES", "TABLE", "("}
    | {"INSERT", "REPLACE", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "COPY"}
)
_ROOTS = (exp.Query, exp.DML, exp.Values, exp.Merge, exp.TruncateTable, exp.Copy)
_CATALOGUES = frozenset({"pg_catalog", "information_schema"})
_DEFAULT = {"sqlite": "main", "postgres": "public"}
"""The schema that need not be named. In MySQL that is the session's database, which has a name."""

_SYSTEM = {"mysql": frozenset({"mysql", "performance_schema", "sys"})}
_CATALOGUE = re.compile(
    r"sqlite_(?:temp_)?(?:master|schema)"
    r"|pg_(?:am|attrdef|attribute|authid|auth_members|available_extensions|class|collation"
    r"|constraint|cursors|database|depend|description|enum|extension|index|indexes|inherits|locks"
    r"|matviews|namespace|opclass|operator|partitioned_table|prepared_statements|proc|range|roles"
    r"|sequence|sequences|settings|shdescription|stat_activity|stat_user_tables|tables"
    r"|tablespace|timezone_names|trigger|type|user|views)"
)
# SQLite's other names for a key: they change with it without being set.
_HIDDEN = frozenset({"rowid", "oid", "_rowid_", "ctid"})
_HIDDEN_CODE = re.compile(r"/\*M?!")
"""What MySQL executes and everybody else takes for a comment."""

_PLAIN_CASTS = frozenset(
    {
        exp.DataType.Type.SMALLINT,
        exp.DataType.Type.INT,
        exp.DataType.Type.BIGINT,
        exp.DataType.Type.UUID,
        exp.DataType.Type.TEXT,
        exp.DataType.Type.VARCHAR,
    }
)


def patterns(piece: Piece, dialect: Dialect) -> tuple[Pattern, ...]:
    """The accesses of one statement; `EVERYTHING` if it cannot be understood."""
    if dialect == "mysql" and _HIDDEN_CODE.search(piece.sql):
        return EVERYTHING
    if piece.words[0] == "LOCK":
        return _locked(piece, dialect)
    tree = _parsed(piece, dialect)
    if not isinstance(tree, _ROOTS) or tree.find(exp.Into, exp.Command):
        return EVERYTHING
    return _Reading(piece, dialect, tree).patterns()


def _parsed(piece: Piece, dialect: Dialect) -> exp.Expr | None:
    words, sql = piece.words, piece.sql
    if words[0] == "DECLARE":  # a cursor: what it declares is read
        _, found, sql = sql.partition(" FOR ") if " FOR " in sql else sql.partition(" for ")
        words = tuple(sql.upper().split(maxsplit=1)[:1]) if found else ()
    if not words or words[0] not in _READABLE:
        return None
    if words[0] == "REPLACE":
        sql = f"INSERT OR {sql}"
    return parsed(sql, dialect)


def _locked(piece: Piece, dialect: Dialect) -> tuple[Pattern, ...]:
    words = [word for word in piece.sql.split()[1:] if word.upper() not in ("TABLE", "ONLY")]
    if not words or any("," in word for word in words):
        return EVERYTHING
    table = exp.to_table(words[0], dialect=dialect)
    name = table_name(table, dialect)
    return (Pattern(name, Mode.READ, "lock", locks=True),) if name else EVERYTHING


def table_name(table: exp.Table, dialect: Dialect) -> str | None:
    """The table as the database knows it; ``None`` for functions and the catalogue."""
    if not isinstance(table.this, exp.Identifier):
        return None
    name = _folded(table.this, dialect)
    schema = table.args.get("db")
    if schema is None:
        return None if _CATALOGUE.fullmatch(name) else name
    prefix = _folded(schema, dialect)
    system = _CATALOGUES | _SYSTEM.get(dialect, frozenset())
    if prefix in system or _CATALOGUE.fullmatch(name):
        return None
    return name if prefix == _DEFAULT.get(dialect) else f"{prefix}.{name}"


def _folded(identifier: exp.Identifier, dialect: Dialect) -> str:
    keeps_case = dialect == "postgres" and identifier.args.get("quoted")
    return identifier.name if keeps_case else identifier.name.lower()


class _Reading:
    """One walk over one statement's tree."""

    def __init__(self, piece: Piece, dialect: Dialect, tree: exp.Expr) -> None:
        self._keys = piece.keys
        self._dialect = dialect
        self._tree = tree

    def patterns(self) -> tuple[Pattern, ...]:
        found: list[Pattern] = []
        for table in self._tree.find_all(exp.Table):
            if isinstance(table.parent, exp.Lock) or table.arg_key in ("indexed", "tables"):
                continue
            name = table_name(table, self._dialect)
            if name is not None and not self._is_cte(table):
                found.extend(self._of(table, name))
        return tuple(found)

    def _of(self, table: exp.Table, name: str) -> Iterator[Pattern]:
        """The accesses that one mention of a table stands for."""
        holder = table.parent if isinstance(table.parent, exp.Schema) else table
        owner = holder.parent
        target = holder.arg_key == "this"
        if several := _of_several(table):
            yield Pattern(name, Mode.READ, "select")
            yield Pattern(name, Mode.WRITE, several, assigned=None)
        elif isinstance(owner, exp.Insert) and target:
            yield from self._inserted(owner, name)
        elif isinstance(owner, exp.Update) and target:
            rows = self._narrowed(owner, table)
            yield Pattern(name, Mode.READ, "select", columns=rows)
            yield self._updated(owner, name, rows)
        elif isinstance(owner, exp.Delete) and target:
            rows = self._narrowed(owner, table)
            yield Pattern(name, Mode.READ, "select", columns=rows)
            yield Pattern(name, Mode.WRITE, "delete", columns=rows)
        elif isinstance(owner, exp.Merge) and target:
            yield Pattern(name, Mode.READ, "select")
            yield Pattern(name, Mode.WRITE, "merge", assigned=None)
        elif isinstance(owner, exp.TruncateTable):
            yield Pattern(name, Mode.WRITE, "delete")
        elif isinstance(owner, exp.Copy) and target and owner.args.get("kind"):
            yield Pattern(name, Mode.WRITE, "insert", assigned=None)
        else:
            yield self._selected(table, name)

    def _selected(self, table: exp.Table, name: str) -> Pattern:
        scope = table.find_ancestor(exp.Select, exp.Update, exp.Delete, exp.Merge)
        direct = isinstance(table.parent, exp.From | exp.Join) and table.parent.parent is scope
        rows = self._narrowed(scope, table) if scope and direct else ()
        locks = isinstance(scope, exp.Select) and any(
            not lock.expressions or table.alias_or_name in {each.name for each in lock.expressions}
            for lock in scope.args.get("locks") or ()
        )
        return Pattern(name, Mode.READ, "select", locks=locks, columns=rows)

    def _inserted(self, insert: exp.Insert, name: str) -> Iterator[Pattern]:
        columns = self._inserted_columns(insert)
        if any(insert.args.get(part) for part in ("conflict", "alternative", "ignore")):
            yield Pattern(name, Mode.READ, "select")
            yield Pattern(name, Mode.WRITE, "insert", assigned=None)
        else:
            yield Pattern(name, Mode.WRITE, "insert", columns=columns or (), assigned=columns)

    def _inserted_columns(self, insert: exp.Insert) -> Columns | None:
        """What the new rows hold; ``None`` if the columns are not named."""
        if not isinstance(insert.this, exp.Schema):
            return None
        names = [self._column(each) for each in insert.this.expressions]
        rows = insert.expression
        if not isinstance(rows, exp.Values):
            return tuple((column, (UNKNOWN,)) for column in names)
        tuples = [row.expressions for row in rows.expressions]
        if any(len(row) != len(names) for row in tuples):
            return None
        return tuple(
            (column, tuple(self._operand(row[place]) for row in tuples))
            for place, column in enumerate(names)
        )

    def _updated(self, update: exp.Update, name: str, rows: Columns) -> Pattern:
        """The rows as they were and as they become: a column that is set holds either value."""
        simple = all(
            isinstance(each, exp.EQ) and isinstance(each.this, exp.Column)
            for each in update.expressions
        )
        if not simple:
            return Pattern(name, Mode.WRITE, "update", assigned=None)
        sets = {
            self._column(each.this.this): (self._operand(each.expression),)
            for each in update.expressions
        }
        columns = tuple((column, values + sets.get(column, ())) for column, values in rows)
        return Pattern(name, Mode.WRITE, "update", columns=columns, assigned=tuple(sets.items()))

    def _narrowed(self, scope: exp.Expr, table: exp.Table) -> Columns:
        where = scope.args.get("where")
        if where is None or table.args.get("joins"):
            return ()
        alone = _alone(scope)
        found: dict[str, tuple[Operand, ...]] = {}
        for condition in _conjuncts(where.this):
            column, values = _equality(condition)
            if column is None or not (self._named(column, table) if column.table else alone):
                continue
            operands = tuple(self._operand(value) for value in values)
            name = self._column(column.this)
            if UNKNOWN not in operands and name not in _HIDDEN:
                found.setdefault(name, operands)
        return tuple(found.items())

    def _named(self, column: exp.Column, table: exp.Table) -> bool:
        alias = table.args.get("alias")
        known = alias.this if alias and alias.this else table.this
        return self._column(column.args["table"]) == self._column(known)

    def _column(self, node: exp.Expr) -> str:
        return _folded(node, self._dialect) if isinstance(node, exp.Identifier) else node.name

    def _operand(self, node: exp.Expr) -> Operand:
        node = node.unnest()
        if isinstance(node, exp.Placeholder) and node.name.startswith(PREFIX):
            return Operand(key=self._keys[int(node.name.removeprefix(PREFIX))])
        if isinstance(node, exp.Cast) and type(node) is exp.Cast:
            plain = node.to.this in _PLAIN_CASTS and not node.to.expressions
            return self._operand(node.this) if plain else UNKNOWN
        sign = "-" if isinstance(node, exp.Neg) else ""
        literal = node.this if sign else node
        # psycopg halves the doubled percent sign only if there are parameters.
        if isinstance(literal, exp.Literal) and "%%" not in literal.name:
            return Operand(constant=comparable(sign + literal.name))
        return UNKNOWN

    def _is_cte(self, table: exp.Table) -> bool:
        """Whether the name is that of a WITH that is visible where the table is mentioned."""
        if table.args.get("db"):
            return False
        node: exp.Expr | None = table
        inside: exp.Expr | None = None
        while node is not None:
            clause = node.args.get("with_")
            if clause is not None and self._names_cte(table, clause, inside):
                return True
            if isinstance(node, exp.CTE):
                inside = node
            node = node.parent
        return False

    def _names_cte(self, table: exp.Table, clause: exp.With, inside: exp.Expr | None) -> bool:
        # Inside of a WITH only the earlier ones are visible, unless they are recursive.
        recursive = clause.args.get("recursive") or self._dialect == "sqlite"
        for each in clause.expressions:
            if each is inside and not recursive:
                return False
            alias = each.args["alias"].this
            if self._column(alias) == self._column(table.this):
                return True
        return False


def _of_several(table: exp.Table) -> str:
    """The verb, if this is one of several tables that MySQL updates or deletes from at once."""
    joined = table.parent if isinstance(table.parent, exp.Join) else None
    first = table if joined is None else joined.parent
    if not isinstance(first, exp.Table):
        return ""
    owner = first.parent
    if isinstance(owner, exp.Update) and first.args.get("joins"):
        return "update"
    if isinstance(owner, exp.Delete) and (owner.args.get("tables") or joined):
        return "delete"
    return ""


def _alone(scope: exp.Expr) -> bool:
    """Whether a bare column of this query can belong to one table only."""
    if any(scope.args.get(part) for part in ("joins", "laterals", "using")):
        return False
    if not isinstance(scope, exp.Select) and scope.args.get("from_"):
        return False
    # A nested query may mean a column of the query around it. What stands beside it cannot.
    node = scope
    while node.parent is not None:
        beside = isinstance(node.parent, exp.SetOperation | exp.With | exp.CTE) or (
            isinstance(node.parent, exp.Insert) and node.arg_key == "expression"
        )
        at_top = isinstance(node, exp.With) and node.parent.parent is None
        if not beside and not at_top:
            return False
        node = node.parent
    return True


def _conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    node = node.unnest()
    if isinstance(node, exp.And):
        yield from _conjuncts(node.left)
        yield from _conjuncts(node.right)
    else:
        yield node


def _equality(node: exp.Expr) -> tuple[exp.Column | None, list[exp.Expr]]:
    """The column and the values of ``column = value`` and ``column IN (values)``."""
    if isinstance(node, exp.EQ):
        left, right = node.left.unnest(), node.right.unnest()
        if isinstance(left, exp.Column):
            return left, [right]
        if isinstance(right, exp.Column):
            return right, [left]
    elif isinstance(node, exp.In) and isinstance(node.this, exp.Column) and node.expressions:
        return node.this, node.expressions
    return None, []
