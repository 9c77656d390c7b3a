"""Guards for Redis and Valkey. The verbs take a client, those of ``asyncio`` its async twin."""

from tocsin.guard.redis.idempotency import once
from tocsin.guard.redis.limits import consume, refund, reset

__all__ = ["consume", "once", "refund", "reset"]
