"""One app, loaded in this process under all instruments, ready to be explored."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sqlite3
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any

from tocsin.errors import TocsinError, Unreachable, UsageError
from tocsin.explore.conductor import Conductor
from tocsin.explore.determinism import Streams, deterministic
from tocsin.explore.drivers.asyncio import AsyncioDriver, anyio_flights, virtual_sleep
from tocsin.explore.drivers.base import Driver, StartUpFailed
from tocsin.explore.drivers.threads import ThreadDriver
from tocsin.explore.execution import Execution, World
from tocsin.explore.invariants import Invariant, asked, called
from tocsin.explore.lines import LineHook, announcing
from tocsin.explore.messages import Spec
from tocsin.explore.outcome import Canon
from tocsin.explore.recorder import Recorder, Understood
from tocsin.explore.source import Source
from tocsin.explore.state.vault import Permission, Vault
from tocsin.frameworks.load import Loaded, load
from tocsin.model.access import Item
from tocsin.model.invariant import Invariant as Asserted
from tocsin.model.invariant import Query
from tocsin.model.location import Location
from tocsin.model.table import Table
from tocsin.stores import compiled, escapes, files, locks, registry
from tocsin.stores.control import Session as Connection

_UNREACHABLE = (
    *(
        "connection refused",
        "could not connect",
        "can't connect to mysql server",
        "connection failed",
        "connect call failed",
    ),
    *("could not translate host", "timeout expired", "name or service not known"),
)


class _World:
    """The vault as execution sees it: memory is looked at only if it changed."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self.restore = vault.restore
        self.read = vault.read

    def waiting(self, sessions: Collection[Connection]) -> Mapping[int, frozenset[int]]:
        return self._vault.waiting(sessions)

    def changed(self, touched: Collection[Item]) -> Collection[Item]:
        memory = {Item("memory", None)} if self._vault.memory.changed() else set()
        return {item for item in touched if item.store != "memory"} | memory

    def asks(self) -> bool:
        return any(not name.startswith(_SILENT) for name in self._vault.states())


_SILENT = ("sqlite", "memory", "file")
"""States that cannot be asked who waits for whom."""


class Session:
    """The app and everything around it. Made by `opened`."""

    def __init__(
        self, spec: Spec, loaded: Loaded, driver: Driver, vault: Vault, conductor: Conductor
    ) -> None:
        self.spec = spec
        self.loaded = loaded
        self.driver = driver
        self.vault = vault
        self.conductor = conductor
        self.beyond: compiled.Compiled
        self.execution: Execution
        self.source: Source
        self._unique: dict[str, dict[str, tuple[tuple[str, ...], ...]]] = {}
        self.canon = Canon({}, since=spec.instant / 1e9)

    def learn_tables(self) -> None:
        """Read the schema of every database that is known by now."""
        self.canon.tables = {name: state.tables() for name, state in self.vault.states().items()}
        self._unique = {
            store: {t.name: (*t.unique, t.key) for t in tables.values() if t.unique or t.key}
            for store, tables in self.canon.tables.items()
        }

    def unique(self, store: str) -> Mapping[str, tuple[tuple[str, ...], ...]]:
        """The unique column sets of a store's tables."""
        return self._unique.get(store, {})

    def tables(self) -> dict[str, Table]:
        """Every table by name, for guessing values."""
        return {
            name: table for tables in self.canon.tables.values() for name, table in tables.items()
        }

    def invariant(self, given: Asserted) -> Invariant:
        """What the user asserts as something to look at. Raises `UsageError`."""
        if isinstance(given, Query):
            return asked(given, self.vault.databases)
        function = _function(given, "invariant")
        return called(given, lambda: self.driver.invoke(function))

    def uncontrolled(self) -> dict[str, str]:
        """Drivers that nobody can see into, and what is wrong with them, by now."""
        return self.beyond.used()

    def refusal(self) -> str:
        """Why a database was not opened, if the app asked for one that must not be touched."""
        return self.conductor.refusal

    def stores(self) -> tuple[str, ...]:
        """The databases and other state, for readers."""
        return tuple(state.describe() for state in self.vault.states().values())


@contextmanager
def opened(spec: Spec) -> Iterator[Session]:
    """Load the app under all instruments, set it up, start it, and remember its world.

    Raises `UsageError` (and its kinds) with one sentence if that cannot be done.
    """
    connect = sqlite3.connect
    os.environ.update(spec.env)
    source = Source(spec.root)
    with ExitStack() as stack:
        packages: list[str] = []
        vault = Vault(
            spec.directory,
            lambda: _modules(packages),
            Permission(spec.disposable, spec.override),
            connect=connect,
        )
        stack.callback(vault.close)
        conductor = Conductor(vault)
        streams = Streams(spec.seed, spec.instant)
        slept = _Sleeper(streams, conductor)
        stack.enter_context(deterministic(streams, conductor.task))
        stack.enter_context(locks.instrument(conductor, slept=slept, mine=source.mine))
        stack.enter_context(files.instrument(conductor, vault.files))
        stack.enter_context(registry.instrument(conductor))
        stack.enter_context(escapes.instrument(conductor))
        beyond = stack.enter_context(compiled.watching(conductor))
        stack.enter_context(virtual_sleep(conductor, slept))
        hook = LineHook(
            source,
            lambda: vault.memory.roots,
            vault.memory.holds,
            announcing(conductor, source, conductor.may_preempt),
            conductor.sees_lines,
        )
        stack.enter_context(hook.installed())

        def hooked(function: Callable[[], Any]) -> Any:
            if not conductor.sees_lines():
                return function()
            with hook.hooked():
                return function()

        loaded = load(spec.target, (*spec.import_paths, spec.root), spec.paths)
        packages.extend(loaded.packages)
        stack.enter_context(anyio_flights(hooked))
        driver = _driver(loaded, source, hook, hooked, stack)
        session = Session(spec, loaded, driver, vault, conductor)
        session.beyond = beyond
        _set_up(session)
        vault.snapshot()
        session.learn_tables()
        world: World = _World(vault)
        understood = Understood(session.unique)
        session.execution = Execution(
            driver,
            conductor,
            world,
            streams,
            lambda: Recorder(source.locate, understood),
            spec.request_timeout,
        )
        session.source = source
        yield session


class _Sleeper:
    """Lets a task's own time pass."""

    def __init__(self, streams: Streams, conductor: Conductor) -> None:
        self._streams, self._conductor = streams, conductor

    def __call__(self, seconds: float) -> None:
        task = self._conductor.task()
        if task is not None:
            self._streams.sleep(task, seconds)


def _driver(
    loaded: Loaded,
    source: Source,
    hook: LineHook,
    hooked: Callable[[Callable[[], Any]], Any],
    stack: ExitStack,
) -> Driver:
    app: Any = loaded.application
    if loaded.interface == "wsgi":
        driver: Driver = ThreadDriver(app, hooked)
    else:

        def where(coroutine: Any) -> str:
            return _label(source.awaiting(coroutine))

        driver = AsyncioDriver(app, where, hook.hooked)
    stack.callback(driver.close)
    return driver


def _label(place: Location | None) -> str:
    return "await" if place is None else f"await in {place.function}: {place.code}"


def _set_up(session: Session) -> None:
    """Call the user's setup, then start the app; complaints become one sentence."""
    spec, driver = session.spec, session.driver
    steps: list[tuple[str, Callable[[], Any]]] = [(f"{spec.target} at start-up", driver.open)]
    if spec.setup is not None:
        function = _function(spec.setup, "setup")
        steps.insert(0, (f"setup {spec.setup}", lambda: driver.invoke(function)))
    for what, step in steps:
        try:
            step()
        except TocsinError:
            raise
        except (Exception, SystemExit) as error:
            if session.refusal():
                raise UsageError(session.refusal()) from error
            text = f"{what} failed: {_reason(error)}"
            raise (Unreachable(text) if _unreachable(error) else UsageError(text)) from error


def _reason(error: BaseException) -> str:
    text = _one_line(error).split(" [SQL: ")[0]
    return text if isinstance(error, StartUpFailed) else f"{type(error).__name__}: {text}"


def says_unreachable(text: str) -> bool:
    """Whether an error message says that a database, or another server, did not answer."""
    return any(words in text.lower() for words in _UNREACHABLE)


def _unreachable(error: BaseException) -> bool:
    """Whether a database, or whatever else the app needs, did not answer."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ConnectionError) or says_unreachable(str(seen)):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _function(name: str, what: str) -> Callable[[], Any]:
    module, _, attribute = name.partition(":")
    try:
        function: Any = importlib.import_module(module)
        for part in attribute.split("."):
            function = getattr(function, part)
    except (ImportError, AttributeError) as error:
        raise UsageError(f"{what} {name} cannot be imported: {_one_line(error)}") from error
    return function  # type: ignore[no-any-return]


def _modules(packages: list[str]) -> list[ModuleType]:
    """The app's own modules that are loaded by now."""
    return [
        module
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in packages and isinstance(module, ModuleType)
    ]


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())
