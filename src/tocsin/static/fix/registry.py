"""All rewrites; of those for one finding the first that closes its window is taken."""

from __future__ import annotations

from tocsin.static.fix import (
    asked_again,
    atomic_block,
    challenge,
    claimed_key,
    compare_digest,
    conditional_update,
    contained_path,
    counter,
    eager_lock,
    exclusive_create,
    fresh_read,
    get_or_create,
    guard_create,
    guard_edit,
    guard_open,
    guard_transition,
    handled_conflict,
    held_lock,
    lock_first,
    longer_block,
    module_lock,
    named_columns,
    parent_lock,
    relative_update,
    row_lock,
    shared_lock,
    taken_once,
    unique_constraint,
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
    longer_block.REWRITE,
    parent_lock.REWRITE,
    named_columns.REWRITE,
    shared_lock.REWRITE,
    get_or_create.REWRITE,
    handled_conflict.REWRITE,
    unique_constraint.REWRITE,
    asked_again.REWRITE,
    module_lock.REWRITE,
    exclusive_create.REWRITE,
    contained_path.REWRITE,
    claimed_key.REWRITE,
    counter.REWRITE,
    taken_once.REWRITE,
    compare_digest.REWRITE,
    challenge.REWRITE,
)

GUARDS: tuple[Rewrite, ...] = (
    guard_transition.REWRITE,
    guard_edit.REWRITE,
    guard_open.REWRITE,
    guard_create.REWRITE,
)
"""What writes calls of `tocsin.guard`: only where that is asked for, and then before all others."""

WITHOUT_ROW_LOCKS: tuple[Rewrite, ...] = tuple(sorted(REWRITES, key=lambda each: each.locks))
"""The same where SQLite may be the database: what needs row locks comes last."""
