"""All rules, the most specific first: the first that knows a window names it."""

from __future__ import annotations

from tocsin.static.rules import (
    toc101_authorize_then_act,
    toc102_ownership_then_write,
    toc103_cached_permission,
    toc105_check_after_response,
    toc106_snapshot_authorization,
    toc201_check_then_update,
    toc202_read_modify_write,
    toc203_guarded_relative_update,
    toc204_count_then_insert,
    toc205_exists_then_create,
    toc206_lock_outside_transaction,
    toc207_lock_after_check,
    toc208_lazy_lock,
    toc209_stale_after_lock,
    toc210_lock_per_call,
    toc211_full_save_lost_update,
    toc212_unversioned_edit,
    toc213_split_transaction,
    toc214_validate_then_write,
    toc301_exists_then_open,
    toc401_await_inside_window,
    toc402_thread_shared_check_then_act,
    toc404_cache_read_modify_write,
    toc405_get_then_delete_token,
    toc501_state_changing_get,
    toc502_limit_test_then_hit,
)
from tocsin.static.rules.base import Judge, Observer

JUDGES: tuple[Judge, ...] = (
    toc502_limit_test_then_hit.JUDGE,
    toc210_lock_per_call.JUDGE,
    toc208_lazy_lock.JUDGE,
    toc209_stale_after_lock.JUDGE,
    toc207_lock_after_check.JUDGE,
    toc213_split_transaction.JUDGE,
    toc206_lock_outside_transaction.JUDGE,
    toc214_validate_then_write.JUDGE,
    toc212_unversioned_edit.JUDGE,
    toc203_guarded_relative_update.JUDGE,
    toc405_get_then_delete_token.JUDGE,
    toc404_cache_read_modify_write.JUDGE,
    toc204_count_then_insert.JUDGE,
    toc205_exists_then_create.JUDGE,
    toc202_read_modify_write.JUDGE,
    toc201_check_then_update.JUDGE,
    toc106_snapshot_authorization.JUDGE,
    toc102_ownership_then_write.JUDGE,
    toc101_authorize_then_act.JUDGE,
    toc301_exists_then_open.JUDGE,
    toc401_await_inside_window.JUDGE,
    toc402_thread_shared_check_then_act.JUDGE,
)

OBSERVERS: tuple[Observer, ...] = (
    toc103_cached_permission.OBSERVER,
    toc105_check_after_response.OBSERVER,
    toc211_full_save_lost_update.OBSERVER,
    toc501_state_changing_get.OBSERVER,
)
