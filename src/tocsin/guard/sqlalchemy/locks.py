"""Rows that nobody else changes until the transaction ends."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import select, tuple_

from tocsin.guard.errors import Missing
from tocsin.guard.sqlalchemy.rows import Db, mapped, named

M = TypeVar("M")


def lock(session: Db, model: type[M], *keys: object) -> tuple[M, ...]:
    """The rows of these primary keys, locked and as they now are, in the order of ``keys``.

    They are locked in the order of the table, so that two requests cannot wait for each other.
    Objects that were loaded before are refreshed. Raises ``Missing`` if there is no such row.
    """
    begin_writing(session)
    columns = mapped(model).primary_key
    column: Any = columns[0] if len(columns) == 1 else tuple_(*columns)
    rows = select(model).where(column.in_(set(keys))).order_by(*columns)
    # Of what others may do with these rows, they still may refer to them.
    rows = rows.with_for_update(key_share=True)
    found = session.scalars(rows.execution_options(populate_existing=True)).all()
    by_key = {_key(row): row for row in found}
    if any(key not in by_key for key in keys):
        raise Missing(f"no such {named(model)}")
    return tuple(by_key[key] for key in keys)


def begin_writing(session: Db) -> None:
    """Make what is read from here on stay true until the commit, if it is locked.

    What the session holds back is written, since rows are refreshed when they are locked. Raises
    what ``begin`` does.
    """
    session.flush()
    begin(session)


def begin(session: Db) -> None:
    """Begin the transaction in which locks hold.

    SQLite has no row locks, and its driver begins a transaction at the first write only: here it
    begins, as the one that writes. Raises ``RuntimeError`` where every statement is a transaction
    of its own and locks hold nothing.
    """
    connection = session.connection()
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        if not driver.in_transaction:
            # Past the session, which would write what it holds back.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    dbapi: Any = connection.connection.dbapi_connection
    try:
        alone = connection.dialect.detect_autocommit_setting(dbapi)
    except NotImplementedError:
        return
    if alone:
        raise RuntimeError("a lock lasts as long as its transaction: this engine is in AUTOCOMMIT")


def _key(row: object) -> object:
    identity = mapped(type(row)).primary_key_from_instance(row)
    return identity[0] if len(identity) == 1 else tuple(identity)
