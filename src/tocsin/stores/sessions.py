"""What every driver adapter says to the control, said once."""

from __future__ import annotations

import itertools
from contextlib import AbstractContextManager
from typing import Self
from weakref import finalize

from tocsin.model.history import OpKind
from tocsin.stores.control import Call, Control, Session, Turn
from tocsin.stores.sql import Dialect, read

_ENDS = (OpKind.COMMIT, OpKind.ROLLBACK)

# Numbers only ever say "another one": sessions of all adapters and controls stay distinct.
_numbers = itertools.count(1)


class Unscheduled:
    """The turn of a call that is no scheduling point."""

    __slots__ = ("rows",)

    def __init__(self) -> None:
        self.rows: int | None = None

    def busy(self) -> bool:
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None


class Sessions:
    """The connections one control has been told of.

    A connection is known by the identity of its *anchor*, the driver's object that lives exactly
    as long as it does: nothing is stored on the driver's objects, so instruments nest.
    """

    def __init__(self, control: Control, driver: str, dialect: Dialect) -> None:
        self.control = control
        self.driver = driver
        self.dialect = dialect
        self._known: dict[int, tuple[Session, finalize[..., object]]] = {}

    def opened(
        self,
        anchor: object,
        store: str,
        pid: int | None = None,
        connection: object = None,
    ) -> None:
        """Tell of a new connection; its end is told by `closed` or when the anchor dies."""
        session = Session(next(_numbers), self.driver, store, pid)
        gone = finalize(anchor, self._forget, id(anchor), session)
        gone.atexit = False
        self._known[id(anchor)] = session, gone
        self.control.opened(session, anchor if connection is None else connection)

    def closed(self, anchor: object) -> None:
        """Tell, once, that a connection is closed."""
        if known := self._known.get(id(anchor)):
            known[1]()

    def of(self, anchor: object) -> Session | None:
        """The anchor's session, or ``None`` for a connection older than the instrument."""
        known = self._known.get(id(anchor))
        return known[0] if known else None

    def stores(self) -> frozenset[str]:
        """The stores of the connections that are open."""
        return frozenset(session.store for session, _ in self._known.values())

    def statement(
        self,
        anchor: object,
        text: str,
        parameters: object,
        *,
        in_transaction: bool,
        implicit: str | None = None,
        snapshot: bool = False,
    ) -> AbstractContextManager[Turn]:
        """Announce a statement of a controlled task; to be entered around its execution.

        ``implicit`` is the BEGIN that the driver sends before it, which is recorded (``""``: part
        of the statement). A COMMIT or ROLLBACK outside of a transaction ends nothing and is not
        announced.
        """
        statement = read(text, self.dialect)
        if statement.kind in _ENDS and not in_transaction:
            return Unscheduled()
        inside = in_transaction or implicit is not None
        if implicit:
            begin = Call(OpKind.BEGIN, implicit, self._session(anchor), pauses=False)
            with self.control.call(begin):
                pass
        return self.control.call(
            Call(
                statement.kind,
                text,
                self._session(anchor),
                parameters,
                pauses=statement.pauses,
                in_transaction=inside,
                autocommit=statement.kind is OpKind.STATEMENT and not inside,
                snapshot=snapshot and inside,
            )
        )

    def ending(self, anchor: object, kind: OpKind, text: str = "") -> AbstractContextManager[Turn]:
        """Announce that the open transaction is about to be committed or rolled back."""
        text = text or kind.value.upper()
        return self.control.call(Call(kind, text, self._session(anchor), in_transaction=True))

    def _session(self, anchor: object) -> Session | None:
        session = self.of(anchor)
        if session is None:
            self.control.escaped(self.driver, "a connection made before tocsin was there")
        return session

    def _forget(self, key: int, session: Session) -> None:
        self._known.pop(key, None)
        self.control.closed(session)


def counted(rowcount: int | None) -> int | None:
    """The DB-API's row count, with ``None`` where it says -1 for *unknown*."""
    return rowcount if rowcount is not None and rowcount >= 0 else None
