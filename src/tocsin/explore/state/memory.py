"""The app's state in memory: module-level containers, objects, counters, caches, closures."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING

from tocsin.explore.state.graph import Graph, Holds, is_holder, rendering
from tocsin.explore.state.roots import MISSING, Root, app_classes, find_roots

if TYPE_CHECKING:
    from tocsin.model.access import Item
    from tocsin.model.table import Row, Table
    from tocsin.stores.control import Session

STORE = "memory"

Modules = Callable[[], Sequence[ModuleType]]
"""Gives the app's own modules that are loaded by now."""


class MemoryState:
    """What the app's own packages keep in memory.

    Take the snapshot after each request was made once: what is made lazily (an engine behind a
    cache) belongs to the world, and would else be made anew in every run.
    """

    store = STORE

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._roots: tuple[Root, ...] = ()
        self._bound: list[object] = []
        self._graph: Graph | None = None
        self._holds: Holds = app_classes(())

    def describe(self) -> str:
        return "memory"

    @property
    def roots(self) -> tuple[Root, ...]:
        """What was found at the snapshot."""
        return self._roots

    def holds(self, thing: object) -> bool:
        """Whether a thing is looked into: a container, or an object of the app's own classes."""
        return is_holder(thing, self._holds)

    def name_of(self, thing: object) -> str | None:
        """The first name under which a thing was found at the snapshot."""
        found = (
            root.name
            for root, value in zip(self._roots, self._bound, strict=True)
            if value is thing
        )
        return next(found, None)

    def snapshot(self) -> None:
        modules = self._modules()
        self._holds = app_classes(modules)
        self._roots = find_roots(modules)
        self._bound = [root.value() for root in self._roots]
        self._graph = Graph(self._bound, self._holds)

    def restore(self, touched: Collection[Item]) -> None:
        """Put everything back: not every access to memory is seen."""
        del touched
        if self._graph is None:
            return
        renewed = self._graph.put_back()
        if renewed:
            self._bound = [renewed.get(id(value), value) for value in self._bound]
        for root, value in zip(self._roots, self._bound, strict=True):
            if root.key is not None and root.value() is not value:
                root.bind(value)

    def fingerprint(self) -> Mapping[str, int]:
        """A number for each root, which changes when something in it does; for this process."""
        return {root.name: hash(repr(rendering(root.value(), self._holds))) for root in self._roots}

    def changed(self) -> bool:
        """Whether anything differs from the snapshot: cheaper than any reading."""
        if self._graph is None:
            return False
        bound = zip(self._roots, self._bound, strict=True)
        return self._graph.changed() or any(root.value() is not value for root, value in bound)

    def read(self, touched: Collection[Item]) -> Mapping[str, Sequence[Row]]:
        """One row for each root, with its ``value``."""
        names = {item.name for item in touched}
        return {
            root.name: ({"value": self._rendered(root)},)
            for root in self._roots
            if None in names or root.name in names
        }

    def tables(self) -> Mapping[str, Table]:
        return {}

    def related(self, table: str) -> frozenset[str]:
        """Other names that lead to the same thing."""
        same = {
            id(value)
            for root, value in zip(self._roots, self._bound, strict=True)
            if root.name == table
        }
        return frozenset(
            root.name
            for root, value in zip(self._roots, self._bound, strict=True)
            if id(value) in same and root.name != table
        )

    def waiting(self, sessions: Collection[Session]) -> Mapping[int, frozenset[int]]:
        del sessions
        return {}

    def close(self) -> None:
        """Put everything back, and forget it."""
        self.restore(())
        self._graph = None

    def _rendered(self, root: Root) -> object:
        value = root.value()
        return None if value is MISSING else rendering(value, self._holds)
