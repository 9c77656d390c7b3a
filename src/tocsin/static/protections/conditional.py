"""A write that states again what was checked: ``UPDATE … WHERE status = 'pending'``."""

from __future__ import annotations

from tocsin.static.models import Model
from tocsin.static.overlap import ROW, named, trusted
from tocsin.static.value import Dep
from tocsin.static.window import Protection, Shield, Trust, Window
from tocsin.static.words import versions
from tocsin.static.world import World
from tocsin.stores.calls.mongo import KIND as DOCUMENTS


def conditional(window: Window, world: World) -> Protection | None:
    """The WHERE of the use names the columns that were tested, or asks the checked table."""
    use, item = window.use, window.use.effect.item
    if item is None or item.store != "database" or not _by_condition(window):
        return None
    if window.same_item and _moved_on(window):
        return Protection(Shield.CONDITIONAL, use.effect.at)
    if window.trust is Trust.COMPUTED:
        columns = named(window.columns, window.model)
        stated = named(frozenset(each.column for each in item.where), use.effect.model)
        if window.same_item and columns <= stated:
            return Protection(Shield.CONDITIONAL, use.effect.at)
        return None
    table = window.check.item.name if window.check.item else ""
    if any(table in each.tables for each in item.where):
        return Protection(Shield.CONDITIONAL, use.effect.at)
    if not window.same_row:
        return None
    tested = trusted(window.check, window.columns) - {ROW}
    changed = tested & named(use.columns, use.effect.model)
    stated = named(frozenset(each.column for each in item.where), use.effect.model)
    wanted = changed if window.own else tested
    if wanted and wanted <= stated:
        return Protection(Shield.CONDITIONAL, use.effect.at)
    return None


def _by_condition(window: Window) -> bool:
    """Whether the write says itself which rows it is for, as one of a document by a filter does."""
    model = window.use.effect.model
    document = isinstance(model, Model) and model.kind == DOCUMENTS
    return window.use.verb in {"update", "delete"} or (document and window.use.verb == "save")


def _moved_on(window: Window) -> bool:
    """Whether the row is changed only while its version is as it was read, which is counted up."""
    item = window.use.effect.item
    for each in item.where if item is not None else ():
        read = Dep(window.index, each.column)
        counted = any(w.column == each.column and read in w.deps for w in window.use.written)
        if each.op == "=" and versions([each.column], "") and read in each.deps and counted:
            return True
    return False
