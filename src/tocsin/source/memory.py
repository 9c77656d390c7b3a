"""What reading asks of Python: no garbage collector, deep calls, and room for their frames."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from types import FunctionType
from typing import ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")


@contextmanager
def uncollected() -> Iterator[None]:
    """No collection within: trees are big, all alive, and hold no cycles.

    It would look through every tree again and again, and find nothing. What counts references still
    frees. Nests, and leaves the collector as it was.
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            if not gc.get_freeze_count():  # what was made within counts as old, not as new
                gc.freeze()
                gc.unfreeze()
            gc.enable()


_DEEP = 6000
"""Frames that interpreting may nest: forty calls of the project, with the branches in each."""


@contextmanager
def deep() -> Iterator[None]:
    """Let calls nest deeper than usual in here, and no longer."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _DEEP))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


_ROOM = 600_000
"""Words that one frame says it needs: it gets 8 MiB, of which this leaves nearly half."""


def roomy(work: Callable[P, T]) -> Callable[P, T]:
    """The same function, called where there is room for the frames of all that it calls.

    CPython keeps frames in blocks of 16 KiB, and asks the system for the next one whenever a call
    steps over the end. Where that is in the middle of a deep recursion, half of the calls do, and
    each return gives the block back: a tenth of all the time. A frame that says it is large gets a
    large block, the rest of which is for the calls within. What is not used of it costs nothing.
    """

    @wraps(work)
    def roomy_(*args: P.args, **kwargs: P.kwargs) -> T:
        return work(*args, **kwargs)

    function = cast("FunctionType", roomy_)
    function.__code__ = function.__code__.replace(co_stacksize=_ROOM)
    return roomy_
