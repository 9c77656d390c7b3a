"""What is known besides the operations: configuration, rows, identities; and who owns which row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tocsin.model.http import Identity
from tocsin.model.table import Row, Table
from tocsin.scenario.schema import Json, Named, generate
from tocsin.scenario.words import KEYS, STATES, closeness, is_person, noun, split

ROWS = 200
HOPS = 2
UNRELATED = HOPS + 1


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything request values are taken from.

    ``params`` are the configured values by parameter name. ``rows`` without a table in ``tables``
    (containers in memory) count as a table whose key is the first column. ``generate`` makes values
    out of a schema; bodies are made as a ``whole`` where members depend on each other. ``thrifty``:
    what is spent is gone, so amounts are 1 where nobody configured them.
    """

    params: Mapping[str, Sequence[object]] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    rows: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    identities: Sequence[Identity] = ()
    generate: Callable[[Json, Named], Iterator[object]] = generate
    whole: bool = False
    thrifty: bool = False

    def seen_by(self, identity: Identity) -> View:
        """The same with this identity's own rows first."""
        tables = {
            name: self.tables.get(name) or _inferred(name, rows)
            for name, rows in self.rows.items()
            if rows or name in self.tables
        }
        rows = {name: tuple(self.rows[name][:ROWS]) for name in tables}
        return View(self, identity, tables, rows, _ranks(tables, rows, identity.username))

    @property
    def usernames(self) -> tuple[str, ...]:
        """The configured users, in their order."""
        names = (identity.username for identity in self.identities)
        return tuple(dict.fromkeys(name for name in names if name))


@dataclass(frozen=True, slots=True)
class View:
    """What is known, as one identity sees it. ``ranks`` tells how near each row is to it."""

    knowledge: Knowledge
    identity: Identity
    all_tables: Mapping[str, Table]
    all_rows: Mapping[str, tuple[Row, ...]]
    ranks: Mapping[str, tuple[int, ...]]

    def tables(self, wanted: str) -> list[Table]:
        """The tables whose rows this noun may name, the best first."""
        found = [
            (rank, name)
            for name in self.all_tables
            if (rank := closeness(name, wanted)) is not None
        ]
        return [self.all_tables[name] for _, name in sorted(found)]

    def rows(self, table: str, nearer_than: int = UNRELATED + 1) -> list[Row]:
        """The rows of a table, the identity's own first."""
        ranked = zip(self.ranks[table], self.all_rows[table], strict=True)
        near = [(rank, row) for rank, row in ranked if rank < nearer_than]
        return [row for _, row in sorted(near, key=lambda pair: pair[0])]

    def own(self) -> Iterator[tuple[Table, Row]]:
        """The rows that name the identity, or are one reference away from one that does."""
        for name, table in self.all_tables.items():
            for row in self.rows(name, nearer_than=2):
                yield table, row


def unique_columns(table: Table) -> tuple[str, ...]:
    """The columns that alone name a row: the key, and what is declared unique."""
    single = [columns[0] for columns in (table.key, *table.unique) if len(columns) == 1]
    return tuple(dict.fromkeys(single))


def references(table: Table, tables: Mapping[str, Table]) -> dict[str, tuple[str, str]]:
    """Declared references, and those that a name like ``owner_id``/``order_id`` tells."""
    found = dict(table.references)
    for column in table.columns:
        words = split(column)
        if column in found or column in table.key or len(words) < 2 or words[-1] not in KEYS:
            continue
        wanted = "user" if is_person(column) else noun("_".join(words[:-1]))
        for other in tables.values():
            if closeness(other.name, wanted) is not None and len(other.key) == 1:
                found[column] = (other.name, other.key[0])
                break
    return found


def _inferred(name: str, rows: Sequence[Row]) -> Table:
    columns = tuple(dict.fromkeys(column for row in rows[:ROWS] for column in row))
    return Table(name=name.replace(":", "."), columns=columns, key=columns[:1])


def _ranks(
    tables: Mapping[str, Table], rows: Mapping[str, tuple[Row, ...]], username: str | None
) -> dict[str, tuple[int, ...]]:
    """Steps from the rows that hold the user's name to every other row, along references."""
    near: dict[tuple[str, int], int] = {}
    if username:
        for name, table in tables.items():
            columns = [one for one in table.columns if not STATES & set(split(one))]
            for index, row in enumerate(rows[name]):
                if any(row.get(column) == username for column in columns):
                    near[name, index] = 0
    edges = _edges(tables, rows)
    for hop in range(1, HOPS + 1):
        for row_id in [row_id for row_id, rank in near.items() if rank == hop - 1]:
            for neighbour in edges.get(row_id, ()):
                near.setdefault(neighbour, hop)
    return {
        name: tuple(near.get((name, index), UNRELATED) for index in range(len(rows[name])))
        for name in tables
    }


def _edges(
    tables: Mapping[str, Table], rows: Mapping[str, tuple[Row, ...]]
) -> dict[tuple[str, int], list[tuple[str, int]]]:
    edges: dict[tuple[str, int], list[tuple[str, int]]] = {}
    for name, table in tables.items():
        for column, (other, key) in references(table, tables).items():
            if other not in rows:
                continue
            places = {repr(row.get(key)): index for index, row in enumerate(rows[other])}
            for index, row in enumerate(rows[name]):
                place = places.get(repr(row.get(column)))
                if place is not None:
                    edges.setdefault((name, index), []).append((other, place))
                    edges.setdefault((other, place), []).append((name, index))
    return edges
