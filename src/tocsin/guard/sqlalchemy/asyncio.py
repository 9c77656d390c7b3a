"""The verbs for an ``AsyncSession``: the same arguments, awaited."""

from tocsin.guard.sqlalchemy import transition as _transition
from tocsin.guard.sqlalchemy.bridge import asynchronous

transition = asynchronous(_transition)

__all__ = ["transition"]
