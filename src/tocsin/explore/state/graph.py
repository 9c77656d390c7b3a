"""Mutable objects as a graph: what each holds, put back in place.

Nothing is copied deeply. Of each mutable object that can be reached, what it holds *itself* is
remembered; putting that back, object by object, restores the whole with its identities and
aliases. What is not understood (locks, engines, sockets) is held by reference and left alone.
"""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import gc
import itertools
import json
import math
import operator
import pathlib
import uuid
from collections import OrderedDict, UserDict, UserList, deque
from collections.abc import Callable, Hashable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from types import CellType, SimpleNamespace
from typing import Any

Holds = Callable[[type], bool]
"""Whether objects of a class are the app's, to be looked into."""

_SCALARS = (str, int, float, complex, bool, type(None), bytes)
_PRINTED = (
    *(decimal.Decimal, uuid.UUID, dt.date, dt.time, dt.timedelta),
    *(enum.Enum, pathlib.PurePath, itertools.count),
)
_OPEN = frozenset({SimpleNamespace, UserDict, UserList})
_OPEN_PACKAGES = frozenset({"cachetools", "queue"})
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Kind:
    """One way of holding things: what an object holds, flat, and how it is made to hold it."""

    type: type
    contents: Callable[[Any], tuple[object, ...]]
    fill: Callable[[Any, tuple[object, ...]], None]


def _fill_dict(node: dict[Any, Any], held: tuple[object, ...]) -> None:
    dict.clear(node)
    dict.update(node, zip(held[::2], held[1::2], strict=True))


def _fill_ordered(node: OrderedDict[Any, Any], held: tuple[object, ...]) -> None:
    OrderedDict.clear(node)
    for key, value in zip(held[::2], held[1::2], strict=True):
        OrderedDict.__setitem__(node, key, value)


def _fill_list(node: list[Any], held: tuple[object, ...]) -> None:
    list.__setitem__(node, slice(None), held)


def _fill_set(node: set[Any], held: tuple[object, ...]) -> None:
    set.clear(node)
    set.update(node, held)


def _fill_deque(node: deque[Any], held: tuple[object, ...]) -> None:
    deque.clear(node)
    deque.extend(node, held)


def _fill_bytes(node: bytearray, held: tuple[object, ...]) -> None:
    node[:] = held[0]  # type: ignore[call-overload]


def _fill_cell(node: CellType, held: tuple[object, ...]) -> None:
    node.cell_contents = held[0]


KINDS = (
    Kind(OrderedDict, lambda node: _flat(OrderedDict.items(node)), _fill_ordered),
    Kind(dict, lambda node: _flat(dict.items(node)), _fill_dict),
    Kind(list, lambda node: tuple(list.__iter__(node)), _fill_list),
    Kind(set, lambda node: tuple(set.__iter__(node)), _fill_set),
    Kind(deque, lambda node: tuple(deque.__iter__(node)), _fill_deque),
    Kind(bytearray, lambda node: (bytes(node),), _fill_bytes),
    Kind(CellType, lambda node: (node.cell_contents,), _fill_cell),
)


def is_container(value: object) -> bool:
    """Whether a value is a mutable container of Python's own."""
    return isinstance(value, tuple(kind.type for kind in KINDS))


def is_cache(value: object) -> bool:
    """Whether a value is a function under ``functools.cache`` or one that behaves like it."""
    return callable(getattr(value, "cache_clear", None)) and callable(
        getattr(value, "cache_info", None)
    )


def is_holder(value: object, holds: Holds) -> bool:
    """Whether a value is looked into: a container, or an object of the app's own."""
    cls = type(value)
    if isinstance(value, enum.Enum | type):
        return False
    known = cls in _OPEN or cls.__module__.partition(".")[0] in _OPEN_PACKAGES
    return is_container(value) or known or holds(cls)


class Node:
    """One mutable object, and what it held when it was looked at."""

    __slots__ = ("_kind", "_order", "held", "item")

    def __init__(self, item: Any, kind: Kind) -> None:
        self.item = item
        self._kind = kind
        self._order: tuple[int, ...] = ()
        self.held = kind.contents(item)
        if kind.type is set:  # iterated in the order of a set that was put back, from the start
            before = self.held
            kind.fill(item, before)
            self.held = kind.contents(item)
            places = {id(inner): place for place, inner in enumerate(self.held)}
            self._order = tuple(places[id(inner)] for inner in before)

    def changed(self) -> bool:
        now = self._kind.contents(self.item)
        if self._kind.type is bytearray:
            return now != self.held
        return len(now) != len(self.held) or not all(map(operator.is_, now, self.held))

    def put_back(self) -> None:
        """Filled as it was at first: where hashes collide, another order gives another set."""
        if self.changed():
            held = tuple(self.held[each] for each in self._order) if self._order else self.held
            self._kind.fill(self.item, held)


class CacheNode:
    """A ``functools`` cache. Single entries cannot be taken out: one that grew is emptied."""

    __slots__ = ("_misses", "held", "item")

    def __init__(self, item: Any) -> None:
        self.item = item
        self._misses = item.cache_info().misses
        self.held = tuple(_cached(item))

    def changed(self) -> bool:
        info = self.item.cache_info()
        return bool(info.currsize) and info.misses != self._misses

    def put_back(self) -> None:
        if self.changed():
            self.item.cache_clear()
            self._misses = 0


class CountNode:
    """An ``itertools.count``, which cannot be wound back: a new one takes its place."""

    __slots__ = ("_printed", "held", "item")

    def __init__(self, item: itertools.count[Any]) -> None:
        self.item = item
        self._printed = repr(item)
        self.held: tuple[object, ...] = ()

    def changed(self) -> bool:
        return repr(self.item) != self._printed

    def put_back(self) -> None:
        """Nothing can be done to the object itself; see `Graph.put_back`."""

    def renewed(self) -> itertools.count[Any] | None:
        """A count that stands where this one stood; ``None`` for numbers that are not plain."""
        with suppress(ValueError):
            numbers = json.loads(f"[{self._printed.removeprefix('count(').removesuffix(')')}]")
            self.item = itertools.count(*numbers)
            return self.item
        return None


AnyNode = Node | CacheNode | CountNode


class Graph:
    """All mutable objects that can be reached from some values. ``holds``: see `Holds`."""

    def __init__(self, values: Iterable[object], holds: Holds) -> None:
        self._holds = holds
        self._nodes: list[AnyNode] = []
        self._counts: list[CountNode] = []
        kinds: dict[type, Kind] = {}
        seen: dict[int, object] = {}  # keeps what is seen alive, so that ids stay true
        todo = list(values)
        while todo:
            value = todo.pop()
            if isinstance(value, _SCALARS) or id(value) in seen:
                continue
            seen[id(value)] = value
            nodes = list(_nodes(value, holds, kinds))
            self._nodes += nodes
            self._counts += [node for node in nodes if isinstance(node, CountNode)]
            todo += [inner for node in nodes for inner in node.held]
            if isinstance(value, tuple | frozenset):
                todo += value

    def put_back(self) -> dict[int, object]:
        """Make every object hold what it held. Gives new counts by the ``id`` of the old."""
        renewed: dict[int, object] = {}
        for count in self._counts:
            old = count.item
            if count.changed() and (new := count.renewed()) is not None:
                renewed[id(old)] = new
        if renewed:
            for node in self._nodes:
                node.held = tuple(renewed.get(id(inner), inner) for inner in node.held)
        for node in self._nodes:
            node.put_back()
        return renewed

    def changed(self) -> bool:
        """Whether anything was added, removed or exchanged anywhere."""
        return any(node.changed() for node in self._nodes)


def rendering(value: object, holds: Holds, _above: tuple[int, ...] = ()) -> object:
    """A value as JSON can hold it: sets sorted, objects with their class's name, cycles cut."""
    if isinstance(value, _SCALARS + _PRINTED):
        return _rendered_scalar(value)
    if id(value) in _above:
        return "<cycle>"
    above = (*_above, id(value))
    return _rendered_holder(value, lambda inner: rendering(inner, holds, above), holds)


def _rendered_scalar(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    is_json = isinstance(value, str | int | type(None)) and not isinstance(value, enum.Enum)
    if is_json or (isinstance(value, float) and math.isfinite(value)):
        return value
    return str(value)


def _rendered_holder(value: Any, render: Callable[[object], object], holds: Holds) -> object:
    if isinstance(value, CellType):
        return render(value.cell_contents) if _is_filled(value) else None
    items: object = None
    if isinstance(value, set | frozenset):
        items = sorted(map(render, value), key=lambda inner: json.dumps(inner, sort_keys=True))
    elif isinstance(value, dict):
        items = {_key(render(key)): render(inner) for key, inner in dict.items(value)}
    elif isinstance(value, list | tuple | deque):
        items = [render(inner) for inner in value]
    elif isinstance(value, bytearray):
        items = value.hex()
    elif is_cache(value):
        items = [render(inner) for inner in _cached(value)]
    if items is not None and is_plain_container(value):
        return items
    shape: dict[str, object] = {"class": type(value).__qualname__}
    if is_holder(value, holds):
        shape |= {name: render(inner) for name, inner in attributes(value).items()}
    return shape if items is None else {**shape, "items": items}


def is_plain_container(value: object) -> bool:
    """Whether a container has no attributes besides its contents."""
    return not hasattr(value, "__dict__") and not tuple(_slots(type(value)))


def attributes(value: object) -> dict[str, object]:
    """What an object's ``__dict__`` and slots hold."""
    held: dict[str, object] = dict(getattr(value, "__dict__", {}))
    slots = [(name, _slot(value, name)) for name in _slots(type(value))]
    held.update((name, inner) for name, inner in slots if inner is not _MISSING)
    return held


def _key(rendered: object) -> str:
    return rendered if isinstance(rendered, str) else json.dumps(rendered)


def _nodes(value: Any, holds: Holds, kinds: dict[type, Kind]) -> Iterable[AnyNode]:
    if isinstance(value, itertools.count):
        yield CountNode(value)
    elif is_cache(value):
        yield CacheNode(value)
    elif is_holder(value, holds):
        kind = next((kind for kind in KINDS if isinstance(value, kind.type)), None)
        if kind is CELL and not _is_filled(value):
            return
        if kind is not None:
            yield Node(value, kind)
        if kind is None or not is_plain_container(value):
            cls = type(value)
            if cls not in kinds:
                kinds[cls] = _object_kind(cls)
            yield Node(value, kinds[cls])


CELL = KINDS[-1]


def _is_filled(cell: CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - raises if it is empty
    except ValueError:
        return False
    return True


def _object_kind(cls: type) -> Kind:
    """How objects of a class hold things: the slots are looked up once."""
    slots = tuple(_slots(cls))

    def contents(node: Any) -> tuple[object, ...]:
        own = getattr(node, "__dict__", None)
        held = _flat(own.items()) if own else ()
        if not slots:
            return held
        values = ((name, _slot(node, name)) for name in slots)
        return held + _flat(pair for pair in values if pair[1] is not _MISSING)

    def fill(node: Any, held: tuple[object, ...]) -> None:
        wanted = dict(zip(held[::2], held[1::2], strict=True))
        own = getattr(node, "__dict__", None)
        if own is not None:
            own.clear()
        for name in slots:
            if name not in wanted and _slot(node, name) is not _MISSING:
                object.__delattr__(node, name)
        for key, inner in wanted.items():
            object.__setattr__(node, str(key), inner)

    return Kind(object, contents, fill)


def _slots(cls: type) -> Iterable[str]:
    for base in cls.__mro__:
        slots = base.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in {"__dict__", "__weakref__"}:
                private = name.startswith("__") and not name.endswith("__")
                yield f"_{base.__name__.lstrip('_')}{name}" if private else name


def _slot(value: object, name: str) -> object:
    try:
        return object.__getattribute__(value, name)
    except AttributeError:
        return _MISSING


def _flat(pairs: Iterable[tuple[Hashable, object]]) -> tuple[object, ...]:
    return tuple(itertools.chain.from_iterable(pairs))


def _cached(function: object) -> Iterable[object]:
    """What a C-level cache holds, which the garbage collector alone can see.

    A bounded cache shows keys and results, then its dictionary of links; an unbounded one only
    the dictionary, with the results in it.
    """
    seen = gc.get_referents(function)
    own = getattr(function, "__dict__", None)
    places = [n for n, inner in enumerate(seen) if type(inner) is dict and inner is not own]
    if not places:
        return ()
    entries = seen[places[-1]].values()
    if any(type(entry).__name__ != "_lru_list_elem" for entry in entries):
        return tuple(entries)
    return tuple(inner for inner in seen[: places[-1]] if not isinstance(inner, type))
