"""Django: a transaction around check and use, and the row lock that needs one."""

from __future__ import annotations

import libcst as cst

from tocsin.static.fix.base import Rewrite, Rewritten
from tocsin.static.fix.imports import needed
from tocsin.static.fix.queries import read
from tocsin.static.fix.row_lock import locked
from tocsin.static.fix.site import Site
from tocsin.static.fix.tree import New, moved


def apply(site: Site) -> Rewritten | None:
    found, place = read(site), site.together()
    window = site.window
    if found is None or place is None or window is None or site.in_transaction or site.asynchronous:
        return None
    if window.model is None or window.model.kind != "django":
        return None
    changes = locked(site, found)
    if changes is None:
        return None
    block, use = place
    name = needed(site.tree.module, "django.db", "transaction")
    first, *others = moved(block.statements[block.index : use + 1], changes)
    around = cst.ensure_type(site.tree.parsed(f"with {name.text}.atomic():\n    pass\n"), cst.With)
    body = cst.IndentedBlock([first.with_changes(leading_lines=()), *others])
    made: dict[cst.CSTNode, New] = dict.fromkeys(block.statements[block.index + 1 : use + 1])
    above = getattr(first, "leading_lines", ())
    made[block.statements[block.index]] = around.with_changes(body=body, leading_lines=above)
    return Rewritten(
        site.tree.replaced(made),
        f"{window.model.name.rpartition('.')[2]} is locked in a transaction of check and use",
        imports=name.imports,
    )


REWRITE = Rewrite("atomic-lock", ("TOC102", "TOC201", "TOC202", "TOC203"), apply)
