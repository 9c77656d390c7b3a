"""Candidate values for one input of a request, the best first."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from tocsin.model.http import Operation
from tocsin.model.table import Table
from tocsin.scenario import words
from tocsin.scenario.containers import KEY
from tocsin.scenario.fitting import fits, types_of
from tocsin.scenario.knowledge import View, unique_columns
from tocsin.scenario.schema import Json, declared

PER_COLUMN = 6

CONVENTIONS: tuple[tuple[frozenset[str], tuple[object, ...]], ...] = (
    (words.AMOUNTS | {"version", "page", "size", "rating", "position"}, (1, 2)),
    (frozenset({"limit"}), (10,)),
    (frozenset({"offset", "skip"}), (0,)),
    (frozenset({"email", "mail"}), ("tocsin@example.com", "tocsin2@example.com")),
    (frozenset({"phone", "mobile"}), ("+15550100",)),
    (frozenset({"url", "link", "website", "callback"}), ("https://example.com/",)),
    (frozenset({"date", "day", "birthday"}), ("2030-01-01",)),
    (frozenset({"datetime", "at", "timestamp"}), ("2030-01-01T00:00:00Z",)),
    (frozenset({"currency"}), ("USD",)),
    (frozenset({"country"}), ("US",)),
    (frozenset({"language", "locale", "lang"}), ("en",)),
    (frozenset({"password", "password1", "password2", "confirm"}), ("Tocsin-2030!",)),
    (frozenset({"role"}), ("user",)),
    (frozenset({"filename", "file"}), ("tocsin.txt",)),
    (frozenset({"enabled", "active", "confirmed", "is", "has"}), (True,)),
)


class Origin(StrEnum):
    """Where a value comes from: says how much it is worth."""

    CONFIGURED = "configured"
    EXAMPLE = "example"
    ROW = "row"
    IDENTITY = "identity"
    NAME = "name"
    SCHEMA = "schema"

    @property
    def guessed(self) -> bool:
        return self in {Origin.NAME, Origin.SCHEMA}


@dataclass(frozen=True, slots=True)
class Value:
    """One candidate."""

    value: object
    origin: Origin


@dataclass(frozen=True, slots=True)
class Wanted:
    """One input that needs a value.

    ``nouns`` are what the path speaks of, the nearest first; in a path ``identifies`` is true:
    whatever its name, the value says which one. ``creates`` is the noun of the collection that
    the request adds to, whose unique columns want new values; ``writes`` tells a request that
    changes something.
    """

    name: str
    schema: Json
    nouns: tuple[str, ...] = ()
    identifies: bool = False
    creates: str | None = None
    writes: bool = False


def wanted(operation: Operation, name: str, schema: Json, *, in_path: bool = False) -> Wanted:
    """What an input of this operation needs."""
    parts = [part for part in operation.path.split("/") if part]
    place = len(parts)
    if in_path:
        place = next((i for i, part in enumerate(parts) if "{" + name + "}" in part), place)
    order = [*reversed(parts[:place]), *parts[place:]]
    nouns = [words.noun(part) for part in order if "{" not in part]
    creates = None
    if operation.method == "POST" and not in_path and parts and "{" not in parts[-1]:
        creates = nouns[0]
    return Wanted(name, schema, tuple(nouns), in_path, creates, operation.method != "GET")


def candidates(what: Wanted, view: View) -> Iterator[Value]:
    """Values in the order of the design: configured, examples, rows, names, schema."""
    seen: set[str] = set()
    for found in _all(what, view):
        adapted = adapt(found.value, what.schema)
        if adapted is None and found.value is not None:
            continue
        if found.origin is not Origin.CONFIGURED and not fits(adapted, what.schema):
            continue
        if repr(adapted) not in seen:
            seen.add(repr(adapted))
            yield Value(adapted, found.origin)


def _all(what: Wanted, view: View) -> Iterator[Value]:
    yield from _tagged(iter(view.knowledge.params.get(what.name, ())), Origin.CONFIGURED)
    if view.knowledge.thrifty and words.is_amount(what.name):
        yield Value(1, Origin.NAME)
    yield from _tagged(declared(what.schema), Origin.EXAMPLE)
    if "const" in what.schema or "enum" in what.schema:
        return
    rows = _tagged(row_values(what, view), Origin.ROW)
    invented = itertools.chain(
        _tagged(_conventional(what), Origin.NAME), _tagged(_generated(what, view), Origin.SCHEMA)
    )
    if _wants_new(what, view):
        rows, invented = iter(()), itertools.chain(invented, rows)
    yield from rows
    if words.is_person(what.name):
        yield from _tagged(_usernames(what, view), Origin.IDENTITY)
    yield from invented


def _tagged(values: Iterator[object], origin: Origin) -> Iterator[Value]:
    return (Value(value, origin) for value in values)


def adapt(value: object, schema: Json) -> object:
    """The value as the schema's type, where that loses nothing; ``None`` if it cannot be."""
    types = types_of(schema)
    if "string" in types and isinstance(value, (int, float)) and not isinstance(value, bool):
        return value if {"integer", "number"} & set(types) else str(value)
    if isinstance(value, str) and types and "string" not in types:
        kind = {"integer": int, "number": float}.get(types[0])
        try:
            return kind(value) if kind else None
        except ValueError:
            return None
    return value


def row_values(what: Wanted, view: View) -> Iterator[object]:
    """What rows say: ``{order_id}`` takes keys of orders, ``code`` those of coupons."""
    for table, column in dict.fromkeys(_columns(what, view)):
        rows = view.rows(view_name(view, table))
        values = (row.get(column) for row in rows)
        found = [value for value in values if value is not None and value != ""]
        if words.is_someone_else(what.name):
            found.sort(key=lambda value: value == view.identity.username)
        yield from itertools.islice(dict.fromkeys(map(_hashable, found)), PER_COLUMN)


def view_name(view: View, table: Table) -> str:
    """The name under which a table's rows are known."""
    return next(name for name, one in view.all_tables.items() if one is table)


def _columns(what: Wanted, view: View) -> Iterator[tuple[Table, str]]:
    parts = words.split(what.name)
    head, last = noun_of(parts[:-1]), parts[-1] if parts else ""
    if last in words.KEYS:
        for wanted_noun in (head,) if head else what.nouns[:1]:
            for table in view.tables(wanted_noun):
                yield from ((table, column) for column in _key(table, what.name, last))
    elif head and last in words.LABELS:
        for table in view.tables(head):
            yield from ((table, one) for one in table.columns if one in {last, what.name})
    for table in view.tables(words.noun(what.name)):
        text = [one for one in unique_columns(table) if one not in table.generated]
        yield from ((table, column) for column in (*text, *table.key[:1]))
    if last not in words.KEYS or head:
        yield from _named_columns(what, view)
    if words.is_person(what.name):
        for table in (*view.tables("user"), *view.tables("account"), *view.tables("member")):
            named = [one for one in unique_columns(table) if words.is_person(one) or one == KEY]
            yield from ((table, column) for column in named)
    if what.identifies and not head:
        for table in itertools.chain.from_iterable(map(view.tables, what.nouns)):
            if len(table.key) == 1:
                yield table, table.key[0]


def noun_of(parts: tuple[str, ...]) -> str:
    """The noun that several words of a name make."""
    return words.singular("".join(parts))


def _key(table: Table, name: str, last: str) -> tuple[str, ...]:
    """The column that a key-like name means: of this very name, or the only key."""
    exact = tuple(column for column in table.columns if column in {name, last})
    return table.key if len(table.key) == 1 else exact


def _named_columns(what: Wanted, view: View) -> Iterator[tuple[Table, str]]:
    """Columns of this name: of the path's own tables first, then those that name a row."""
    squashed = "".join(words.split(what.name))
    meant = {squashed, *(squashed + ending for ending in ("name", "code", "slug", "number"))}
    found = [
        (table, column)
        for table in view.all_tables.values()
        for column in table.columns
        if "".join(words.split(column)) in meant
    ]
    near = [table.name for wanted_noun in what.nouns for table in view.tables(wanted_noun)]

    def order(pair: tuple[Table, str]) -> tuple[int, bool, bool]:
        table, column = pair
        distance = near.index(table.name) if table.name in near else len(near)
        exact = "".join(words.split(column)) == squashed
        return distance, not exact, column not in unique_columns(table)

    yield from sorted(found, key=order)


def _wants_new(what: Wanted, view: View) -> bool:
    """Whether the value is written, not looked up: what is in the rows already changes nothing."""
    name = words.split(what.name)
    if what.identifies or not what.writes or words.names_a_row(what.name):
        return False
    for noun in what.nouns:
        for table in view.tables(noun):
            if name in map(words.split, table.columns):
                unique = name in map(words.split, unique_columns(table))
                return noun == what.creates if unique else True
    return False


def _usernames(what: Wanted, view: View) -> Iterator[object]:
    mine = view.identity.username
    others = [name for name in view.knowledge.usernames if name != mine]
    own = [mine] if mine else []
    yield from [*others, *own] if words.is_someone_else(what.name) else [*own, *others]


def _conventional(what: Wanted) -> Iterator[object]:
    parts = words.split(what.name)
    for names, values in CONVENTIONS:
        if parts and (parts[-1] in names or (parts[0] in {"is", "has"} and parts[0] in names)):
            yield from values


def _generated(what: Wanted, view: View) -> Iterator[object]:
    def named(name: str, schema: Mapping[str, object]) -> Iterator[object]:
        inner = replace(what, name=name, schema=schema, identifies=False)
        return (found.value for found in candidates(inner, view)) if name else iter(())

    yield from view.knowledge.generate(what.schema, named)


def _hashable(value: object) -> object:
    return value if isinstance(value, (str, int, float, bool)) else str(value)
