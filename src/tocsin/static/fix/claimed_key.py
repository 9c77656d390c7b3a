"""A key that is looked at and then set, set by the one who finds it free: ``nx``, ``add``."""

from __future__ import annotations

import libcst as cst

from tocsin.static.fix.base import Rewrite, Rewritten
from tocsin.static.fix.blocks import removed
from tocsin.static.fix.cache_calls import REDIS, Pair, alone, pair
from tocsin.static.fix.site import Site
from tocsin.static.fix.tested import exits
from tocsin.static.fix.tree import New
from tocsin.static.window import Trust


def apply(site: Site) -> Rewritten | None:
    if site.window is None or site.window.trust is not Trust.TESTED:
        return None
    found = pair(site)
    if found is None or found.look.name not in {"get", "exists", "has_key"}:
        return None
    branch = found.block.statements[found.block.index]
    if not isinstance(branch, cst.If) or branch.orelse is not None:
        return None
    claim = _claim(site, found)
    if claim is None:
        return None
    negated = isinstance(branch.test, cst.UnaryOperation)
    asked = branch.test.expression if isinstance(branch.test, cst.UnaryOperation) else branch.test
    if asked is not found.look.whole:
        return None
    changes = (
        _going_on(site, found, branch, claim) if negated else _refusing(site, found, branch, claim)
    )
    if changes is None:
        return None
    return Rewritten(site.tree.replaced(changes), "the key is set by whoever finds it free")


def _claim(site: Site, found: Pair) -> str | None:
    """The command that sets the key if it is free, and says so."""
    args = [site.tree.code(each).rstrip(", ") for each in found.change.rest]
    if found.client == REDIS:
        if found.change.name == "setex" and len(args) == 2:
            return found.change.said("set", args[1], f"ex={args[0]}", "nx=True")
        return found.change.said("set", *args, "nx=True") if found.change.name == "set" else None
    return found.change.said("add", *args) if found.change.name == "set" else None


def _refusing(site: Site, found: Pair, branch: cst.If, claim: str) -> dict[cst.CSTNode, New] | None:
    """``if there: refuse``, then set: the statement after the test."""
    block, use = found.block, found.use
    used = block.statements[use]
    if use != block.index + 1 or not exits(branch.body) or not alone(used, found.change):
        return None
    test = site.tree.expression(f"not {claim}")
    return {branch.test: test, **removed(block.statements, use)}


def _going_on(site: Site, found: Pair, branch: cst.If, claim: str) -> dict[cst.CSTNode, New] | None:
    """``if not there:`` set, and do the rest."""
    if not isinstance(branch.body, cst.IndentedBlock):
        return None
    body = branch.body.body
    if len(body) == 1 or not alone(body[0], found.change):
        return None
    return {branch.test: site.tree.expression(claim), **removed(body, 0)}


REWRITE = Rewrite("claimed-key", ("TOC404",), apply)
