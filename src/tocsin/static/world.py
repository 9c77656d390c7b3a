"""Who else writes what: the writes of all entries, by table and column."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from tocsin.static.effect import ScopeKind, Written
from tocsin.static.entries import Trace
from tocsin.static.overlap import ROW, named
from tocsin.static.settings import USUAL, Settings
from tocsin.static.uses import uses

Key = tuple[str, str]


@dataclass(slots=True, eq=False)
class World:
    """For each table (or file, or variable) and column, the endpoints that write it.

    ``settings`` say what is true of all transactions.
    """

    writers: dict[Key, dict[str, list[str]]] = field(default_factory=dict)
    removers: dict[Key, list[str]] = field(default_factory=dict)
    counters: dict[Key, set[str]] = field(default_factory=dict)
    locks: dict[Key, dict[str, frozenset[str]]] = field(default_factory=dict)
    settings: Settings = USUAL

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
                moved = frozenset(w.column for w in use.written if _counted(w))
                self.counters.setdefault(key, set()).update(named(moved, use.effect.model))
                for column in named(use.columns, use.effect.model):
                    _note(columns.setdefault(column, []), endpoint)

    def changing(self, store: str, name: str, columns: frozenset[str]) -> tuple[str, ...]:
        """The endpoints that change one of these columns of existing rows."""
        found = self.writers.get((store, name), {})
        names = [each for column in sorted(columns - {ROW}) for each in found.get(column, ())]
        return tuple(dict.fromkeys(names))

    def unlocked(self, store: str, name: str, term: str) -> tuple[str, ...]:
        """The endpoints that write without holding a lock."""
        known = self.locks.get((store, name), {})
        return tuple(endpoint for endpoint, held in known.items() if term not in held)

    def moving(self, store: str, name: str, columns: frozenset[str]) -> frozenset[str]:
        """Those of the columns that anybody counts up or down."""
        return columns & self.counters.get((store, name), frozenset[str]())

    def removing(self, store: str, name: str) -> tuple[str, ...]:
        """The endpoints that delete rows."""
        return tuple(self.removers.get((store, name), ()))


def _counted(written: Written) -> bool:
    """Whether a column is counted up or down, by the database or in Python."""
    column = re.escape(written.column)
    return written.relative or re.search(rf"\.{column} [+-] ", written.term) is not None


def _note(names: list[str], name: str) -> None:
    if name not in names:
        names.append(name)
