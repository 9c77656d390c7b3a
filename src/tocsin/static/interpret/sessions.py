"""Sessions of which nobody says that they are: known by what is called on them."""

from __future__ import annotations

from tocsin.static.interpret.frame import Frame
from tocsin.static.interpret.queries import model_of
from tocsin.static.interpret.sql_locks import locking
from tocsin.static.uses import MAPPERS
from tocsin.static.value import Fields, Value
from tocsin.stores.calls.base import Act, Call

_SESSION = "sqlalchemy.Session"
_ENDINGS = frozenset({Act.COMMIT, Act.FLUSH})


def recognised(frame: Frame, name: str, args: tuple[Value, ...]) -> Call | None:
    """The row of a session's method, where a method of an unknown object can be no other.

    ``x.query(Order)``, ``x.add(order)`` and ``x.execute(select(Order))`` are told by the mapped
    class in them, a text by taking a lock; ``x.commit()`` and ``x.flush()`` by having no argument.
    """
    row = frame.machine.knowledge.method(_SESSION, name)
    if row is None:
        return None
    if row.act in _ENDINGS:
        return row if not args else None
    if row.act is Act.RUN and args and locking(args[0]):
        return row
    given = args[row.subject or 0 : (row.subject or 0) + 1]
    return row if any(map(_mapped, given)) else None


def _mapped(value: Value) -> bool:
    if isinstance(value.data, Fields):
        return any(_mapped(each) for _, each in value.data.parts[:1])
    model = model_of(value)
    return model is not None and model.kind in MAPPERS
