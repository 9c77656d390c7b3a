"""What a mapped class says about its rows, and whom the verbs take."""

from __future__ import annotations

from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Integer, inspect
from sqlalchemy.orm import Mapper, Session, scoped_session

Db: TypeAlias = Session | scoped_session[Any]
"""What a verb works on; Flask-SQLAlchemy has the second."""


def keyed(model: type[Any], key: object) -> tuple[ColumnElement[bool], ...]:
    """The condition that a row has this primary key; a tuple where it has several columns.

    Raises ``ValueError`` if there are not as many values as columns.
    """
    columns = mapped(model).primary_key
    values = key if isinstance(key, tuple) else (key,)
    if len(values) != len(columns):
        raise ValueError(f"the key of {model.__name__} has {len(columns)} columns")
    return tuple(column == value for column, value in zip(columns, values, strict=True))


def next_version(model: type[Any]) -> dict[str, Any]:
    """What an UPDATE sets so that objects loaded before it are stale, by ``version_id_col``."""
    mapper = mapped(model)
    column = mapper.version_id_col
    if column is None or mapper.version_id_generator is False:
        return {}
    generate: Any = mapper.version_id_generator
    counted = isinstance(column.type, Integer)
    return {mapper.get_property_by_column(column).key: column + 1 if counted else generate(None)}


def named(model: type[Any]) -> str:
    """How a row is called in a message."""
    return model.__name__.lower()


def mapped(model: type[Any]) -> Mapper[Any]:
    """How a class is mapped. Raises SQLAlchemy's ``NoInspectionAvailable`` if it is not."""
    mapper: Mapper[Any] = inspect(model)
    return mapper
