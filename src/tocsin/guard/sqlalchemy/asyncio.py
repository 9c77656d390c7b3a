"""The verbs for an ``AsyncSession``: the same arguments, awaited."""

from tocsin.guard.sqlalchemy import authorize as _authorize
from tocsin.guard.sqlalchemy import authorized as _authorized
from tocsin.guard.sqlalchemy import execute as _execute
from tocsin.guard.sqlalchemy import lock as _lock
from tocsin.guard.sqlalchemy import transition as _transition
from tocsin.guard.sqlalchemy.bridge import asynchronous, asynchronous_block

authorize = asynchronous(_authorize)
authorized = asynchronous_block(_authorized)
execute = asynchronous(_execute)
lock = asynchronous(_lock)
transition = asynchronous(_transition)

__all__ = ["authorize", "authorized", "execute", "lock", "transition"]
