"""What both ways of opening are tried with."""

from __future__ import annotations

import os

from tocsin.guard.files import openat2, walk
from tocsin.guard.files.draft import Opener


def openers() -> dict[str, Opener]:
    """``walk``, and ``openat2`` where the kernel has it."""
    here = os.open(os.curdir, os.O_RDONLY)
    try:
        known: dict[str, Opener] = {"walk": walk.opened}
        return known | ({"openat2": openat2.opened} if openat2.available(here) else {})
    finally:
        os.close(here)
