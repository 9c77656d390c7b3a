"""The tables that guards keep.

Create them with ``METADATA.create_all(engine)``, name ``METADATA`` beside your own in Alembic's
``target_metadata``, or put them into yours: ``TALLY.to_metadata(Base.metadata)``.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, MetaData, String, Table, Text
from sqlalchemy.dialects.mysql import MEDIUMTEXT

METADATA = MetaData()

TALLY = Table(
    "tocsin_tally",
    METADATA,
    Column("key", String(64), primary_key=True),
    Column("used", BigInteger, nullable=False),
    Column("ends", BigInteger, nullable=False, index=True),
)
"""What is used of limits. ``ends`` is in microseconds; rows that have ended may be deleted."""

ONCE = Table(
    "tocsin_once",
    METADATA,
    Column("key", String(64), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("token", String(32), nullable=False),
    Column("lease", BigInteger, nullable=False),
    Column("ends", BigInteger, nullable=False, index=True),
    Column("answer", Text().with_variant(MEDIUMTEXT(), "mysql", "mariadb")),
)
"""Requests that are carried out once. ``ends`` is in microseconds; what has ended may go."""
