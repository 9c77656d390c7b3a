"""What the analysis knows of a value: what it is, how it is named, which reads it came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from operator import is_
from typing import ClassVar

from tocsin.source.project import ClassSymbol, FunctionSymbol, ModuleSymbol
from tocsin.static.models import Model
from tocsin.static.noun import noun
from tocsin.static.term import Term, fill, parameter_of

ROWCOUNT = "(row count)"
"""The column of a dependency on how many rows a write has changed."""


REST = "**"
"""The name of the parts of an object that are not known one by one."""


@noun(frozen=True, slots=True)
class Dep:
    """A value was computed from ``column`` of a read.

    ``source`` is the index of the effect, or, in a summary, the name of a parameter. The column
    is empty where the value is the row itself, or whether there is one.
    """

    source: int | str
    column: str = ""


@lru_cache(maxsize=1 << 15)
def dep(source: int | str, column: str = "") -> Dep:
    """The dependency: most are of few reads, and there are hundreds of thousands."""
    return Dep(source, column)


Deps = frozenset[Dep]
NO_DEPS: Deps = frozenset()


@noun(frozen=True, slots=True)
class Condition:
    """One conjunct of a WHERE: ``column op term``, as in ``status = pending``.

    ``column`` is empty for a condition that names no column of the queried table, as a
    subquery; ``tables`` are then the tables that it reads, and ``locks`` says that it locks them.
    """

    column: str
    op: str
    term: Term
    deps: Deps = NO_DEPS
    tables: tuple[str, ...] = ()
    locks: bool = False


@noun(frozen=True, slots=True)
class Query:
    """A statement that is being built, and has not run: what it will read or write, and of what.

    ``verb`` is ``select``, ``update``, ``delete`` or ``insert``; ``shape`` what it answers with:
    ``rows``, ``count``, ``exists``, ``value``. ``values`` are the columns an update sets.
    ``options`` holds words that change its meaning, as ``populate_existing``.
    """

    model: Model | None
    verb: str = "select"
    where: tuple[Condition, ...] = ()
    columns: tuple[str, ...] = ()
    shape: str = "rows"
    values: tuple[tuple[str, Value], ...] = ()
    lock: str = ""
    options: frozenset[str] = frozenset()


@noun(frozen=True, slots=True)
class Row:
    """A row of a model, or several, as an object; ``columns`` where only some were selected.

    ``new`` rows were made by a constructor and are not stored yet; ``values`` are what they were
    made of. ``maybe`` is a row that is such a new one, or one that was found.
    """

    model: Model
    where: tuple[Condition, ...] = ()
    columns: tuple[str, ...] = ()
    new: bool = False
    values: tuple[tuple[str, Value], ...] = ()
    maybe: bool = False


@noun(frozen=True, slots=True)
class Filter:
    """A boolean expression over columns: a conjunction, as far as it is understood.

    ``query`` is what an ``exists`` asks, or says whose columns a comparison is about.
    """

    where: tuple[Condition, ...]
    query: Query | None = None


@noun(frozen=True, slots=True)
class Column:
    """A column of a model, or an expression of columns that the database evaluates."""

    model: Model | None
    name: str
    relative: bool = False


@noun(frozen=True, slots=True)
class Constant:
    """A literal."""

    value: str | int | float | bytes | bool | None


@noun(frozen=True, slots=True)
class Text:
    """A text that is put together of constants and of what is filled in."""

    parts: tuple[Value, ...]


@noun(frozen=True, slots=True)
class Fields:
    """An object, mapping or sequence of which the parts are known. Sequences count from ``"0"``."""

    parts: tuple[tuple[str, Value], ...]

    def get(self, name: str) -> Value | None:
        return next((value for key, value in reversed(self.parts) if key == name), None)


@noun(frozen=True, slots=True)
class Function:
    """A function of the project, with what it closes over and the object it is bound to."""

    symbol: FunctionSymbol
    closure: tuple[tuple[str, Value], ...] = ()
    bound: Value | None = None
    decorated: bool = False


@noun(frozen=True, slots=True)
class Class:
    """A class: of the project, of a model, or both."""

    symbol: ClassSymbol | None = None
    model: Model | None = None


@noun(frozen=True, slots=True)
class External:
    """Something outside the project, by its dotted name; a method if there is a receiver."""

    name: str
    receiver: Value | None = None
    keywords: tuple[tuple[str, Value], ...] = ()


@noun(frozen=True, slots=True)
class Shared:
    """An object that all requests see: a module-level container, or what was found in one.

    ``name`` is that of the variable; ``path`` are the keys below it, as terms.
    """

    name: str
    path: tuple[Term, ...] = ()


Data = (
    Query
    | Row
    | Filter
    | Column
    | Constant
    | Text
    | Fields
    | Function
    | Class
    | External
    | Shared
    | ModuleSymbol
)


@noun(frozen=True, slots=True)
class Value:
    """What an expression gives.

    ``term`` names it: two values with equal terms are the same as long as nothing was written.
    ``type`` is the qualified name of its class, or the name that the tables give it; empty when
    unknown. ``deps`` are the reads it was computed from. ``sense`` says what its truth means: 1
    that something was found, -1 that nothing was, 0 neither.
    """

    term: Term
    deps: Deps = NO_DEPS
    type: str = ""
    data: Data | None = None
    sense: int = 0
    fixed: ClassVar[bool | None] = None
    """Of an argument: whether it is a short literal. That much is known without looking."""

    def depending(self, deps: Deps) -> Value:
        """The same value, known to depend on more."""
        if deps <= self.deps:
            return self
        return Value(self.term, self.deps | deps, self.type, self.data, self.sense)


def deps_of(value: Value) -> Deps:
    """All that a value and its parts depend on."""
    found = set(value.deps)
    match value.data:
        case Query(where=where, values=parts) | Row(where=where, values=parts):
            found.update(dep for each in where for dep in each.deps)
        case Filter(where):
            found.update(dep for each in where for dep in each.deps)
            parts = ()
        case Fields(parts):
            pass
        case Text(pieces):
            parts = tuple(("", each) for each in pieces)
        case Function(closure=parts, bound=bound):
            parts = (*parts, ("self", bound)) if bound else parts
        case External(receiver=Value() as receiver):
            parts = (("self", receiver),)
        case _:
            parts = ()
    for _, each in parts:
        found |= deps_of(each)
    return frozenset(found)


@dataclass(eq=False, slots=True)
class Bindings:
    """What a summary's parameters stand for at a call, and where its effects begin there.

    ``places`` say which place each effect has among those that the summary has kept: -1 for one
    that was left out, on which nothing depends.
    ``collection`` gives the documents that a name of the caller's is of.
    """

    values: Mapping[str, Value]
    offset: int
    places: tuple[int, ...] | None = None
    collection: Callable[[str], Model] | None = None
    _deps: dict[Deps, Deps] = field(default_factory=dict, repr=False)
    _terms: dict[Term, Term] = field(default_factory=dict, repr=False)

    def term(self, term: Term) -> Term:
        if "`" not in term:
            return term
        found = self._terms.get(term)
        if found is None:
            found = self._terms[term] = fill(term, self._named)
        return found

    def _named(self, name: str) -> Term | None:
        given = self.values.get(name)
        return given.term if given is not None else None

    def deps(self, deps: Deps) -> Deps:
        """Dependencies on parameters become those of the arguments.

        The same object where nothing changes: most effects of a summary share theirs.
        """
        if not deps:
            return deps
        found = self._deps.get(deps)
        if found is None:
            moved = self.moved(deps)
            found = self._deps[deps] = deps if moved == deps else moved
        return found

    def model(self, model: Model | None) -> Model | None:
        """Documents that a callee knows by a parameter are those that the caller has handed on."""
        if model is None or self.collection is None or "`" not in model.table:
            return model
        term = self.term(model.table)
        return model if term == model.table else self.collection(term)

    def moved(self, deps: Deps) -> Deps:
        found: set[Dep] = set()
        offset, places = self.offset, self.places
        for each in deps:
            source, column = each.source, each.column
            if isinstance(source, int):
                place = source
                if places is not None:
                    place = places[source] if source < len(places) else -1
                if place >= 0:
                    found.add(dep(place + offset, column))
            elif (given := self.values.get(source)) is not None:
                found.update(
                    dep(one.source, column) if column and not one.column else one
                    for one in given.deps
                )
        return frozenset(found)

    def where(self, where: tuple[Condition, ...]) -> tuple[Condition, ...]:
        moved = tuple(map(self._condition, where))
        return where if all(map(is_, where, moved)) else moved

    def _condition(self, each: Condition) -> Condition:
        term, deps = self.term(each.term), self.deps(each.deps)
        if term is each.term and deps is each.deps:
            return each
        return Condition(each.column, each.op, term, deps, each.tables, each.locks)

    def parts(self, parts: tuple[tuple[str, Value], ...]) -> tuple[tuple[str, Value], ...]:
        return tuple((name, self.value(value)) for name, value in parts)

    def value(self, value: Value) -> Value:
        """The value in the words of the caller."""
        name = parameter_of(value.term)
        if name is not None:
            given = self.values.get(name)
            if given is not None:
                made = given.depending(self.deps(value.deps))
                if isinstance(value.data, Fields) and given.data is None:  # filled by the callee
                    return replace(made, data=self._data(value.data))
                return made
        return Value(
            self.term(value.term),
            self.deps(value.deps),
            value.type,
            self._data(value.data),
            value.sense,
        )

    def _data(self, data: Data | None) -> Data | None:
        match data:
            case Query(model, where=where, values=values):
                made, where = self.model(model), self.where(where)
                return replace(data, model=made, where=where, values=self.parts(values))
            case Row(model, where=where, values=values):
                made, where = self.model(model) or model, self.where(where)
                return replace(data, model=made, where=where, values=self.parts(values))
            case Filter(where):
                query = data.query and replace(data.query, where=self.where(data.query.where))
                return Filter(self.where(where), query)
            case Fields(parts):
                return Fields(self.parts(parts))
            case Text(parts):
                return Text(tuple(map(self.value, parts)))
            case Function():
                bound = self.value(data.bound) if data.bound else None
                return replace(data, closure=self.parts(data.closure), bound=bound)
            case External(receiver=Value() as receiver):
                return replace(data, receiver=self.value(receiver))
            case Shared(name, path):
                return Shared(name, tuple(map(self.term, path)))
            case _:
                return data
