"""What a suspended coroutine waits for: an answer from outside, or another task.

A coroutine that waits for a lock, a queue or an event waits for another task; one that waits for a
socket does not, and only has to be waited for. The frames it is suspended in tell which.
"""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Coroutine, Iterator
from types import FrameType
from typing import Any

_ASYNCIO = os.path.dirname(asyncio.__file__) + os.sep
_WAITING = frozenset(
    _ASYNCIO + name
    for name in ("locks.py", "queues.py", "tasks.py", "taskgroups.py", "timeouts.py", "futures.py")
)
"""Frames that say how something is waited for, not for what."""
_SOCKETS = frozenset(
    _ASYNCIO + name
    for name in ("streams.py", "sslproto.py", "selector_events.py", "base_events.py", "proactor.py")
)
_CLIENTS = tuple(
    f"{os.sep}site-packages{os.sep}{name}{os.sep}"
    for name in (
        *(
            "asyncpg",
            "aiosqlite",
            "psycopg",
            "aiomysql",
            "asyncmy",
            "redis",
            "motor",
            "pymongo",
            "httpcore",
        ),
        *(
            "httpcore2",
            "aiohttp",
            "websockets",
            "grpc",
            "aiokafka",
            "aio_pika",
            "elastic_transport",
        ),
    )
)
_COMPILED = ("asyncmy/", "asyncpg/")
"""Clients that were compiled: their frames name files as they were when that was done."""
_POOLS = ("asyncpg/pool.py", "aiomysql/pool.py", "asyncmy/pool.pyx", "redis/asyncio/lock.py")
"""In a client's package, but waiting for another task all the same."""


def awaits_io(coroutine: Coroutine[Any, Any, Any]) -> bool:
    """Whether a suspended coroutine waits for something from outside this process."""
    for frame in reversed(list(_frames(coroutine))):
        path = frame.f_code.co_filename
        if path in _WAITING:
            continue
        if path in _SOCKETS or "SocketStream" in frame.f_code.co_qualname:
            return True
        client = path.startswith(_COMPILED) or any(name in path for name in _CLIENTS)
        return client and not path.endswith(_POOLS)
    return False


def _frames(awaitable: Any) -> Iterator[FrameType]:
    """The frames a coroutine is suspended in, the outermost first."""
    while awaitable is not None:
        for prefix in ("cr", "gi", "ag"):
            frame = getattr(awaitable, f"{prefix}_frame", None)
            if isinstance(frame, FrameType):
                yield frame
                awaitable = getattr(
                    awaitable, "gi_yieldfrom" if prefix == "gi" else f"{prefix}_await", None
                )
                break
        else:
            awaitable = _behind(awaitable)


_WRAPPERS = frozenset(
    {"async_generator_asend", "async_generator_athrow", "coroutine_wrapper", "anext_awaitable"}
)
"""Steps of an asynchronous generator, and Cython's coroutines, do not say what they step."""
_STEPPED = ("cr_frame", "gi_frame", "ag_frame")


def _behind(awaitable: object) -> object:
    """What an awaitable that tells nothing of itself steps, as the garbage collector knows it."""
    if type(awaitable).__name__ not in _WRAPPERS:
        return None
    held = gc.get_referents(awaitable)
    return next((one for one in held if any(hasattr(one, name) for name in _STEPPED)), None)
