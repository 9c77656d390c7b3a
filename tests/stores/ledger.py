"""A control that writes down what it is told, and lets everything through."""

from __future__ import annotations

import _thread
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field

from tocsin.stores.control import Call, Session


@dataclass
class Entry:
    """The turn of every call: nothing is known of it."""

    rows: int | None = None

    def busy(self) -> bool:
        return False


@dataclass
class Ledger:
    """What adapters announced on behalf of whichever task ``acting`` names.

    ``on_wait`` runs when a wait has been announced: there a test lets the lock go.
    """

    calls: list[Call] = field(default_factory=list)
    tasks: list[str | None] = field(default_factory=list)
    waits: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    before_call: Callable[[Call], object] = lambda call: None
    on_wait: Callable[[Callable[[], bool]], object] = lambda still: None
    _task: ContextVar[str | None] = field(default_factory=lambda: ContextVar("task", default=None))

    @property
    def texts(self) -> list[str]:
        return [call.text for call in self.calls]

    @contextmanager
    def acting(self, task: str = "A") -> Iterator[None]:
        token = self._task.set(task)
        try:
            yield
        finally:
            self._task.reset(token)

    def task(self) -> str | None:
        return self._task.get()

    @contextmanager
    def call(self, call: Call) -> Iterator[Entry]:
        if self.controlled():
            self.before_call(call)
            self.calls.append(call)
            self.tasks.append(self.task())
        try:
            yield Entry()
        except Exception as error:
            self.errors.append(f"{call.text}: {type(error).__name__}")
            raise

    def fork(self, function: Callable[..., object]) -> Callable[..., object]:
        return self.carry(function)

    def carry(self, function: Callable[..., object]) -> Callable[..., object]:
        context = copy_context()
        return lambda *args, **kwargs: context.run(function, *args, **kwargs)

    @contextmanager
    def away(self) -> Iterator[None]:
        yield

    @contextmanager
    def wait(self, label: str, still: Callable[[], bool]) -> Iterator[None]:
        self.waits.append(label)
        self.on_wait(still)
        yield

    def controlled(self) -> bool:
        return self._task.get() is not None

    def sqlite_path(self, database: str, *, uri: bool) -> tuple[str, bool]:
        return database, uri

    def postgresql_database(self, driver: str, parameters: Mapping[str, object]) -> str:
        return str(parameters["dbname"])

    def mysql_database(self, driver: str, parameters: Mapping[str, object]) -> str:
        return str(parameters["dbname"])

    def redis_database(self, driver: str, parameters: Mapping[str, object]) -> int:
        return int(str(parameters["db"]))

    def opened(self, session: Session, connection: object) -> None: ...

    def closed(self, session: Session) -> None: ...

    def escaped(self, driver: str, what: str) -> None: ...


class Baton:
    """Lets a thread wait for another, on a lock that no instrument has touched."""

    def __init__(self) -> None:
        self._lock = _thread.allocate_lock()
        self._lock.acquire()

    def give(self) -> None:
        self._lock.release()

    def take(self) -> None:
        assert self._lock.acquire(timeout=10), "nobody gave the baton"
