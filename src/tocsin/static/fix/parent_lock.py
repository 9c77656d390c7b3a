"""Rows are counted that are not there yet: the row that they belong to is locked before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import libcst as cst

from tocsin.static.effect import Effect, Kind
from tocsin.static.fix.atomic_block import wrapped
from tocsin.static.fix.base import Rewrite, Rewritten
from tocsin.static.fix.eager_lock import dead
from tocsin.static.fix.queries import read
from tocsin.static.fix.row_lock import locked
from tocsin.static.fix.site import Site
from tocsin.static.fix.tree import New
from tocsin.static.models import Model
from tocsin.static.overlap import keys, same_store


def apply(site: Site) -> Rewritten | None:
    for parent, model in _parents(site):
        made = _locked(site, parent, model)
        if made is not None:
            return made
    return None


def _parents(site: Site) -> Iterator[tuple[Effect, Model]]:
    """The reads before the count of a row that has what the counted rows have in common."""
    window = site.window
    if window is None or window.check.item is None:
        return
    below = set(keys(window.check.item, window.check.model).values())
    for effect in window.effects[: window.index]:
        model = effect.model
        if effect.kind is not Kind.READ or effect.item is None or not isinstance(model, Model):
            continue
        if (effect.at.path, effect.at.function) != (site.path, site.check.function):
            continue
        terms = {*keys(effect.item, model).values(), effect.item.row} - {""}
        belongs = any(term in each for term in terms for each in below)
        unique = model.unique_within(effect.item.equal_to()) is not None
        if belongs and unique and effect.item.name != _name(site):
            yield effect, model


def _name(site: Site) -> str:
    item = site.window.check.item if site.window is not None else None
    return item.name if item is not None else ""


def _locked(site: Site, parent: Effect, model: Model) -> Rewritten | None:
    """The parent's read with a lock, in a transaction with the rest."""
    if site.window is None or parent.lock:
        return None
    index = next(i for i, each in enumerate(site.window.effects) if each is parent)
    window = replace(site.window, check=parent, index=index, same_row=False)
    above = replace(site, check=parent.at, window=window)
    found = read(above)
    changes: Mapping[cst.CSTNode, New] | None = locked(above, found) if found else None
    if changes is None:
        return None
    what = f"{model.name.rpartition('.')[2]}, to which what is counted belongs, is locked before"
    for each in site.window.effects:
        if each.kind is Kind.BUILT and same_store(each, parent) and each.at.path == site.path:
            changes = {**changes, **dict.fromkeys(dead(above, each.at.line))}
    if above.in_transaction:
        return Rewritten(site.tree.replaced(changes), what)
    return wrapped(above, changes, what)


REWRITE = Rewrite("parent-lock", ("TOC204", "TOC208"), apply, locks=True)
