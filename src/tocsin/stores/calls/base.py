"""The row format of the tables, and the verbs they are written in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Act(StrEnum):
    """What a call does. The interpreter knows each act once; tables say which call is which."""

    # Values.
    MAKE = "make"  # a new object of type `gives`
    SAME = "same"  # the receiver, or the subject, as it is
    LOAD = "load"  # a class by its label; `word`: model or class
    PURE = "pure"  # computes from its arguments, touches nothing, and nobody runs meanwhile
    ORIGIN = "origin"  # what comes of it is known by where it is from; `word` says what that is
    ATTRIBUTE = "attribute"  # `name` is an attribute, not a call, of type `gives`
    # An attribute of the first argument; `word`: has, where it is only asked for, set, or changed
    # in place.
    BY_NAME = "by name"
    # Statements under construction.
    SELECT = "select"
    UPDATE = "update"
    DELETE = "delete"
    INSERT = "insert"
    WHERE = "where"
    EXCLUDE = "exclude"
    VALUES = "values"
    COLUMNS = "columns"
    FROM = "from"
    LOCK = "lock"  # rows are locked when the statement runs; `word`: update or share
    OPTION = "option"
    AGGREGATE = "aggregate"  # an expression over columns that the database calculates
    RELATIVE = "relative"  # a column by name, calculated by the database
    EXISTS = "exists"  # a subquery as a condition
    # Statements that run.
    RUN = "run"  # the statement that is the subject
    GET = "get"  # one row of the model that is the subject, by the key that follows
    FETCH = "fetch"  # the receiver; `shape` says what it answers
    CHANGE = "change"  # the receiver as an UPDATE of the columns given by keyword
    REMOVE = "remove"  # the receiver: a statement's rows, or one row
    CREATE = "create"  # a row of the receiver's model
    GET_OR_CREATE = "get or create"
    UPDATE_OR_CREATE = "update or create"
    ADD = "add"  # the subject becomes a row at the next flush
    SAVE = "save"  # the receiver is written
    DROP = "drop"  # the subject is deleted at the next flush
    FIND = "find"  # documents, by the filter that is given first; `shape` says what it answers
    MODIFY = "modify"  # documents by a filter, or the receiver; `word`: update, set, inc, delete …
    STORE = "store"  # the subject becomes a document
    BUILD = "build"  # an object of the class that is the receiver, made of the subject's parts
    FILL = "fill"  # the parts of the subject become columns of the receiver, which is a row
    OPERATOR = "operator"  # a change of documents, known by `word`, of the fields of the subject
    COLUMN = "column"  # of the receiver, which is a row, by name
    REFRESH = "refresh"  # the subject is read again
    SQL = "sql"  # a text
    IDENTITY = "identity"  # the row of who asks, as it was when they logged in
    PERMISSION = "permission"  # asks whether the receiver, a user, may do something
    SERIALIZER = "serializer"  # an object of the class that a view names
    FORM = "form"  # of the class that a view names, about its object; `word`: arguments
    VALIDATE = "validate"  # a serializer looks whether its data may be stored
    CLEANED = "cleaned"  # what the library's own validation has made of a form's data
    SERIALIZED = "serialized"  # a serializer stores its data
    OBJECT = "object"  # the rows, or the row, that a view is about
    ALLOWED = "allowed"  # the subject, a row, by the permission classes of the receiver, a view
    # Transactions and locks.
    TRANSACTION = "transaction"  # as a context manager or decorator
    SAVEPOINT = "savepoint"
    COMMIT = "commit"
    ROLLBACK = "rollback"
    FLUSH = "flush"
    ISOLATE = "isolate"
    SESSION = "session"  # as a context manager, a session of its own
    HOLD = "hold"  # a lock, as a context manager; `word`: asyncio, thread, process, redis …
    ACQUIRE = "acquire"
    RELEASE = "release"
    # Control.
    ABORT = "abort"  # never returns; the subject is the status, or `word` is
    AWAIT = "await"  # others run meanwhile
    SPAWN = "spawn"  # the subject runs later, elsewhere
    LATER = "later"  # the subject runs after the commit
    THREAD = "thread"  # the subject runs in a thread, and is waited for
    MEMO = "memo"  # as a decorator: answers are kept beyond the request
    RECALL = "recall"  # what the client's session says under the key that is the subject
    HANDLE = "handle"  # the rest of the application answers the request
    GUARD = "guard"  # a verb of tocsin.guard: refuses by raising; `word` is the verb
    # Shared objects, files, caches: `word` is the verb.
    LOOK = "look"
    PUT = "put"
    TAKE = "take"  # looks and changes in one operation


LOCK_TYPE = "lock type"
"""The shape of a transaction whose arguments say how SQLite is to lock."""


@dataclass(frozen=True, slots=True)
class Call:
    """One row. ``name`` is dotted: a function's own name, or a type's and a method's.

    ``subject`` is the index of the argument that is acted upon, or ``None`` for the receiver.
    ``gives`` is the type of the result, ``shape`` what a statement answers with, ``word`` a
    detail that the act needs. ``store`` is what a LOOK, PUT or TAKE touches; with the shape
    ``field`` it is one field of that, which the next argument names.
    """

    name: str
    act: Act
    gives: str = ""
    subject: int | None = None
    shape: str = ""
    word: str = ""
    store: str = ""


@dataclass(frozen=True, slots=True)
class Library:
    """What one library's names mean.

    ``types`` maps dotted names of classes to the table's short names; ``parents`` says which
    short name inherits the rows of which. ``refusals`` are exceptions that answer a request, with
    their status, ``mapped`` the bases that make a class a model, ``signatures`` the parameters of
    constructors that classes of the project inherit.
    """

    name: str
    calls: tuple[Call, ...]
    types: Mapping[str, str] = field(default_factory=dict)
    parents: Mapping[str, str] = field(default_factory=dict)
    refusals: Mapping[str, str] = field(default_factory=dict)
    mapped: tuple[str, ...] = ()
    signatures: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def rows(act: Act, owner: str, names: str, **details: str | int | None) -> tuple[Call, ...]:
    """The same row for several methods of a type, or functions of a module."""
    return tuple(
        Call(f"{owner}.{name}" if owner else name, act, **details)  # type: ignore[arg-type]
        for name in names.split()
    )
