"""Django: a lock's ``transaction.atomic()`` that ends too early, made to last until the use."""

from __future__ import annotations

import libcst as cst
from libcst import matchers as m

from tocsin.static.fix.base import Rewrite, Rewritten
from tocsin.static.fix.site import Site
from tocsin.static.fix.tree import New, moved

_NAMES = (m.Name("atomic"), m.Attribute(attr=m.Name("atomic")))
_OPENED = m.WithItem(item=m.OneOf(*_NAMES, *(m.Call(func=each) for each in _NAMES)))


def apply(site: Site) -> Rewritten | None:
    window, place = site.window, site.together()
    if window is None or window.flawed("outside") is None or place is None:
        return None
    block, use = place
    early = block.statements[block.index]
    if not isinstance(early, cst.With) or not isinstance(early.body, cst.IndentedBlock):
        return None
    if use == block.index or not any(m.matches(each, _OPENED) for each in early.items):
        return None
    late = block.statements[block.index + 1 : use + 1]
    body = early.body.with_changes(body=[*early.body.body, *moved(late, {})])
    made: dict[cst.CSTNode, New] = {early: early.with_changes(body=body), **dict.fromkeys(late)}
    return Rewritten(site.tree.replaced(made), "the lock and the use are in one transaction")


REWRITE = Rewrite("longer-block", ("TOC206",), apply, locks=True)
