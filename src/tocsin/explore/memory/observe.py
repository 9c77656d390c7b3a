"""What a line that is about to run will access: its names, looked up in its frame.

Nothing of the app's runs for this: attributes are read from dictionaries, subscripts from the
built-in containers. What cannot be told that way is not narrowed down.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

from tocsin.explore.memory.methods import touch_of
from tocsin.explore.memory.reach import MISSING, Reach, Spot, attributes_of, rendered
from tocsin.explore.memory.uses import Act, Chain, Constant, Key, Use
from tocsin.model.access import Access, Item, Mode

STORE = "memory"

_MODES = {
    Act.READ: (Mode.READ,),
    Act.WRITE: (Mode.WRITE,),
    Act.UPDATE: (Mode.READ, Mode.WRITE),
    Act.BIND: (Mode.WRITE,),
}


class Observer:
    """Works out the accesses of lines. ``mine`` tells the app's code, whose lines speak for
    themselves."""

    def __init__(self, reach: Callable[[], Reach], mine: Callable[[CodeType], bool]) -> None:
        self._reach = reach
        self._mine = mine
        self._locals: dict[CodeType, frozenset[str]] = {}

    def accesses(self, frame: FrameType, uses: tuple[Use, ...]) -> tuple[Access, ...]:
        """What a frame's line is about to read and write, each once, reads first."""
        looking = _Looking(frame, self._reach(), self._names(frame.f_code))
        found: dict[Access, None] = {}
        for use in uses:
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
            spot = looking.binding(use.chain.name)
            return _each(spot, (Mode.WRITE,)) if spot is not None else []
        spot, thing = looking.follow(use.chain)
        if spot is None:
            return []
        if use.act is Act.CALL:
            return self._of_call(looking, use, spot, thing)
        modes = _MODES[use.act]
        if use.act is Act.READ and thing is MISSING and _fills_in(looking, use.chain):
            modes = (Mode.READ, Mode.WRITE)
        return _each(spot, modes)

    def _of_call(self, looking: _Looking, use: Use, spot: Spot, thing: object) -> list[Access]:
        if thing is MISSING:
            return _each(spot, (Mode.READ,))
        method = _method(type(thing), use.method)
        if isinstance(method, FunctionType) and self._mine(method.__code__):
            return []
        if callable(attributes_of(thing).get(use.method)):
            return _each(spot, (Mode.READ,))
        touch = touch_of(thing, use.method)
        if touch.keyed:
            spot = spot.then(looking.key(use.key))
        return _each(spot, touch.modes)


class _Looking:
    """Looks names and chains up in one frame."""

    def __init__(self, frame: FrameType, reach: Reach, names: frozenset[str]) -> None:
        self._frame = frame
        self._reach = reach
        self._names = names
        self._locals: Mapping[str, Any] | None = None

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

    def follow(self, chain: Chain) -> tuple[Spot | None, object]:
        """Where a chain ends in shared state, and what is there; ``None`` if it never gets there."""
        spot = self.binding(chain.name)
        thing = self._value(chain.name)
        if spot is None:
            spot = self._reach.find(thing)
        for step in chain.steps:
            inside = self._step(thing, step)
            if spot is not None:
                spot = spot.then(self._rendered(thing, step))
            elif isinstance(step, str):
                spot = self._attribute_spot(thing, step) or self._reach.find(inside)
            else:
                spot = self._reach.find(inside)
            thing = inside
        return spot, thing

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
        classes = thing.__mro__ if isinstance(thing, type) else type(thing).__mro__
        spots = (self._reach.bound(cls, name) for cls in classes)
        return next((spot for spot in spots if spot is not None), None)


def _each(spot: Spot, modes: tuple[Mode, ...]) -> list[Access]:
    columns = ("key", *(f"key{number}" for number in range(2, len(spot.keys) + 1)))
    where = tuple(
        (column, frozenset({key})) for column, key in zip(columns, spot.keys, strict=False)
    )
    return [Access(Item(STORE, spot.root, where), mode) for mode in modes]


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


def _fills_in(looking: _Looking, chain: Chain) -> bool:
    """Whether reading a missing key makes it: ``defaultdict``."""
    if not chain.steps or isinstance(chain.steps[-1], str):
        return False
    holder = looking.follow(Chain(chain.name, chain.steps[:-1]))[1]
    return isinstance(holder, defaultdict)
