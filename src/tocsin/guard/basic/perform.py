"""One decision for code that blocks and for code that awaits.

It is written once, as a coroutine that has everything outside done for it by ``perform``: called at
once, awaited, or in a thread.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Perform(Protocol):
    """Calls a function for the decision."""

    def __call__(self, function: Callable[..., Any], /, *args: Any) -> Awaitable[Any]: ...


async def plainly(function: Callable[..., Any], /, *args: Any) -> Any:
    """Call it here and now. Raises ``TypeError`` for what has to be awaited."""
    if inspect.iscoroutinefunction(function) or inspect.isawaitable(result := function(*args)):
        # Left as it is, it would be true, and a password right.
        raise TypeError(f"{function} has to be awaited, and this is not code that awaits")
    return result


def threaded(to_thread: Callable[[Callable[[], Any]], Awaitable[Any]]) -> Perform:
    """Await coroutine functions, and have all others called where waiting disturbs nobody."""

    async def perform(function: Callable[..., Any], /, *args: Any) -> Any:
        if inspect.iscoroutinefunction(function):
            return await function(*args)
        result = await to_thread(functools.partial(function, *args))
        return await result if inspect.isawaitable(result) else result

    return perform


def at_once(decision: Coroutine[Any, Any, T]) -> T:
    """The result of a decision that is performed `plainly`: it never waits."""
    try:
        decision.send(None)
    except StopIteration as end:
        value: T = end.value
        return value
    decision.close()
    raise RuntimeError("a decision that waits needs an event loop")
