"""What a suspended coroutine waits for, told from the frames that it is suspended in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from tocsin.explore.drivers.awaiting import awaits_io


async def _reading() -> None:
    reader = asyncio.StreamReader()
    await reader.readline()


async def _locking() -> None:
    lock = asyncio.Lock()
    await lock.acquire()
    await lock.acquire()


@asynccontextmanager
async def _entering(first: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    await first()
    yield


@asynccontextmanager
async def _leaving(last: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    yield
    await last()


async def _inside(block: object) -> None:
    async with block:  # type: ignore[attr-defined]
        pass


async def _looping(body: Callable[[], Awaitable[None]]) -> None:
    async def items() -> AsyncIterator[int]:
        await body()
        yield 1

    async for _ in items():
        pass


WAYS = {
    "plain": lambda body: body(),
    "in a generator's beginning": lambda body: _inside(_entering(body)),
    "in a generator's end": lambda body: _inside(_leaving(body)),
    "in a loop": _looping,
    "in a block in a block": lambda body: _inside(_entering(lambda: _inside(_leaving(body)))),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("body", "io"), [(_reading, True), (_locking, False)])
def test_the_innermost_frame_tells(
    way: str, body: Callable[[], Awaitable[None]], *, io: bool
) -> None:
    async def told() -> bool:
        coroutine = WAYS[way](body)
        coroutine.send(None)
        answer = awaits_io(coroutine)
        coroutine.close()
        return answer

    assert asyncio.run(told()) is io
