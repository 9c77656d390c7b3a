"""Django: a transaction around check and use, and the row lock that needs one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import libcst as cst

from tocsin.static.fix.base import Rewrite, Rewritten
from tocsin.static.fix.blocks import around
from tocsin.static.fix.imports import needed
from tocsin.static.fix.queries import read
from tocsin.static.fix.row_lock import locked
from tocsin.static.fix.site import Site
from tocsin.static.fix.tree import New


def apply(site: Site) -> Rewritten | None:
    found, window = read(site), site.window
    if found is None or window is None or site.in_transaction:
        return None
    if window.model is None or window.model.kind != "django":
        return None
    changes = {} if window.check.lock else locked(site, found)
    model = window.model.name.rpartition(".")[2]
    what = f"{model} is locked in a transaction of check and use"
    return wrapped(site, changes, what) if changes is not None else None


def wrapped(
    site: Site,
    changes: Mapping[cst.CSTNode, New],
    description: str,
    gone: Iterable[cst.CSTNode] = (),
) -> Rewritten | None:
    """Check and use, with changes made in them, in one ``transaction.atomic()``.

    ``gone`` are statements, there or elsewhere, that are left out.
    """
    place = site.together()
    if place is None or site.asynchronous:
        return None
    name = needed(site.tree.module, "django.db", "transaction")
    block, use = place
    out: dict[cst.CSTNode, New] = dict.fromkeys(gone)
    inside = {each: None for each in out if each in block.statements[block.index : use + 1]}
    within = {**changes, **inside}
    made = {**out, **around(site.tree, block, use, f"with {name.text}.atomic()", within)}
    return Rewritten(site.tree.replaced(made), description, imports=name.imports)


REWRITE = Rewrite(
    "atomic-lock",
    ("TOC101", "TOC102", "TOC201", "TOC202", "TOC203", "TOC206", "TOC212", "TOC405"),
    apply,
    locks=True,
)
