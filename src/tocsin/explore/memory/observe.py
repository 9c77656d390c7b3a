"""What a line that is about to run will access: its names, looked up in its frame.

Nothing of the app's runs for this: attributes are read from dictionaries, subscripts from the
built-in containers. What cannot be told that way is not narrowed down.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import BuiltinFunctionType, CodeType, FrameType, FunctionType, ModuleType
from typing import Any

from tocsin.explore.memory.methods import touch_of
from tocsin.explore.memory.reach import MISSING, Reach, Spot, attributes_of, rendered
from tocsin.explore.memory.uses import Act, Chain, Constant, Key, Use
from tocsin.model.access import Access, Item, Mode

STORE = "memory"

_PLAIN = frozenset({str, bytes, int, float, bool, type(None), FunctionType, BuiltinFunctionType})
"""Kinds of values that neither are shared state nor lead to it. Classes do: by their attributes."""

_MODES = {
    Act.READ: (Mode.READ,),
    Act.WRITE: (Mode.WRITE,),
    Act.UPDATE: (Mode.READ, Mode.WRITE),
    Act.BIND: (Mode.WRITE,),
}


class Observer:
    """Works out the accesses of lines.

    ``mine`` tells the app's code: what its methods do is seen when their own lines run.
    """

    def __init__(self, reach: Callable[[], Reach], mine: Callable[[CodeType], bool]) -> None:
        self._reach = reach
        self._mine = mine
        self._locals: dict[CodeType, frozenset[str]] = {}

    def accesses(self, frame: FrameType, uses: tuple[Use, ...]) -> tuple[Access, ...]:
        """What a frame's line is about to read and write, each once, reads first."""
        looking = _Looking(frame, self._reach(), self._names(frame.f_code))
        found: dict[Access, None] = {}
        for use in uses:
            if looking.concerns(use):
                found.update(dict.fromkeys(self._of_use(looking, use)))
        return tuple(sorted(found, key=lambda access: access.writes))

    def _names(self, code: CodeType) -> frozenset[str]:
        names = self._locals.get(code)
        if names is None:
            names = frozenset((*code.co_varnames, *code.co_cellvars, *code.co_freevars))
            self._locals[code] = names
        return names

    def _of_use(self, looking: _Looking, use: Use) -> list[Access]:
        if use.act is Act.BIND:
            return _each(looking.binding(use.chain.name), (Mode.WRITE,))
        trail = looking.follow(use.chain)
        holder = trail[-2] if len(trail) > 1 else None
        last = trail[-1]
        if use.act is Act.CALL:
            final = last.place
            made = self._of_call(looking, use, last)
        else:
            final = last.slot
            missing = use.act is Act.READ and last.thing is MISSING
            fills_in = missing and holder is not None and isinstance(holder.thing, defaultdict)
            made = _each(final, _MODES[Act.UPDATE if fills_in else use.act])
        # What was looked into on the way there, unless the end of the way says so already.
        passed = [each.slot for each in trail[1:] if not _implied(each.slot, final)]
        return [*made, *(access for slot in passed for access in _each(slot, (Mode.READ,)))]

    def _of_call(self, looking: _Looking, use: Use, last: _Stop) -> list[Access]:
        spot, thing = last.place, last.thing
        if spot is None or thing is MISSING:
            return _each(spot, (Mode.READ,))
        method = _method(type(thing), use.method)
        if isinstance(method, FunctionType) and self._mine(method.__code__):
            return []
        if callable(attributes_of(thing).get(use.method)):
            return _each(spot, (Mode.READ,))
        touch = touch_of(thing, use.method)
        return _each(spot.then(looking.key(use.key)) if touch.keyed else spot, touch.modes)


@dataclass(frozen=True, slots=True)
class _Stop:
    """A thing on the way along a chain.

    ``slot`` is where it was found, ``place`` the one place that this thing has for everybody:
    what can be reached in two ways must not seem to be two things.
    """

    thing: object
    slot: Spot | None
    place: Spot | None


class _Looking:
    """Looks names and chains up in one frame."""

    def __init__(self, frame: FrameType, reach: Reach, names: frozenset[str]) -> None:
        self._frame = frame
        self._reach = reach
        self._names = names
        self._locals: Mapping[str, Any] | None = None
        self._reachable: set[int] | None = None

    def concerns(self, use: Use) -> bool:
        """Whether a use can lead to shared state at all: most names stand for text and numbers."""
        name = use.chain.name
        if name in self._names:
            enclosed = name in self._frame.f_code.co_freevars
            return enclosed or type(self._value(name)) not in _PLAIN
        if self._reach.bound(self._frame.f_globals, name) is not None:
            return True
        return type(self._frame.f_globals.get(name, 0)) not in _PLAIN

    def binding(self, name: str) -> Spot | None:
        """The root that a name is bound as: a global's, or an enclosing function's variable."""
        code = self._frame.f_code
        if name not in self._names:
            return self._reach.bound(self._frame.f_globals, name)
        if name in code.co_freevars:
            outer = code.co_qualname.rpartition(".<locals>.")[0].replace(".<locals>", "")
            module = self._frame.f_globals.get("__name__", "")
            return self._reach.enclosed(f"{module}.{outer}.{name}")
        return None

    def follow(self, chain: Chain) -> list[_Stop]:
        """The thing that the name stands for, and those after each step."""
        thing = self._value(chain.name)
        slot = self._place(thing) or self.binding(chain.name)
        trail = [_Stop(thing, slot, slot)]
        for step in chain.steps:
            holder = trail[-1]
            thing = self._step(holder.thing, step)
            slot = self._attribute_spot(holder.thing, step) if isinstance(step, str) else None
            if slot is None and holder.place is not None:
                slot = holder.place.then(self._rendered(holder.thing, step))
            trail.append(_Stop(thing, slot, self._place(thing) or slot))
        return trail

    def _place(self, thing: object) -> Spot | None:
        """Where a thing is in shared state, if it is there."""
        if not self._reach.mutable(thing):
            return None
        known = self._reach.known(thing)
        if known is not None:
            return known
        if self._reachable is None:
            self._reachable = self._reach.survey()
        return self._reach.search(thing) if id(thing) in self._reachable else None

    def key(self, key: Key | None) -> str | None:
        """A key as text, if its value is one that can be told."""
        return rendered(value) if (value := self._key(key)) is not MISSING else None

    def _value(self, name: str) -> object:
        if name in self._names:
            if self._locals is None:
                self._locals = self._frame.f_locals
            return self._locals.get(name, MISSING)
        return self._frame.f_globals.get(name, MISSING)

    def _step(self, thing: object, step: str | Key | None) -> object:
        if thing is MISSING or step is None:
            return MISSING
        if isinstance(step, str):
            return _attribute(thing, step)
        key = self._key(step)
        if isinstance(thing, dict) and rendered(key) is not None:
            return dict.get(thing, key, MISSING)
        if isinstance(thing, (list, tuple, deque)) and isinstance(key, int):
            return thing[key] if -len(thing) <= key < len(thing) else MISSING
        return MISSING

    def _rendered(self, thing: object, step: str | Key | None) -> str | None:
        if isinstance(step, str):
            return repr(step)
        # The places in a list move when it changes.
        stays = isinstance(thing, (dict, set, frozenset))
        return self.key(step) if stays else None

    def _key(self, key: Key | None) -> object:
        if key is None:
            return MISSING
        if isinstance(key.value, Constant):
            return key.value.value
        thing = self._value(key.value.name)
        for step in key.value.steps:
            thing = self._step(thing, step)
        return thing

    def _attribute_spot(self, thing: object, name: str) -> Spot | None:
        if isinstance(thing, ModuleType):
            return self._reach.bound(vars(thing), name)
        if not isinstance(thing, type) and name in attributes_of(thing):
            return None
        classes = thing.__mro__ if isinstance(thing, type) else type(thing).__mro__
        spots = (self._reach.bound(cls, name) for cls in classes)
        return next((spot for spot in spots if spot is not None), None)


def _each(spot: Spot | None, modes: tuple[Mode, ...]) -> list[Access]:
    if spot is None:
        return []
    columns = ("key", *(f"key{number}" for number in range(2, len(spot.keys) + 1)))
    where = tuple(
        (column, frozenset({key})) for column, key in zip(columns, spot.keys, strict=False)
    )
    return [Access(Item(STORE, spot.root, where), mode) for mode in modes]


def _implied(slot: Spot | None, final: Spot | None) -> bool:
    if slot is None or final is None:
        return slot is None
    return slot.root == final.root and slot.keys == final.keys[: len(slot.keys)]


def _attribute(thing: object, name: str) -> object:
    """An attribute as far as it can be told from dictionaries."""
    if isinstance(thing, ModuleType):
        return vars(thing).get(name, MISSING)
    classes = thing.__mro__ if isinstance(thing, type) else type(thing).__mro__
    own = {} if isinstance(thing, type) else attributes_of(thing)
    if name in own:
        return own[name]
    # Starlette: what is put on app.state is kept in a dictionary, and requests know their app.
    if isinstance(own.get("_state"), dict):
        return own["_state"].get(name, MISSING)
    if name == "app" and isinstance(own.get("scope"), dict):
        return own["scope"].get("app", MISSING)
    value = next((vars(cls)[name] for cls in classes if name in vars(cls)), MISSING)
    return MISSING if hasattr(type(value), "__get__") else value


def _method(cls: type, name: str) -> object:
    return next((vars(each)[name] for each in cls.__mro__ if name in vars(each)), MISSING)
