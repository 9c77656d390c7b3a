"""SQLAlchemy: the unique constraint's error answered as the check answers."""

from __future__ import annotations

import libcst as cst
from libcst import matchers as m

from tocsin.model.rule import FixSafety
from tocsin.static.effect import Kind
from tocsin.static.fix.base import Rewrite, Rewritten
from tocsin.static.fix.exclusive_create import quietly
from tocsin.static.fix.imports import needed
from tocsin.static.fix.site import Site
from tocsin.static.fix.tested import exits
from tocsin.static.fix.tree import Block

_STORING = m.Call(func=m.Attribute(attr=m.OneOf(m.Name("commit"), m.Name("flush"))))


def apply(site: Site) -> Rewritten | None:
    if site.window is None or site.window.flawed("unhandled") is None:
        return None
    return answered(site)


def answered(site: Site) -> Rewritten | None:
    """The error of a constraint, answered by the refusal that stands before the insert."""
    window, place = site.window, site.together()
    if window is None or place is None or window.model is None or window.model.kind == "django":
        return None
    block, use = place
    refusal = _refusal(block, use)
    stored = next((each for each in block.statements[use:] if _call(each) is not None), None)
    if refusal is None or stored is None or not _direct(site, stored):
        return None
    call = cst.ensure_type(_call(stored), cst.Call)
    session = site.tree.code(cst.ensure_type(call.func, cst.Attribute).value)
    waits = "await " if site.asynchronous else ""
    error = needed(site.tree.module, "sqlalchemy.exc", "IntegrityError")
    made = cst.ensure_type(
        site.tree.parsed(
            f"try:\n    pass\nexcept {error.text}:\n    {waits}{session}.rollback()\n"
        ),
        cst.Try,
    )
    leading = getattr(stored, "leading_lines", ())
    handler = made.handlers[0]
    rollback = cst.ensure_type(handler.body, cst.IndentedBlock).body
    body = quietly(refusal)
    handled = handler.with_changes(body=cst.IndentedBlock([*rollback, *body.body]))
    inside = cst.IndentedBlock([stored.with_changes(leading_lines=())])
    new = made.with_changes(body=inside, handlers=(handled,), leading_lines=leading)
    return Rewritten(
        site.tree.replaced({stored: new}),
        "the error of the unique constraint is answered as the check answers",
        FixSafety.SAFE,
        error.imports,
    )


def _direct(site: Site, stored: cst.BaseStatement) -> bool:
    """Whether a session stores there itself: what wraps one need not have a ``rollback``."""
    effects = site.window.effects if site.window is not None else ()
    line = site.tree.line(stored)
    return any(
        each.kind in {Kind.COMMIT, Kind.FLUSH} and (each.at.path, each.at.line) == (site.path, line)
        for each in effects
    )


def _refusal(block: Block, use: int) -> cst.IndentedBlock | None:
    for statement in reversed(block.statements[block.index : use]):
        if isinstance(statement, cst.If) and exits(statement.body):
            body = statement.body
            return body if isinstance(body, cst.IndentedBlock) else None
    return None


def _call(statement: cst.BaseStatement) -> cst.Call | None:
    small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
    value = small.value if isinstance(small, cst.Expr) else None
    if isinstance(value, cst.Await):
        value = value.expression
    return value if isinstance(value, cst.Call) and m.matches(value, _STORING) else None


REWRITE = Rewrite("handled-conflict", ("TOC205",), apply)
