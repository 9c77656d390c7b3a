"""Reading without the garbage collector: trees are big, all alive, and hold no cycles."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """No collection within: it would look through every tree again and again, and find nothing.

    What counts references still frees. Nests, and leaves the collector as it was.
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
