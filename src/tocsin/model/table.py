"""Rows, and what must be known of the table that they are in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Row = Mapping[str, object]
"""One row of a table: column to a value that JSON can hold."""


@dataclass(frozen=True, slots=True)
class Table:
    """What must be known of a table to compare its contents and to guess request values.

    ``key`` are the primary key's columns, ``generated`` those the database fills in
    (autoincrement, identity, serial), ``references`` maps a column to ``(table, column)``.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...] = ()
    generated: tuple[str, ...] = ()
    references: tuple[tuple[str, tuple[str, str]], ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
