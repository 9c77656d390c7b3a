"""What can be reached from the names that lead to shared state."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import CellType, MemberDescriptorType, ModuleType
from typing import Any, Protocol
from uuid import UUID

MISSING = object()
"""Stands for what is not there, or cannot be told without running code of the app's."""

_ATOMS = frozenset({str, bytes, int, float, complex, bool, type(None), object})
_SEQUENCES = (list, tuple, set, frozenset, deque)
_CONTAINERS = (dict, *_SEQUENCES)
_LIMIT = 20_000
_DEPTH = 12


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


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """A thing that was found, and the way to it: each holder, its key, and what was there."""

    thing: object
    spot: Spot
    root: Root
    hops: tuple[tuple[object, object, object], ...]

    def still(self) -> bool:
        """Whether that way still leads there."""
        first = self.hops[0][0] if self.hops else self.thing
        return _value(self.root) is first and all(_leads(*hop) for hop in self.hops)


class Reach:
    """Finds the place of a thing by its identity, and of a name by where it is bound."""

    def __init__(self, roots: Iterable[Root], holds: Callable[[object], bool]) -> None:
        self._roots = tuple(roots)
        self._holds = holds
        self._kinds: dict[type, bool] = dict.fromkeys(_CONTAINERS, True)
        self._known: dict[int, _Known] = {}
        bound = [root for root in self._roots if root.key is not None]
        self._bound = {(id(root.place), root.key): Spot(root.name) for root in bound}
        for root in bound:
            if isinstance(root.place, ModuleType):  # Known to its functions by its namespace.
                self._bound[id(vars(root.place)), root.key] = Spot(root.name)
        self._cells = {
            root.name: Spot(root.name) for root in self._roots if isinstance(root.place, CellType)
        }

    def bound(self, namespace: object, name: str) -> Spot | None:
        """The root that is this name in a module (or its globals) or a class."""
        return self._bound.get((id(namespace), name))

    def enclosed(self, name: str) -> Spot | None:
        """The root that is a variable of an enclosing function."""
        return self._cells.get(name)

    def mutable(self, thing: object) -> bool:
        """Whether a thing is of a kind that is looked into; decided once for each class."""
        kind = type(thing)
        known = self._kinds.get(kind)
        if known is None:
            known = self._kinds[kind] = kind not in _ATOMS and self._holds(thing)
        return known

    def known(self, thing: object) -> Spot | None:
        """Where a thing was found before, if it still is there."""
        known = self._known.get(id(thing))
        return known.spot if known is not None and known.thing is thing and known.still() else None

    def survey(self) -> set[int]:
        """The identities of all that can be reached now."""
        front: list[object] = [_value(root) for root in self._roots]
        seen = set(map(id, front))
        front = [thing for thing in front if self.mutable(thing)]
        for _ in range(_DEPTH):
            if not front or len(seen) > _LIMIT:
                break
            # Written in C: this is asked for at many lines.
            held = gc.get_referents(*front)
            front = [one for one in held if self.mutable(one) and id(one) not in seen]
            seen.update(map(id, front))
        return seen

    def search(self, thing: object) -> Spot | None:
        """Where a thing is now: the first place in the order of the roots and of their contents."""
        seen: set[int] = set()
        queue = deque(_Known(_value(root), Spot(root.name), root, ()) for root in self._roots)
        while queue and len(seen) < _LIMIT:
            here = queue.popleft()
            if here.thing is thing:
                self._known[id(thing)] = here
                return here.spot
            if id(here.thing) in seen:
                continue
            seen.add(id(here.thing))
            for key, inner in self._held_by(here.thing):
                if self.mutable(inner):
                    spot = here.spot.then(_key_shown(here.thing, key))
                    hops = (*here.hops, (here.thing, key, inner))
                    queue.append(_Known(inner, spot, here.root, hops))
        return None

    def _held_by(self, thing: object) -> Iterable[tuple[object, object]]:
        if isinstance(thing, dict):
            return tuple(dict.items(thing))
        if isinstance(thing, _SEQUENCES):
            return [(None, inner) for inner in thing]
        return tuple(attributes_of(thing).items()) if self.mutable(thing) else ()


def _value(root: Root) -> object:
    value = root.value()
    if isinstance(value, CellType):
        try:
            return value.cell_contents
        except ValueError:
            return MISSING
    return value


def _key_shown(holder: object, key: object) -> str | None:
    """A key in the shared state's own terms; ``None`` where places move (lists)."""
    return None if isinstance(holder, _SEQUENCES) else rendered(key)


def _leads(holder: object, key: object, inner: object) -> bool:
    if isinstance(holder, dict):
        return dict.get(holder, key) is inner
    if isinstance(holder, _SEQUENCES):
        return any(one is inner for one in holder)
    return attributes_of(holder).get(str(key)) is inner


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


def _slot(slot: MemberDescriptorType, value: object) -> object:
    try:
        return slot.__get__(value)
    except AttributeError:
        return MISSING
