"""Arguments that note what is looked at: a summary holds for all calls that agree on that much.

A function sees parameters in the place of its arguments. What it asks of one is answered by the
argument itself, and noted; where that is a parameter of the caller, it is noted there as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from operator import is_
from typing import Any

from tocsin.source.project import ModuleSymbol
from tocsin.static.interpret.asked import (
    OWN,
    PARTS,
    WHOLE,
    Answer,
    Named,
    Question,
    compared,
    literal,
    mark,
    models,
    names,
    open_,
    part,
    phrase,
    placeholder,
    view,
    whole,
)
from tocsin.static.term import parameter
from tocsin.static.value import (
    NO_DEPS,
    Class,
    Column,
    Condition,
    Constant,
    Data,
    Deps,
    External,
    Fields,
    Filter,
    Function,
    Query,
    Row,
    Shared,
    Text,
    Value,
    dep,
)

Places = dict[str, tuple[str, str]]
"""Where a part is found: the path of the whole, and the step from there."""

Told = Callable[[], Value | None]
"""What is known of a parameter, but from its argument."""

_HANDED = "model "
_PHRASE = "phrase"
_set = object.__setattr__


@dataclass(slots=True, eq=False)
class Given(Mapping[str, Value]):
    """The arguments of one call, and their parts by the paths at which a function sees them."""

    roots: Mapping[str, Value]
    places: Places
    own: str = ""
    _known: dict[str, Value | None] = field(init=False)

    def __post_init__(self) -> None:
        self._known = dict(self.roots)

    def get(self, path: str, default: Any = None) -> Any:
        """The value at a path."""
        known = self._known
        if path in known:
            return known[path]
        place = self.places.get(path)
        if place is None:
            return default
        above = self.get(place[0])
        found = known[path] = part(above, place[1]) if above is not None else None
        return found

    def __getitem__(self, path: str) -> Value:
        found: Value | None = self.get(path)
        if found is None:
            raise KeyError(path)
        return found

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and self.get(path) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self.roots)

    def __len__(self) -> int:
        return len(self.roots)

    def answer(self, question: Question) -> Answer:
        path, what = question
        if not path:
            return self.hands(what.removeprefix(_HANDED))
        return _asked(self[path], what)

    def hands(self, model: str) -> bool:
        """Whether the function is handed this model, besides the object that it is a method of."""
        return any(_hands(each, model) for name, each in self.roots.items() if name != self.own)


def _asked(value: Value, what: str) -> Answer:
    if what == "type":
        return value.type
    if what == "kind":
        data = view(value)
        kind: Any = None if data is None else _KINDS[type(data)]
        return (kind, whole(data)) if isinstance(data, WHOLE) else kind
    if what == "sense":
        return value.sense
    if what.startswith(_HANDED):
        return _hands(value, what.removeprefix(_HANDED))
    if what == _PHRASE:
        return spoken(value) if isinstance(value, Watched) else phrase(view(value))
    data = view(value)
    return None if data is None else compared(_KINDS[type(data)], what, getattr(data, what))


def spoken(value: Value) -> bool:
    """Whether a value may be a statement: less than which text it is."""
    if isinstance(value, Watched):
        return bool(value.eye.ask(_PHRASE))
    return phrase(value.data)


def _hands(value: Value, model: str) -> bool:
    if isinstance(value, Watched):
        return bool(value.eye.ask(_HANDED + model))
    return model in models(value.data)


@dataclass(slots=True, eq=False)
class Log:
    """What a function has asked so far, in order, with the answers."""

    given: Given
    notes: dict[Question, Answer] = field(default_factory=dict)

    def agrees(self, given: Given) -> bool:
        """Whether other arguments would have answered the same so far.

        Where they are made of ours, answering asks us, and is noted here.
        """
        return all(given.answer(asked) == told for asked, told in list(self.notes.items()))

    def arguments(self) -> dict[str, Value]:
        """The arguments as the function sees them."""
        return {name: self.watched(name, each) for name, each in self.given.roots.items()}

    def watched(self, path: str, actual: Value) -> Value:
        """What the function sees of a value."""
        if placeholder(actual):
            return actual
        fixed = literal(actual)
        deps = NO_DEPS if fixed else frozenset({dep(path)})
        return _watched(_Eye(self, path, actual), deps, fixed=fixed)

    def placed(self, path: str, step: str) -> str:
        """A path of its own for a part."""
        made = (path + step).replace("`", "'")
        if made in self.given.roots:
            made += "'"
        self.given.places[made] = (path, step)
        return made


@dataclass(slots=True, eq=False)
class Handed:
    """The models that a function is handed, as far as it asks."""

    log: Log

    def __contains__(self, model: object) -> bool:
        if not isinstance(model, str) or not model:
            return False
        question = ("", _HANDED + model)
        known = self.log.notes.get(question)
        if known is None:
            known = self.log.notes[question] = self.log.given.hands(model)
        return bool(known)


@dataclass(frozen=True, slots=True, eq=False)
class _Eye:
    """The way from a parameter to its argument. It knows no parameter: nothing goes in circles."""

    log: Log
    path: str
    actual: Value

    def ask(self, what: str) -> Answer:
        """Ask the argument, and note what it answers."""
        question, notes = (self.path, what), self.log.notes
        if question in notes:
            return notes[question]
        told = notes[question] = _asked(self.actual, what)
        return told

    def data(self, *, fixed: bool) -> Data | None:
        """The data of the argument, of which a field is asked for when it is looked at."""
        if not fixed and self.ask("kind") is None:
            return None
        data = view(self.actual)
        if data is None or isinstance(data, WHOLE):
            return data
        made: Data = object.__new__(_WATCHED[_KINDS[type(data)]])
        _set(made, "eye", self)
        return made

    def content(self, kind: type[Data], name: str) -> Any:
        """A field of the data, with the parts of it as parameters."""
        if kind is Row and name == "where":
            return ()
        content: Any = getattr(view(self.actual), name)
        question = (self.path, name)
        if question not in self.log.notes:
            self.log.notes[question] = compared(kind, name, content)
        if (kind, name) in PARTS:
            return tuple((key, self._part(f".{key}", each)) for key, each in content)
        if name == "where":
            return tuple(self._condition(index, each) for index, each in enumerate(content))
        if isinstance(content, Value):
            return self._part(f".{OWN}", content)
        if kind is Shared and name == "path":
            return tuple(
                parameter(self.log.placed(self.path, f"/{index}")) for index in range(len(content))
            )
        return content

    def _part(self, step: str, actual: Value) -> Value:
        return self.log.watched(self.log.placed(self.path, step), actual)

    def _condition(self, index: int, each: Condition) -> Condition:
        if open_(each):
            return each
        path = self.log.placed(self.path, f"#{index}")
        deps = frozenset({dep(path)}) if each.deps else each.deps
        return replace(each, term=parameter(path), deps=deps)


class Watched(Value):
    """A parameter. Its name is known, and what is not looked at is not there yet."""

    __slots__ = ("eye", "fixed", "told")

    eye: _Eye
    fixed: bool  # type: ignore[misc]
    told: Told | None

    def __new__(cls, *fields: Any, **named: Any) -> Value:  # type: ignore[misc]
        return Value(*fields, **named)  # what is made of it is no parameter

    def __getattr__(self, name: str) -> Any:
        if name == "sense":
            _set(self, name, self.eye.ask(name))
        elif name in {"type", "data"}:
            self._look(name)
        else:
            raise AttributeError(name)
        return object.__getattribute__(self, name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Watched) and (self.term, self.deps) == (other.term, other.deps)

    def __hash__(self) -> int:
        return hash(self.term)

    def _look(self, name: str) -> None:
        """Where the argument says nothing of its class, the annotation does."""
        if self.told is None:
            eye = self.eye
            _set(self, name, eye.ask("type") if name == "type" else eye.data(fixed=self.fixed))
            return
        type_: Any = self.eye.ask("type")
        data = self.eye.data(fixed=self.fixed)
        typed = self.told() if not type_ and data is None else None
        _set(self, "type", typed.type if typed is not None else type_)
        _set(self, "data", typed.data if typed is not None else data)

    def depending(self, deps: Deps) -> Value:
        if deps <= self.deps:
            return self
        return _watched(self.eye, self.deps | deps, self.told, fixed=self.fixed)

    def otherwise(self, told: Told) -> Value:
        """The same, with what is told of it where the argument says nothing."""
        return _watched(self.eye, self.deps, told, fixed=self.fixed)


def _watched(eye: _Eye, deps: Deps, told: Told | None = None, *, fixed: bool) -> Watched:
    made = object.__new__(Watched)
    _set(made, "term", parameter(eye.path))
    _set(made, "deps", deps)
    _set(made, "eye", eye)
    _set(made, "fixed", fixed)
    _set(made, "told", told)
    return made


def _lazy(kind: type[Any]) -> type[Any]:
    """Data of a kind, of which a field is asked for when it is looked at."""
    known = names(kind)

    def new(_: type[object], *fields: Any, **named: Any) -> object:
        return kind(*fields, **named)

    def look(self: Any, name: str) -> Any:
        if name not in known:
            raise AttributeError(name)
        found = self.eye.content(kind, name)
        setattr(self, name, found)
        return found

    content = {"__slots__": ("eye",), "__new__": new, "__getattr__": look}
    return type(f"Watched{kind.__name__}", (kind,), content)


_LAZY: tuple[type[Any], ...] = (
    Query,
    Row,
    Filter,
    Constant,
    Fields,
    Function,
    External,
    Shared,
)
_WATCHED: Mapping[type[Any], type[Any]] = {kind: _lazy(kind) for kind in _LAZY}
_KINDS: Mapping[type[Any], type[Any]] = {
    **{kind: kind for kind in (*_LAZY, Class, Column, ModuleSymbol)},
    **{made: kind for kind, made in _WATCHED.items()},
}


def shape(roots: Mapping[str, Value]) -> tuple[tuple[str, Answer], ...]:
    """What is known of arguments before anything is asked."""
    return tuple(sorted(((name, mark(each)) for name, each in roots.items()), key=_first))


def _first(each: tuple[str, Answer]) -> str:
    return each[0]


def sealed(value: Value) -> Value:
    """A value without what its parts could still be asked: as a summary keeps it."""
    if isinstance(value, Watched):
        return Value(value.term, value.deps)
    data = value.data
    made = _sealed(data)
    return value if made is data else replace(value, data=made)


def _sealed(data: Data | None) -> Any:
    match data:
        case Query(values=parts) | Row(values=parts) | Fields(parts):
            name = "parts" if isinstance(data, Fields) else "values"
            return _with(data, **{name: _each(parts)})
        case Function():
            bound = sealed(data.bound) if data.bound is not None else None
            return _with(data, closure=_each(data.closure), bound=bound)
        case External():
            own = sealed(data.receiver) if data.receiver is not None else None
            return _with(data, receiver=own, keywords=_each(data.keywords))
        case Text(pieces):
            made = tuple(map(sealed, pieces))
            return data if all(map(is_, made, pieces)) else Text(made)
        case Filter() | Shared() | Constant():
            return _with(data)
        case _:
            return data


def _each(parts: Named) -> Named:
    made = tuple((name, sealed(each)) for name, each in parts)
    return (
        parts if all(one[1] is other[1] for one, other in zip(made, parts, strict=True)) else made
    )


def _with(data: Any, **changes: object) -> Any:
    """The same with other fields; itself where nothing changes and nothing is to be asked."""
    if type(data) in _LAZY and all(getattr(data, name) is each for name, each in changes.items()):
        return data
    return replace(data, **changes)
