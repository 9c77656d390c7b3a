"""The verbs for an ``AsyncSession``: the same arguments, awaited."""

from tocsin.guard.sqlalchemy import authorize as _authorize
from tocsin.guard.sqlalchemy import authorized as _authorized
from tocsin.guard.sqlalchemy import consume as _consume
from tocsin.guard.sqlalchemy import edit as _edit
from tocsin.guard.sqlalchemy import execute as _execute
from tocsin.guard.sqlalchemy import lock as _lock
from tocsin.guard.sqlalchemy import refund as _refund
from tocsin.guard.sqlalchemy import reset as _reset
from tocsin.guard.sqlalchemy import take as _take
from tocsin.guard.sqlalchemy import transition as _transition
from tocsin.guard.sqlalchemy import unchanged as _unchanged
from tocsin.guard.sqlalchemy.bridge import asynchronous, asynchronous_block
from tocsin.guard.sqlalchemy.idempotency import once_async as once

authorize = asynchronous(_authorize)
authorized = asynchronous_block(_authorized)
consume = asynchronous(_consume)
edit = asynchronous(_edit)
execute = asynchronous(_execute)
lock = asynchronous(_lock)
refund = asynchronous(_refund)
reset = asynchronous(_reset)
take = asynchronous(_take)
transition = asynchronous(_transition)
unchanged = asynchronous(_unchanged)

__all__ = [
    "authorize",
    "authorized",
    "consume",
    "edit",
    "execute",
    "lock",
    "once",
    "refund",
    "reset",
    "take",
    "transition",
    "unchanged",
]
