"""A number that is read from a cache, changed, and stored again: counted by the cache."""

from __future__ import annotations

import libcst as cst
from libcst import matchers as m

from tocsin.static.fix.base import Rewrite, Rewritten
from tocsin.static.fix.cache_calls import REDIS, Pair, alone, assigned, pair
from tocsin.static.fix.site import Site
from tocsin.static.fix.tree import New, leading, mentions
from tocsin.static.window import Trust

_STEP = m.OneOf(
    m.BinaryOperation(m.Name(), m.Add() | m.Subtract(), m.Integer()),
)


def apply(site: Site) -> Rewritten | None:
    if site.window is None or site.window.trust is not Trust.COMPUTED:
        return None
    found = pair(site)
    if found is None or found.look.name != "get" or found.change.name != "set":
        return None
    block, use = found.block, found.use
    read, stored = block.statements[block.index], block.statements[use]
    given = assigned(read)
    if given is None or not alone(stored, found.change) or not found.change.rest:
        return None
    name, value = given
    step = _step(site, found, name)
    if step is None or not _number(value, found) or mentions(block.between(use), name):
        return None
    later = mentions(block.statements[use + 1 :], name)
    new = _counting(site, found, step, f"{name} = " if later else "")
    if new is None:
        return None
    above = leading(read, stored)
    first, *others = new
    changes: dict[cst.CSTNode, New] = {
        read: None,
        stored: [first.with_changes(leading_lines=above), *others],
    }
    return Rewritten(site.tree.replaced(changes), "the cache counts, in one command")


def _step(site: Site, found: Pair, name: str) -> int | None:
    """What is added to the number that was read."""
    value = found.change.rest[0].value
    if not m.matches(value, _STEP):
        return None
    sum_ = cst.ensure_type(value, cst.BinaryOperation)
    if not m.matches(sum_.left, m.Name(name)):
        return None
    step = int(site.tree.code(sum_.right).replace("_", ""), 0)
    return step if isinstance(sum_.operator, cst.Add) else -step


def _number(value: cst.BaseExpression, found: Pair) -> bool:
    """``int(get(key) or 0)``, ``get(key, 0)``, ``get(key) or 0``: nothing there is nought."""
    if m.matches(value, m.Call(func=m.Name("int"), args=[m.Arg()])):
        value = cst.ensure_type(value, cst.Call).args[0].value
    if m.matches(value, m.BooleanOperation(operator=m.Or(), right=m.Integer("0"))):
        return cst.ensure_type(value, cst.BooleanOperation).left is found.look.whole
    default = found.look.rest
    return (
        value is found.look.whole
        and len(default) == 1
        and m.matches(default[0].value, m.Integer("0"))
    )


def _counting(site: Site, found: Pair, step: int, left: str) -> list[cst.BaseStatement] | None:
    amount = () if step == 1 else (str(step),)
    back = "" if not left else f" - {step}" if step > 0 else f" + {-step}"
    if found.client == REDIS:
        if len(found.change.rest) != 1:
            return None  # an expiry would have to be set as well
        counted = found.change.said("incr" if step == 1 else "incrby", *amount)
        return [site.tree.parsed(f"{left}{counted}{back}")]
    rest = [site.tree.code(each).rstrip(", ") for each in found.change.rest[1:]]
    begun = found.change.said("add", "0", *rest)
    counted = found.change.said("incr", *amount)
    return [site.tree.parsed(begun), site.tree.parsed(f"{left}{counted}{back}")]


REWRITE = Rewrite("counter", ("TOC404",), apply)
