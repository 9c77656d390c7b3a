"""Who else writes what: the writes of all entries, by table and column."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tocsin.static.effect import ScopeKind, Written
from tocsin.static.entries import Trace
from tocsin.static.overlap import ROW, named
from tocsin.static.settings import USUAL, Settings
from tocsin.static.uses import uses
from tocsin.static.words import stamp

Key = tuple[str, str]
Question = tuple[str, str, str, object]
Answer = tuple[str, ...] | frozenset[str] | bool


@dataclass(slots=True, eq=False)
class World:
    """For each table (or file, or variable) and column, the endpoints that write it.

    ``settings`` say what is true of all transactions. ``asked`` is what judges have asked since
    somebody has begun to listen, with the answers: what they say depends on no more of the others.
    """

    writers: dict[Key, dict[str, list[str]]] = field(default_factory=dict)
    removers: dict[Key, list[str]] = field(default_factory=dict)
    counters: dict[Key, set[str]] = field(default_factory=dict)
    locks: dict[Key, dict[str, frozenset[str]]] = field(default_factory=dict)
    set_to: dict[Key, dict[str, set[str]]] = field(default_factory=dict)
    settings: Settings = USUAL
    asked: dict[Question, Answer] = field(default_factory=dict)

    @classmethod
    def of(cls, traces: Iterable[Trace], settings: Settings = USUAL) -> World:
        world = cls(settings=settings)
        for trace in traces:
            world.add(trace)
        return world

    def join(self, other: World) -> None:
        """Add what the writes of other entries are."""
        for key, endpoints in other.writers.items():
            columns = self.writers.setdefault(key, {})
            for column, names in endpoints.items():
                for name in names:
                    _note(columns.setdefault(column, []), name)
        for key, removing in other.removers.items():
            for name in removing:
                _note(self.removers.setdefault(key, []), name)
        for key, counted in other.counters.items():
            self.counters.setdefault(key, set()).update(counted)
        for key, put in other.set_to.items():
            for column, values in put.items():
                self.set_to.setdefault(key, {}).setdefault(column, set()).update(values)
        for key, held in other.locks.items():
            known = self.locks.setdefault(key, {})
            for name, terms in held.items():
                known[name] = known.get(name, terms) & terms

    def add(self, trace: Trace) -> None:
        endpoint = trace.entry.endpoint
        for use in uses(trace.effects):
            item = use.effect.item
            if item is None:
                continue
            key = (item.store, item.name)
            held = frozenset(scope.term for scope in use.effect.inside(ScopeKind.LOCK))
            if trace.entry.routed:
                known = self.locks.setdefault(key, {})
                known[endpoint] = known.get(endpoint, held) & held
            columns = self.writers.setdefault(key, {})
            if use.verb in {"delete", "remove", "take"}:
                _note(self.removers.setdefault(key, []), endpoint)
            elif use.verb != "insert":
                moved = frozenset(w.column for w in use.written if counted(w))
                self.counters.setdefault(key, set()).update(named(moved, use.effect.model))
                for column in named(use.columns, use.effect.model):
                    _note(columns.setdefault(column, []), endpoint)
                known_values = self.set_to.setdefault(key, {})
                for each in use.written:
                    for column in named(frozenset({each.column}), use.effect.model):
                        known_values.setdefault(column, set()).add(valued(each))

    def changing(self, store: str, name: str, columns: frozenset[str]) -> tuple[str, ...]:
        """The endpoints that change one of these columns of existing rows."""
        return self._told(("changing", store, name, columns))  # type: ignore[return-value]

    def unlocked(self, store: str, name: str, term: str) -> tuple[str, ...]:
        """The endpoints that write without holding a lock."""
        return self._told(("unlocked", store, name, term))  # type: ignore[return-value]

    def moving(self, store: str, name: str, columns: frozenset[str]) -> frozenset[str]:
        """Those of the columns that anybody counts up or down."""
        return self._told(("moving", store, name, columns))  # type: ignore[return-value]

    def values(self, store: str, name: str, column: str) -> frozenset[str]:
        """What anybody sets a column of existing rows to: as `valued` says it."""
        return self._told(("values", store, name, column))  # type: ignore[return-value]

    def removing(self, store: str, name: str) -> tuple[str, ...]:
        """The endpoints that delete rows."""
        return self._told(("removing", store, name, ""))  # type: ignore[return-value]

    def written(self, store: str, name: str) -> bool:
        """Whether anybody changes or deletes rows."""
        return self._told(("written", store, name, ""))  # type: ignore[return-value]

    def _told(self, question: Question) -> Answer:
        found = self.asked.get(question)
        if found is None:
            found = self.asked[question] = self.answer(question)
        return found

    def answer(self, question: Question) -> Answer:
        """What a judge would be told now."""
        what, store, name, detail = question
        return _ANSWERS[what](self, (store, name), detail)


def _changing(world: World, key: Key, columns: frozenset[str]) -> Answer:
    found = world.writers.get(key, {})
    names = [each for column in sorted(columns - {ROW}) for each in found.get(column, ())]
    return tuple(dict.fromkeys(names))


def _unlocked(world: World, key: Key, term: str) -> Answer:
    known = world.locks.get(key, {})
    return tuple(endpoint for endpoint, held in known.items() if term not in held)


def _moving(world: World, key: Key, columns: frozenset[str]) -> Answer:
    return columns & world.counters.get(key, frozenset[str]())


def _values(world: World, key: Key, column: str) -> Answer:
    return frozenset(world.set_to.get(key, {}).get(column, ()))


def _removing(world: World, key: Key, _: object) -> Answer:
    return tuple(world.removers.get(key, ()))


def _written(world: World, key: Key, _: object) -> Answer:
    return bool(world.writers.get(key) or world.removers.get(key))


_ANSWERS: Mapping[str, Callable[[World, Key, Any], Answer]] = {
    "changing": _changing,
    "unlocked": _unlocked,
    "moving": _moving,
    "values": _values,
    "removing": _removing,
    "written": _written,
}


NOW = "now"
_NOW = (
    "django.utils.timezone.now(",
    "datetime.datetime.now(",
    "datetime.datetime.utcnow(",
    "arrow.now(",
    "arrow.utcnow(",
)


def valued(written: Written) -> str:
    """The constant that a column is set to, `NOW` for the time, and nothing where it varies."""
    if written.constant:
        return written.term
    if not written.term and not written.deps and stamp(written.column):
        return NOW  # by the mapper, whenever it saves the row
    return NOW if written.term.startswith(_NOW) else ""


def counted(written: Written) -> bool:
    """Whether a column is counted up or down, by the database or in Python."""
    column = re.escape(written.column)
    return written.relative or re.search(rf"\.{column} [+-] ", written.term) is not None


def _note(names: list[str], name: str) -> None:
    if name not in names:
        names.append(name)
