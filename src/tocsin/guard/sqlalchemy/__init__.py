"""Guards for SQLAlchemy. The verbs take a ``Session``, those of ``asyncio`` an ``AsyncSession``."""

from tocsin.guard.sqlalchemy.authorize import Grant, authorize, authorized, execute, holds, owns
from tocsin.guard.sqlalchemy.idempotency import once
from tocsin.guard.sqlalchemy.limits import consume, refund, reset
from tocsin.guard.sqlalchemy.locks import lock
from tocsin.guard.sqlalchemy.states import unchanged
from tocsin.guard.sqlalchemy.tables import METADATA, ONCE, TALLY
from tocsin.guard.sqlalchemy.taking import take
from tocsin.guard.sqlalchemy.transition import transition
from tocsin.guard.sqlalchemy.versions import conflicts, edit

__all__ = [
    "METADATA",
    "ONCE",
    "TALLY",
    "Grant",
    "authorize",
    "authorized",
    "conflicts",
    "consume",
    "edit",
    "execute",
    "holds",
    "lock",
    "once",
    "owns",
    "refund",
    "reset",
    "take",
    "transition",
    "unchanged",
]
