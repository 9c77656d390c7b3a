"""Guards for SQLAlchemy. The verbs take a ``Session``, those of ``asyncio`` an ``AsyncSession``."""
