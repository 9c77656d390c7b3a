"""What the instrumented drivers talk to: it knows which request calls, and stops it there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar, copy_context
from functools import partial
from types import TracebackType
from typing import Protocol, Self

from tocsin.errors import TocsinError
from tocsin.explore.recorder import Prepared
from tocsin.explore.run import Run
from tocsin.explore.strand import CURRENT, Abandoned, Strand, ours
from tocsin.model.history import OpKind
from tocsin.model.location import Location
from tocsin.stores.control import Call, NotDisposable, Session, Turn


class Places(Protocol):
    """Where databases are opened instead of where the app says (see `Vault`)."""

    def sqlite_path(self, database: str, *, uri: bool) -> tuple[str, bool]: ...
    def postgresql_database(self, driver: str, parameters: Mapping[str, object]) -> str: ...
    def mysql_database(self, driver: str, parameters: Mapping[str, object]) -> str: ...
    def redis_database(self, driver: str, parameters: Mapping[str, object]) -> int: ...
    def opened(self, session: Session, connection: object) -> None: ...
    def closed(self, session: Session) -> None: ...


CALLED_FROM: ContextVar[Location | None] = ContextVar("tocsin_called_from", default=None)
"""Where the user's code handed to another thread what runs there now."""


class Conductor:
    """The `Control` of every instrument in this process, for one run after another."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._sessions: dict[int, Session] = {}
        self.run: Run | None = None
        self.refusal = ""

    def begin(self, run: Run) -> None:
        """Calls belong to this run from now on."""
        run.sessions = self._sessions
        self.run = run

    def end(self) -> None:
        """Calls are let through, unrecorded, from now on."""
        self.run = None

    def strand(self) -> Strand | None:
        """On behalf of which request the caller runs, if it is one of the present run."""
        strand = CURRENT.get()
        if strand is None or self.run is None or strand.run is not self.run:
            return None
        return strand

    def task(self) -> str | None:
        strand = self.strand()
        return strand.task if strand is not None else None

    # -- Control -------------------------------------------------------------------------------

    def call(self, call: Call) -> AbstractContextManager[Turn]:
        strand = self.strand()
        if strand is None or self.run is None or self.run.abandoned:
            return _PASS
        return _Scope(self.run, strand, call)

    def carry(self, function: Callable[..., object]) -> Callable[..., object]:
        if self.strand() is None or self.run is None:
            return function
        context = copy_context()
        with ours():
            context.run(CALLED_FROM.set, self.run.recorder.locate())
        return partial(context.run, function)

    def fork(self, function: Callable[..., object]) -> Callable[..., object]:
        parent, run = self.strand(), self.run
        if parent is None or run is None:
            return function
        strand = Strand(parent.task, run)
        context = copy_context()
        context.run(CURRENT.set, strand)
        run.join(strand)

        def forked(*args: object, **kwargs: object) -> object:
            try:
                return context.run(function, *args, **kwargs)
            except Abandoned:
                return None
            finally:
                run.leave(strand)

        return forked

    @contextmanager
    def away(self) -> Iterator[None]:
        strand = self.strand()
        if strand is None:
            yield
            return
        strand.flights += 1
        try:
            yield
        finally:
            strand.flights -= 1

    @contextmanager
    def wait(self, label: str, still: Callable[[], bool]) -> Iterator[None]:
        strand, run = self.strand(), self.run
        if strand is None or run is None or run.abandoned:
            yield
            return
        run.waits(strand, still)
        try:
            yield
        finally:
            strand.still = None
        if strand.waited:
            strand.waited = False
            run.arrive(strand, OpKind.LOCK, label, resumed=True)

    def controlled(self) -> bool:
        return self.strand() is not None

    def may_preempt(self) -> bool:
        """Whether the calling code could be stopped by a thread switch (not in an event loop)."""
        strand = self.strand()
        return strand is not None and strand.in_thread()

    def sees_lines(self) -> bool:
        """Whether lines of code count in the caller's run."""
        strand = self.strand()
        return strand is not None and self.run is not None and self.run.level.lines

    def sqlite_path(self, database: str, *, uri: bool) -> tuple[str, bool]:
        with self._refusals():
            return self._places.sqlite_path(database, uri=uri)

    def postgresql_database(self, driver: str, parameters: Mapping[str, object]) -> str:
        with self._refusals():
            return self._places.postgresql_database(driver, parameters)

    def mysql_database(self, driver: str, parameters: Mapping[str, object]) -> str:
        with self._refusals():
            return self._places.mysql_database(driver, parameters)

    def redis_database(self, driver: str, parameters: Mapping[str, object]) -> int:
        with self._refusals():
            return self._places.redis_database(driver, parameters)

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        """Keep why a database was not opened: the app may swallow the error."""
        try:
            yield
        except (NotDisposable, TocsinError) as refused:
            self.refusal = str(refused)
            raise

    def opened(self, session: Session, connection: object) -> None:
        self._sessions[session.key] = session
        self._places.opened(session, connection)

    def closed(self, session: Session) -> None:
        self._sessions.pop(session.key, None)
        self._places.closed(session)
        strand = self.strand()
        if strand is not None and self.run is not None:
            self.run.let_go(session.store, strand.task)

    def escaped(self, driver: str, what: str) -> None:
        strand = self.strand()
        if strand is not None and self.run is not None:
            self.run.escapes.setdefault(driver, what)


class _PassThrough:
    """A call on nobody's behalf."""

    __slots__ = ("rows",)

    def __init__(self) -> None:
        self.rows: int | None = None

    def __enter__(self) -> Self:
        return type(self)()

    def __exit__(self, *exc: object) -> None:
        return None

    def busy(self) -> bool:
        return False


_PASS = _PassThrough()
_SYNCHRONOUS = frozenset({"sqlite3", "psycopg2", "pymysql", "MySQLdb", "redis"})
_TRIED_AGAIN = ("sqlite:", "redis:")
"""Stores whose clients do not wait in the server: they come again."""


def _holds_loop(call: Call) -> bool:
    """Whether a call does not let an event loop go on while it lasts."""
    if call.session is not None:
        return call.session.driver in _SYNCHRONOUS
    return call.kind in {OpKind.FILE, OpKind.MEMORY}


class _Scope:
    """One call of a controlled request, from its scheduling point to its entry in the history."""

    __slots__ = ("_call", "_prepared", "_run", "_strand", "_where", "rows")

    def __init__(self, run: Run, strand: Strand, call: Call) -> None:
        self._run, self._strand, self._call = run, strand, call
        self.rows: int | None = None
        self._where: Location | None = None
        self._prepared = Prepared(call.kind, call.text)

    def __enter__(self) -> Self:
        run = self._run
        with ours():
            self._where = run.recorder.locate() or CALLED_FROM.get()
            with run.lock:
                self._prepared = known = run.recorder.prepare(self._call)
        if self._call.pauses:
            run.arrive(self._strand, known.kind, known.label, known.accesses + known.implied)
        session = self._strand.session = self._call.session
        if session is not None and not session.store.startswith("sqlite:"):
            with run.lock:
                meets = run.recorder.held_by_others(self._strand.task, known.accesses)
            if meets and known.kind is OpKind.STATEMENT:
                run.expect_wait(
                    self._strand.task, circles_later=session.store.startswith("postgresql:")
                )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        run, strand, call, known = self._run, self._strand, self._call, self._prepared
        strand.session = strand.still = None
        if isinstance(error, Abandoned) or run.abandoned:
            return
        waited, strand.waited = strand.waited, False
        with run.lock:
            run.recorder.record(
                strand.task,
                known.kind,
                known.label,
                known.accesses,
                call=call,
                location=self._where,
                rows=self.rows,
                waited=waited,
                held_loop=_holds_loop(call) and not strand.in_thread(),
                error=error,
            )
            if call.session is not None and call.session.store.startswith(_TRIED_AGAIN):
                run.let_go(call.session.store, strand.task)
        if waited:
            run.arrive(strand, known.kind, known.label, resumed=True)

    def busy(self) -> bool:
        if self._call.session is None or self._run.abandoned:
            return False
        return self._run.refused(self._strand, self._call.session.store, self._prepared.label)
