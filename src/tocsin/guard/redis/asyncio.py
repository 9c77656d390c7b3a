"""The same verbs, awaited, for a client of ``redis.asyncio``."""

from tocsin.guard.redis.idempotency import once_async as once
from tocsin.guard.redis.limits import consume_async as consume
from tocsin.guard.redis.limits import refund_async as refund
from tocsin.guard.redis.limits import reset_async as reset

__all__ = ["consume", "once", "refund", "reset"]
