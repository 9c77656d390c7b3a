"""All rewrites; of those for one finding the first that closes its window is taken."""

from __future__ import annotations

from tocsin.static.fix import (
    asked_again,
    atomic_block,
    compare_digest,
    conditional_update,
    eager_lock,
    exclusive_create,
    fresh_read,
    get_or_create,
    handled_conflict,
    held_lock,
    lock_first,
    module_lock,
    named_columns,
    parent_lock,
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
    eager_lock.REWRITE,
    held_lock.REWRITE,
    parent_lock.REWRITE,
    named_columns.REWRITE,
    shared_lock.REWRITE,
    get_or_create.REWRITE,
    handled_conflict.REWRITE,
    asked_again.REWRITE,
    module_lock.REWRITE,
    exclusive_create.REWRITE,
    compare_digest.REWRITE,
)
