"""Guards for SQLAlchemy. The verbs take a ``Session``, those of ``asyncio`` an ``AsyncSession``."""

from tocsin.guard.sqlalchemy.transition import transition

__all__ = ["transition"]
