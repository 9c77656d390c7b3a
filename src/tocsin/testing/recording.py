"""A control that lets everything through and remembers it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass, field

from tocsin.model.history import OpKind
from tocsin.stores.control import Call, Session


@dataclass
class Recorded:
    """One call: what was announced, and what came of it."""

    call: Call
    rows: int | None = None
    error: BaseException | None = None
    ended: bool = False
    busy_answers: list[bool] = field(default_factory=list)

    def busy(self) -> bool:
        return self.busy_answers.pop(0) if self.busy_answers else False


class RecordingControl:
    """A `Control` for tests: pass-through, with a memory.

    Only what runs inside of `request` counts as controlled. ``redirect`` maps the databases (paths
    and names) that are asked for to those to open. ``parked`` is called with every call while it
    is at its scheduling point, outside of any request.
    """

    def __init__(
        self,
        redirect: Mapping[str, str] | None = None,
        parked: Callable[[Recorded], object] = lambda _: None,
    ) -> None:
        self.calls: list[Recorded] = []
        self.open: dict[int, Session] = {}
        self.connections: list[object] = []
        self.asked: list[str] = []
        self.parameters: list[Mapping[str, object]] = []
        self.escapes: list[str] = []
        self.parked = parked
        self._redirect = redirect or {}
        self._inside = ContextVar("inside", default=False)

    @contextmanager
    def request(self) -> Iterator[None]:
        """Calls in here are made on behalf of a scheduled request."""
        token = self._inside.set(True)
        try:
            yield
        finally:
            self._inside.reset(token)

    def texts(self, *kinds: OpKind) -> list[str]:
        """What was announced, of these kinds (all if none is named)."""
        return [each.call.text for each in self.calls if not kinds or each.call.kind in kinds]

    def call(self, call: Call) -> AbstractContextManager[Recorded]:
        return self._recorded(Recorded(call))

    @contextmanager
    def _recorded(self, recorded: Recorded) -> Iterator[Recorded]:
        if not self.controlled():
            yield recorded
            return
        self.calls.append(recorded)
        Context().run(self.parked, recorded)
        try:
            yield recorded
        except BaseException as error:
            recorded.error = error
            raise
        finally:
            recorded.ended = True

    def carry(self, function: Callable[..., object]) -> Callable[..., object]:
        context = copy_context()
        return lambda *args, **kwargs: context.run(function, *args, **kwargs)

    def fork(self, function: Callable[..., object]) -> Callable[..., object]:
        return self.carry(function)

    def away(self) -> AbstractContextManager[None]:
        return nullcontext()

    @contextmanager
    def wait(self, label: str, still: Callable[[], bool]) -> Iterator[None]:  # noqa: ARG002
        yield

    def controlled(self) -> bool:
        return self._inside.get()

    def sqlite_path(self, database: str, *, uri: bool) -> tuple[str, bool]:
        self.asked.append(database)
        return self._redirect.get(database, database), uri

    def postgresql_database(self, driver: str, parameters: Mapping[str, object]) -> str:
        del driver
        name = str(parameters["dbname"])
        self.asked.append(name)
        self.parameters.append(parameters)
        return self._redirect.get(name, name)

    def mysql_database(self, driver: str, parameters: Mapping[str, object]) -> str:
        return self.postgresql_database(driver, parameters)

    def redis_database(self, driver: str, parameters: Mapping[str, object]) -> int:
        return int(self.postgresql_database(driver, {**parameters, "dbname": parameters["db"]}))

    def opened(self, session: Session, connection: object) -> None:
        assert session.key not in self.open
        self.open[session.key] = session
        self.connections.append(type(connection))

    def closed(self, session: Session) -> None:
        del self.open[session.key]

    def escaped(self, driver: str, what: str) -> None:
        self.escapes.append(f"{driver}: {what}")
