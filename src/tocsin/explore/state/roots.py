"""Where an app keeps state in memory: the names under which mutable things can be reached."""

from __future__ import annotations

import gc
import itertools
import opcode
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from types import CellType, CodeType, FunctionType, ModuleType

from tocsin.explore.state.graph import Holds, is_cache, is_container, is_holder

MISSING = object()
"""Stands for a name that is not bound."""

_FRAMEWORKS = frozenset(
    {
        *("fastapi", "starlette", "flask", "werkzeug", "django", "rest_framework"),
        *("sqlalchemy", "sqlmodel", "flask_sqlalchemy", "alembic", "tortoise", "peewee"),
        *("pydantic", "pydantic_settings", "pydantic_core", "marshmallow"),
        *("logging", "threading", "_thread", "asyncio", "concurrent", "enum", "typing", "abc"),
        *("celery", "redis", "httpx", "jinja2", "click", "tocsin"),
    }
)
_MODELS = frozenset({"pydantic", "pydantic_settings", "pydantic_core", "typing", "abc"})
"""Frameworks whose objects are the app's own data all the same."""

_SCALARS = (str, int, float, bytes, type(None))

_STORE_ATTR = opcode.opmap["STORE_ATTR"]
_STORE_GLOBAL = frozenset({opcode.opmap["STORE_GLOBAL"], opcode.opmap["DELETE_GLOBAL"]})
_STORE_DEREF = opcode.opmap["STORE_DEREF"]


@dataclass(frozen=True, slots=True)
class Root:
    """A name that leads to something mutable, or that is bound anew while the app runs.

    ``place`` is the namespace (a module's or a class's), or the thing itself if it cannot be
    bound anew; then ``key`` is ``None``.
    """

    name: str
    place: object
    key: str | None = None

    def value(self) -> object:
        if self.key is None:
            return self.place
        return vars(self.place).get(self.key, MISSING)

    def bind(self, value: object) -> None:
        """Bind the name to what it was bound to."""
        assert self.key is not None  # noqa: S101 - only names have a key
        if value is MISSING:
            delattr(self.place, self.key)
        else:
            setattr(self.place, self.key, value)


def app_classes(modules: Sequence[ModuleType]) -> Holds:
    """Tells whether a class is one of the app's, whose objects are its data."""
    packages = frozenset(module.__name__.partition(".")[0] for module in modules)

    def holds(cls: type) -> bool:
        if cls.__module__.partition(".")[0] not in packages:
            return False
        return not _is_framework(cls, _FRAMEWORKS - _MODELS)

    return holds


def find_roots(modules: Sequence[ModuleType]) -> tuple[Root, ...]:
    """All roots of the app's own modules, in the order of their names."""
    holds = app_classes(modules)
    names = frozenset(module.__name__ for module in modules)
    functions = [
        one
        for one in gc.get_objects()
        if type(one) is FunctionType and one.__globals__.get("__name__") in names
    ]
    attributes = frozenset(name for one in functions for name in _stored(one, {_STORE_ATTR}))
    declared: dict[int, set[str]] = {}
    for one in functions:
        declared.setdefault(id(one.__globals__), set()).update(_stored(one, _STORE_GLOBAL))
    found = itertools.chain(
        *(
            _of_module(module, declared.get(id(vars(module)), set()), attributes, holds)
            for module in modules
        ),
        *(_of_class(cls, attributes, holds) for cls in _classes(modules, names)),
        *(_of_function(function, holds) for function in functions),
    )
    unique = {(id(root.place), root.key): root for root in found}
    return tuple(_distinct(sorted(unique.values(), key=lambda root: root.name)))


def _distinct(roots: Iterable[Root]) -> Iterator[Root]:
    """Number those of one name: a factory that was called twice has two of each variable."""
    for _, group in itertools.groupby(roots, key=lambda root: root.name):
        for number, root in enumerate(group, start=1):
            yield root if number == 1 else replace(root, name=f"{root.name} ({number})")


def _of_module(
    module: ModuleType, declared: set[str], attributes: frozenset[str], holds: Holds
) -> Iterator[Root]:
    space = vars(module)
    for key in sorted(space.keys() | declared):
        value = space.get(key, MISSING)
        name = f"{module.__name__}.{key}"
        if key.startswith("__") or _stands_in(value):
            continue
        if isinstance(value, ModuleType | type | FunctionType):
            continue
        set_from_outside = key in attributes and isinstance(value, _SCALARS)
        if key in declared or set_from_outside or _is_mutable(value, holds):
            yield Root(name, module, key)
        if _is_framework(type(value), frozenset({"starlette"})):
            inner = getattr(getattr(value, "state", None), "_state", None)  # app.state
            if isinstance(inner, dict):
                yield Root(f"{name}.state", inner)


def _stands_in(value: object) -> bool:
    """Whether this is a proxy (``flask.request``): asking it may run or break something."""
    return type(value).__module__ in {"werkzeug.local", "django.utils.functional"}


def _of_class(cls: type, attributes: frozenset[str], holds: Holds) -> Iterator[Root]:
    for key, value in vars(cls).items():
        if key.startswith("__") or isinstance(value, FunctionType | type | property):
            continue
        is_set = key in attributes and isinstance(value, _SCALARS)
        if is_set or _is_mutable(value, holds):
            yield Root(f"{cls.__module__}.{cls.__qualname__}.{key}", cls, key)


def _of_function(function: FunctionType, holds: Holds) -> Iterator[Root]:
    name = f"{function.__module__}.{function.__qualname__}"
    # A decorator's wrapper has the name of what it wraps, not of the function it was made in.
    outer = (name.rpartition(".<locals>.")[0] or name).replace(".<locals>", "")
    for variable, cell in zip(
        function.__code__.co_freevars, function.__closure__ or (), strict=True
    ):
        if variable != "__class__" and (_is_mutable(_inside(cell), holds) or _rebinds(function)):
            yield Root(f"{outer}.{variable}", cell)
    arguments = function.__code__.co_varnames[: function.__code__.co_argcount]
    defaults = function.__defaults__ or ()
    pairs = [*zip(arguments[len(arguments) - len(defaults) :], defaults, strict=True)]
    pairs += (function.__kwdefaults__ or {}).items()
    for argument, value in pairs:
        if _is_mutable(value, holds):
            yield Root(f"{name.replace('.<locals>', '')}.{argument}", value)


def _is_mutable(value: object, holds: Holds) -> bool:
    if value is MISSING or _is_framework(type(value), _FRAMEWORKS - _MODELS):
        return False
    if isinstance(value, tuple):
        return any(_is_mutable(inner, holds) for inner in value)
    return (
        isinstance(value, itertools.count)
        or is_cache(value)
        or is_container(value)
        or is_holder(value, holds)
    )


def _classes(modules: Sequence[ModuleType], names: frozenset[str]) -> Iterator[type]:
    seen: set[type] = set()
    for module in modules:
        for value in vars(module).values():
            is_own = isinstance(value, type) and value.__module__ in names
            if (
                is_own
                and value not in seen
                and not _is_framework(value, _FRAMEWORKS - {"abc", "typing"})
            ):
                seen.add(value)
                yield value


def _is_framework(cls: type, frameworks: frozenset[str]) -> bool:
    bases = (*cls.__mro__, type(cls))
    return any(str(base.__module__).partition(".")[0] in frameworks for base in bases)


def _inside(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:
        return MISSING


def _stored(function: FunctionType, ops: Collection[int]) -> Iterator[str]:
    """The names that a function, or one written inside it, stores with these instructions."""
    for code in _codes(function.__code__):
        yield from (code.co_names[argument] for op, argument in _steps(code) if op in ops)


def _rebinds(function: FunctionType) -> bool:
    return any(op == _STORE_DEREF for op, _ in _steps(function.__code__))


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _steps(code: CodeType) -> Iterable[tuple[int, int]]:
    """The instructions, without what `dis` makes of them: thousands of functions are read."""
    extended = 0
    raw = code.co_code
    for op, argument in zip(raw[::2], raw[1::2], strict=True):
        whole = extended | argument
        extended = whole << 8 if op == opcode.EXTENDED_ARG else 0
        yield op, whole
