"""What can be reached from the names that lead to shared state."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import CellType, MemberDescriptorType, ModuleType
from typing import Any, Protocol
from uuid import UUID

MISSING = object()
"""Stands for what is not there, or cannot be told without running code of the app's."""

_ATOMS = (str, bytes, int, float, complex, bool, type(None))
_LIMIT = 4000
_DEPTH = 5


class Root(Protocol):
    """A name of shared state (see ``state.roots``).

    ``place`` is the namespace it is bound in, or a cell, or the thing itself; ``key`` its name in
    the namespace.
    """

    @property
    def name(self) -> str: ...
    @property
    def place(self) -> object: ...
    @property
    def key(self) -> str | None: ...
    def value(self) -> object: ...


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in shared state: a root, and the keys on the way as far as they are sure."""

    root: str
    keys: tuple[str, ...] = ()
    sure: bool = True

    def then(self, key: str | None) -> Spot:
        """One step further; nothing is added once a key is not sure."""
        if not self.sure or key is None:
            return Spot(self.root, self.keys, sure=False)
        return Spot(self.root, (*self.keys, key))


class Reach:
    """Finds the place of a thing by its identity, and of a name by where it is bound."""

    def __init__(self, roots: Iterable[Root], holds: Callable[[object], bool]) -> None:
        self._roots = tuple(roots)
        self._holds = holds
        self._bound: dict[tuple[int, str | None], Spot] = {
            (id(root.place), root.key): Spot(root.name)
            for root in self._roots
            if root.key is not None
        }
        # A module is known to its functions by its namespace.
        self._bound |= {
            (id(vars(root.place)), root.key): Spot(root.name)
            for root in self._roots
            if isinstance(root.place, ModuleType)
        }
        self._cells = {
            root.name: Spot(root.name) for root in self._roots if isinstance(root.place, CellType)
        }

    def bound(self, namespace: object, name: str) -> Spot | None:
        """The root that is this name in a module (or its globals) or a class."""
        return self._bound.get((id(namespace), name))

    def enclosed(self, name: str) -> Spot | None:
        """The root that is a variable of an enclosing function."""
        return self._cells.get(name)

    def find(self, thing: object) -> Spot | None:
        """Where a thing is now, if it can be reached from a root."""
        if isinstance(thing, _ATOMS) or not self._holds(thing):
            return None
        seen: set[int] = set()
        queue: deque[tuple[object, Spot, int]] = deque()
        for root in self._roots:
            value = root.value()
            value = _opened(value) if isinstance(value, CellType) else value
            queue.append((value, Spot(root.name), 0))
        while queue and len(seen) < _LIMIT:
            value, spot, depth = queue.popleft()
            if value is thing:
                return spot
            if id(value) in seen or depth == _DEPTH:
                continue
            seen.add(id(value))
            for key, inner in held_by(value, self._holds):
                if not isinstance(inner, _ATOMS):
                    queue.append((inner, spot.then(key), depth + 1))
        return None


def held_by(value: object, holds: Callable[[object], bool]) -> Iterable[tuple[str | None, object]]:
    """What a thing holds itself, with the key where it is one that stays."""
    if isinstance(value, dict):
        return [(rendered(key), inner) for key, inner in dict.items(value)]
    if isinstance(value, (list, tuple, set, frozenset, deque)):
        return [(None, inner) for inner in value]
    if not holds(value):
        return []
    return [(repr(name), inner) for name, inner in attributes_of(value).items()]


def attributes_of(value: object) -> dict[str, Any]:
    """An object's own attributes, without running code of its class."""
    try:
        own = object.__getattribute__(value, "__dict__")
    except AttributeError:
        own = {}
    found = dict(own) if isinstance(own, dict) else {}
    for cls in type(value).__mro__:
        slots = vars(cls) if "__slots__" in vars(cls) else {}
        for name, slot in slots.items():
            if isinstance(slot, MemberDescriptorType) and name not in found:
                inner = _slot(slot, value)
                if inner is not MISSING:
                    found[name] = inner
    return found


def rendered(key: object) -> str | None:
    """A key as text that is equal exactly when the keys are; ``None`` if that is not sure."""
    if isinstance(key, str):
        return str.__repr__(key)
    if isinstance(key, int):
        return int.__repr__(key)
    if key is None or isinstance(key, bytes | UUID):
        return repr(key)
    if isinstance(key, float):
        return int.__repr__(int(key)) if key.is_integer() else repr(key)
    if isinstance(key, tuple):
        parts = [rendered(part) for part in key]
        return None if None in parts else f"({', '.join(map(str, parts))})"
    return None


def _opened(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:
        return MISSING


def _slot(slot: MemberDescriptorType, value: object) -> object:
    try:
        return slot.__get__(value)
    except AttributeError:
        return MISSING
