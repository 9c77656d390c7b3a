"""Which rows a statement touches, once its values are known."""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from tocsin.model.access import Access, Item, Mode
from tocsin.stores.sql_text import Key


class Many(list[object]):
    """The parameter sets of an ``executemany``."""


@dataclass(frozen=True, slots=True)
class Operand:
    """A value in the text (``constant``), or the ``key`` of a placeholder; neither: not known."""

    constant: str | None = None
    key: Key | None = None

    def value(self, parameters: object) -> str | None:
        """The comparable form of the value, ``None`` if nothing can be said of it."""
        return self.constant if self.key is None else comparable(_bound(parameters, self.key))


UNKNOWN = Operand()

Columns = tuple[tuple[str, tuple[Operand, ...]], ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """An access whose values are still missing.

    ``columns`` narrows it: each row touched has, in each column, one of the values. ``assigned``
    are the columns a write sets (``None``: any of them), with what it sets them to.
    """

    name: str | None
    mode: Mode
    verb: str = ""
    locks: bool = False
    columns: Columns = ()
    assigned: Columns | None = ()

    def accesses(self, store: str, parameters: object) -> Iterator[Access]:
        yield Access(
            Item(store, self.name, _where(self.columns, parameters)),
            self.mode,
            self.verb,
            self.locks,
        )

    def collisions(
        self,
        store: str,
        parameters: object,
        unique: Mapping[str, Collection[Collection[str]]],
    ) -> Iterator[Access]:
        """The reads by which the database keeps unique what this write sets."""
        if self.mode is not Mode.WRITE or self.name is None:
            return
        row = dict(self.columns) | dict(self.assigned or ())
        for key in unique.get(self.name, ()):
            if self.assigned is None or any(column in key for column, _ in self.assigned):
                known = tuple((column, row[column]) for column in key if column in row)
                item = Item(store, self.name, _where(known, parameters))
                yield Access(item, Mode.READ, "unique")


EVERYTHING = (Pattern(None, Mode.READ), Pattern(None, Mode.WRITE))
"""What a statement that is not understood may touch."""


def _where(columns: Columns, parameters: object) -> tuple[tuple[str, frozenset[Hashable]], ...]:
    sets: Sequence[object] = parameters if isinstance(parameters, Many) else (parameters,)
    where = []
    for column, operands in columns:
        values = {operand.value(each) for operand in operands for each in sets}
        if None not in values:
            where.append((column, frozenset[Hashable](values)))
    return tuple(where)


def _bound(parameters: object, key: Key) -> object:
    if isinstance(key, str):
        return parameters.get(key) if isinstance(parameters, Mapping) else None
    if isinstance(parameters, tuple | list) and not isinstance(parameters, Many):
        return parameters[key] if key < len(parameters) else None
    return None


_NUMBER = re.compile(r"[+-]?\d{1,24}(?:\.0*)?")
_HEX = re.compile(r"[0-9a-f]{32}")
_NAME = re.compile(r"[A-Za-z][\w.@+-]*", re.ASCII)
# Text that a database may read as a date, a truth value or a number: many spellings, one value.
_SPELLINGS = re.compile(
    r"(?:t|f|y|n|true|false|yes|no|on|off|tr|tru|fa|fal|fals|ye|of"
    r"|now|today|tomorrow|yesterday|epoch|allballs|infinity|inf|nan"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[-.]?\d.*"
    r"|j\d.*|pt?\d.*)"
)
_EXACT = 2**53  # beyond it a column of floating point numbers no longer tells integers apart


def comparable(value: object) -> str | None:
    """A text that two values share whenever a database could find them equal.

    ``1``, ``'1'`` and ``Decimal('1.0')`` share one, so do a UUID and its spellings, and names that
    differ in case or punctuation. ``None`` where there is no such text: NULL, truth values,
    fractions, dates, bytes, free text.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return str(int(value)) if abs(value) <= _EXACT else None
    if isinstance(value, Decimal | UUID | str):
        return _comparable_text(str(value))
    return None


def _comparable_text(text: str) -> str | None:
    if _NUMBER.fullmatch(text):
        return comparable(int(Decimal(text)))
    if not text.isascii():
        return None
    text = text.lower()
    bare = re.sub(r"[^0-9a-z]", "", text)
    if _HEX.fullmatch(bare):
        return bare
    if _NAME.fullmatch(text) and not _SPELLINGS.fullmatch(text):
        return bare
    return None
