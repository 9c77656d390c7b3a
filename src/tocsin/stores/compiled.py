"""Drivers that talk to their database from compiled code: that one is used has to be noticed.

Nothing such a driver does can be announced before it happens, nor undone. But it begins with a call
into its module: of a function, or of a class. From the first such call on a request may hold a
connection, and there is no *holds* any more. A driver that is merely imported does no harm.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from functools import wraps
from importlib.machinery import ExtensionFileLoader
from types import ModuleType
from typing import Any

from tocsin.stores.control import Control
from tocsin.stores.patching import patched

DRIVERS: Mapping[str, str] = {
    **{name: name for name in ("apsw", "cx_Oracle", "duckdb", "ibm_db", "lmdb")},
    **{name: name for name in ("oracledb", "plyvel", "pymssql", "pyodbc", "rocksdb")},
    "_duckdb": "duckdb",
    "_mysql_connector": "mysql.connector",
}
"""Compiled drivers without an adapter, by the top-level modules in which their code is."""

_CONNECTED = ("begin", "cursor", "execute", "transaction")
"""What a connection can do."""


class Compiled:
    """Which of the drivers were used since `watching` began."""

    def __init__(self, control: Control, drivers: Mapping[str, str]) -> None:
        self._control = control
        self._drivers = drivers
        self._used: dict[str, str] = {}
        self._watched: set[str] = set()
        self._replaced: list[tuple[ModuleType, str, object]] = []
        for name in list(sys.modules):
            if self._driver(name) is not None:
                # Who has imported it may hold anything of it.
                self._use(self._driver(name) or "", "loaded before tocsin was there")

    def used(self) -> dict[str, str]:
        """The drivers that may have reached a database, and why that is thought."""
        loaded = {driver for name in list(sys.modules) if (driver := self._driver(name))}
        unseen = dict.fromkeys(loaded - self._watched, _past("loaded, and cannot be watched"))
        return unseen | self._used

    def watch(self, module: ModuleType) -> None:
        """Put ours in the place of everything in a compiled module that can be called."""
        driver = self._driver(module.__name__)
        if driver is None:
            return
        self._watched.add(driver)
        for name, value in list(vars(module).items()):
            what = f"{module.__name__}.{name}"
            if isinstance(value, ModuleType):
                if value.__name__.startswith(f"{module.__name__}."):
                    self.watch(value)
            elif isinstance(value, type):
                self._replace(module, name, self._class(value, driver, what))
            elif _connects(value):
                self._use(driver, f"connected by {what}")
            elif callable(value):
                self._replace(module, name, self._function(value, driver, what))

    def restore(self) -> None:
        """Put everything back."""
        while self._replaced:
            module, name, value = self._replaced.pop()
            setattr(module, name, value)

    def _replace(self, module: ModuleType, name: str, value: object) -> None:
        if value is not vars(module)[name]:
            self._replaced.append((module, name, vars(module)[name]))
            setattr(module, name, value)

    def _function(self, original: Any, driver: str, what: str) -> Any:
        @wraps(original)
        def function(*args: Any, **named: Any) -> Any:
            self._hear(driver, what)
            return original(*args, **named)

        return function

    def _class(self, original: type, driver: str, what: str) -> type:
        """A class that stands in for the driver's, and tells when it is called."""
        if not _opens(original, self._drivers):
            return original

        def hear() -> None:
            self._hear(driver, what)

        try:
            return _derived(original, hear)
        except TypeError:  # it allows no subclasses
            return _standing_in(original, hear) if _connects(original) else original

    def _hear(self, driver: str, what: str) -> None:
        if self._importing(driver):
            return
        self._use(driver, f"used ({what})")
        if self._control.controlled():
            self._control.escaped(driver, self._used[driver])

    def _use(self, driver: str, how: str) -> None:
        self._used.setdefault(driver, _past(how))

    def _importing(self, driver: str) -> bool:
        """Whether this is the driver's own start: it opens nothing by itself."""
        roots = (sys.modules.get(name) for name, its in self._drivers.items() if its == driver)
        specs = (getattr(root, "__spec__", None) for root in roots)
        return any(getattr(spec, "_initializing", False) for spec in specs)

    def _driver(self, module: str) -> str | None:
        return self._drivers.get(module.partition(".")[0])


@contextmanager
def watching(control: Control, drivers: Mapping[str, str] = DRIVERS) -> Iterator[Compiled]:
    """Notice the use of compiled drivers that are imported while the block runs."""
    compiled = Compiled(control, drivers)
    original = ExtensionFileLoader.exec_module

    def exec_module(self: ExtensionFileLoader, module: ModuleType) -> None:
        original(self, module)
        compiled.watch(module)

    with patched((ExtensionFileLoader, "exec_module", exec_module)):
        try:
            yield compiled
        finally:
            compiled.restore()


def _past(how: str) -> str:
    return f"is {how}: it reaches its database past the instruments"


def _connects(value: object) -> bool:
    return any(hasattr(value, name) for name in _CONNECTED)


def _opens(cls: type, drivers: Mapping[str, str]) -> bool:
    """Whether a class is the driver's own, and can be made an instance of."""
    if issubclass(cls, BaseException | Enum) or vars(builtins).get(cls.__name__) is cls:
        return False
    own = cls.__module__ == "builtins" or cls.__module__.partition(".")[0] in drivers
    return own and not {"__new__", "__init__"}.isdisjoint(vars(cls))


def _derived(original: type, hear: Callable[[], None]) -> type:
    """A subclass in name only. ``hear`` is called when it, or a subclass of it, is.

    Also when one of its methods is asked of it: a class method may make connections too. Raises
    `TypeError` if the class allows no subclasses.
    """
    meta: Any = type(original)

    class Heard(meta):  # type: ignore[misc]
        def __call__(self, *args: Any, **named: Any) -> Any:
            hear()
            return super().__call__(*args, **named)

        def __getattribute__(self, name: str) -> Any:
            value = super().__getattribute__(name)
            if not name.startswith("__") and callable(value) and not isinstance(value, type):
                hear()
            return value

        def __instancecheck__(self, instance: Any) -> bool:
            checked = original if self is derived else self
            return bool(meta.__instancecheck__(checked, instance))

        def __subclasscheck__(self, subclass: type) -> bool:
            checked = original if self is derived else self
            return bool(meta.__subclasscheck__(checked, subclass))

    derived: type = Heard(original.__name__, (original,), {"__slots__": (), **_looks(original)})
    return derived


def _standing_in(original: type, hear: Callable[[], None]) -> type:
    """A class that makes instances of another one, and is asked for what that one has."""

    class Heard(type):
        def __call__(cls, *args: Any, **named: Any) -> Any:
            hear()
            return original(*args, **named)

        def __getattr__(cls, name: str) -> Any:
            hear()
            return getattr(original, name)

        def __instancecheck__(cls, instance: Any) -> bool:
            return isinstance(instance, original)

        def __subclasscheck__(cls, subclass: type) -> bool:
            return issubclass(subclass, original)

    return Heard(original.__name__, (), _looks(original))


def _looks(original: type) -> dict[str, Any]:
    """What makes a class look like another one."""
    names = ("__module__", "__qualname__", "__doc__")
    return {name: getattr(original, name) for name in names}
