"""Sessions of which nobody says that they are: known by what is called on them."""

from __future__ import annotations

from tocsin.static.interpret.frame import Frame
from tocsin.static.interpret.queries import model_of, remembers
from tocsin.static.interpret.sql_locks import locking
from tocsin.static.uses import MAPPERS
from tocsin.static.value import Fields, Value
from tocsin.stores.calls.base import Act, Call
from tocsin.stores.calls.dbapi import CONNECTION, TEXT
from tocsin.stores.calls.mongo import COLLECTION

_SESSION = "sqlalchemy.Session"
_DOCUMENTS = frozenset({Act.FIND, Act.MODIFY, Act.STORE})
_ENDINGS = frozenset({Act.COMMIT, Act.FLUSH, Act.ROLLBACK})


def recognised(
    frame: Frame, receiver: Value | None, name: str, args: tuple[Value, ...]
) -> Call | None:
    """The row of a session's method, where a method of an unknown object can be no other.

    ``x.query(Order)``, ``x.add(order)`` and ``x.execute(select(Order))`` are told by the mapped
    class in them, a text by being SQL, ``x.fetchone()`` by an answer that ``x`` has to give;
    ``x.find_one({…})`` by a filter, ``x.commit()`` and ``x.flush()`` by having no argument.
    """
    knowledge = frame.machine.knowledge
    if args and args[0].type == TEXT:
        return knowledge.method(CONNECTION, name) or _running(name)
    if not args and name == "cursor":
        return knowledge.method(CONNECTION, name)
    row = knowledge.method(CONNECTION, name)
    if not args and row is not None and row.act is Act.RUN and remembers(frame, receiver):
        return row
    row = knowledge.method(COLLECTION, name) if "_" in name else None
    if row is not None and row.act in _DOCUMENTS and args and isinstance(args[0].data, Fields):
        return row
    row = knowledge.method(_SESSION, name)
    if row is None:
        return None
    if row.act in _ENDINGS:
        return row if not args else None
    if row.act is Act.RUN and args and locking(args[0]):
        return row
    given = args[row.subject or 0 : (row.subject or 0) + 1]
    return row if any(map(_mapped, given)) else None


_VERBS = ("execute", "exec", "run", "query", "fetch", "select", "read", "write", "get", "all")


def _running(name: str) -> Call | None:
    """A method of nobody's table that takes SQL, and is named for running it."""
    if not name.lstrip("_").startswith(_VERBS):
        return None
    return Call(f"{CONNECTION}.{name}", Act.RUN, subject=0, shape="rows")


def _mapped(value: Value) -> bool:
    if isinstance(value.data, Fields):
        return any(_mapped(each) for _, each in value.data.parts[:1])
    model = model_of(value)
    return model is not None and model.kind in MAPPERS
