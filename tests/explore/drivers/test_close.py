"""The end of an app: what it left in the event loop is ended, and nobody complains."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import nullcontext
from typing import Any

import pytest

from tocsin.explore.drivers.asgi import ASGIApp
from tocsin.explore.drivers.asyncio import AsyncioDriver

told: list[str] = []
kept: list[Any] = []


@pytest.fixture(autouse=True)
def _nothing_told() -> None:
    told.clear()
    kept.clear()


async def forever() -> None:
    try:
        await asyncio.Event().wait()
    finally:
        told.append("cancelled")


async def fails_at_its_end() -> None:
    try:
        await asyncio.Event().wait()
    finally:
        raise LookupError("too late")


async def will_not_end() -> None:
    while "closed" not in told:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            told.append("refused")


async def numbers() -> AsyncIterator[int]:
    try:
        yield 1
        yield 2
    finally:
        told.append("closed")


async def leaves_a_generator_open() -> None:
    opened = numbers()
    kept.append(opened)
    await anext(opened)


def app_with(work: Callable[[], Any]) -> ASGIApp:
    """An app that starts a task when it starts, and never thinks of it again."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert (await receive())["type"] == "lifespan.startup"
        kept.append(asyncio.ensure_future(work()))
        await send({"type": "lifespan.startup.complete"})
        assert (await receive())["type"] == "lifespan.shutdown"
        await send({"type": "lifespan.shutdown.complete"})

    return app


def opened_and_closed(app: ASGIApp) -> None:
    driver = AsyncioDriver(app, lambda _: "await", nullcontext)
    driver.open()
    driver.close()
    kept.clear()
    gc.collect()


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (forever, ["cancelled"]),
        (fails_at_its_end, []),
        (will_not_end, ["refused"]),
        (leaves_a_generator_open, ["closed"]),
    ],
)
def test_tasks_that_are_left_end_quietly(
    work: Callable[[], Any], words: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "asyncio"):
        opened_and_closed(app_with(work))
    assert told == words
    assert [r.message for r in caplog.records if r.levelno >= logging.WARNING] == []


def test_an_app_that_never_says_that_it_is_down_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await forever()

    monkeypatch.setattr("tocsin.explore.drivers.asgi._PATIENCE", 0.01)
    opened_and_closed(app)
    assert told == ["cancelled"]
