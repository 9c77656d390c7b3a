"""One decision, performed in several ways."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tocsin.guard.basic.perform import Perform, at_once, plainly, threaded


async def waiting(value: int) -> int:
    await asyncio.sleep(0)
    return value


def disguised(value: int) -> Any:
    return waiting(value)


def where(_: int) -> int:
    return threading.get_ident()


async def decision(perform: Perform, function: Callable[..., Any]) -> Any:
    return await perform(function, 1)


def test_at_once() -> None:
    assert at_once(decision(plainly, where)) == threading.get_ident()


@pytest.mark.filterwarnings("ignore:coroutine")
@pytest.mark.parametrize("function", [waiting, partial(waiting), disguised])
def test_what_has_to_be_awaited_is_not_taken_for_a_result(function: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match="has to be awaited"):
        at_once(decision(plainly, function))


def test_a_decision_that_waits_needs_a_loop() -> None:
    with pytest.raises(RuntimeError, match="event loop"):
        at_once(waiting(1))


@pytest.mark.parametrize("function", [waiting, partial(waiting), disguised])
def test_coroutine_functions_are_awaited(function: Callable[..., Any]) -> None:
    assert asyncio.run(decision(threaded(asyncio.to_thread), function)) == 1


def test_others_are_called_in_a_thread() -> None:
    assert asyncio.run(decision(threaded(asyncio.to_thread), where)) != threading.get_ident()


def test_what_is_raised_arrives() -> None:
    def refuse(_: int) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        at_once(decision(plainly, refuse))
