"""Guards for SQLAlchemy. The verbs take a ``Session``, those of ``asyncio`` an ``AsyncSession``."""

from tocsin.guard.sqlalchemy.authorize import Grant, authorize, authorized, execute, holds, owns
from tocsin.guard.sqlalchemy.locks import lock
from tocsin.guard.sqlalchemy.transition import transition

__all__ = ["Grant", "authorize", "authorized", "execute", "holds", "lock", "owns", "transition"]
