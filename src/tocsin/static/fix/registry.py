"""All rewrites; of those for one finding the first that closes its window is taken."""

from __future__ import annotations

from tocsin.static.fix import (
    atomic_block,
    compare_digest,
    conditional_update,
    exclusive_create,
    fresh_read,
    get_or_create,
    handled_conflict,
    lock_first,
    relative_update,
    row_lock,
    shared_lock,
)
from tocsin.static.fix.base import Rewrite

REWRITES: tuple[Rewrite, ...] = (
    relative_update.REWRITE,
    row_lock.REWRITE,
    conditional_update.REWRITE,
    atomic_block.REWRITE,
    fresh_read.REWRITE,
    lock_first.REWRITE,
    shared_lock.REWRITE,
    get_or_create.REWRITE,
    handled_conflict.REWRITE,
    exclusive_create.REWRITE,
    compare_digest.REWRITE,
)
