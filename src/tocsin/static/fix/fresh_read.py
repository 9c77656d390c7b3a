"""A locked read that reads again what the session has already: ``populate_existing``."""

from __future__ import annotations

import libcst as cst

from tocsin.model.rule import FixSafety
from tocsin.static.effect import Kind
from tocsin.static.fix.base import Rewrite, Rewritten
from tocsin.static.fix.queries import Style, argument, extended, read, with_argument
from tocsin.static.fix.site import Site


def apply(site: Site) -> Rewritten | None:
    found = read(site)
    if found is None or site.window is None:
        return None
    new: dict[cst.CSTNode, cst.CSTNode]
    if found.style is Style.GET:
        new = {found.call: with_argument(found.call, "populate_existing=True")}
    elif found.style is Style.STATEMENT:
        first = found.call.args[0].value
        new = {first: extended(first, "execution_options", argument("populate_existing=True"))}
    elif found.style is Style.QUERY:
        func = cst.ensure_type(found.call.func, cst.Attribute)
        new = {func.value: extended(func.value, "populate_existing")}
    else:
        return None
    # What was assigned and not flushed would be read over.
    dirty = any(each.kind is Kind.SET for each in site.window.effects[: site.window.index])
    return Rewritten(
        site.tree.replaced(new),
        f"{site.tree.code(found.model) if found.model else 'the row'} is read again under the lock",
        FixSafety.UNSAFE if dirty else FixSafety.SAFE,
    )


REWRITE = Rewrite("fresh-read", ("TOC209",), apply, locks=True)
