"""What all rewrites to a guard have in common: its refusal is answered as the test was."""

from __future__ import annotations

import textwrap

import libcst as cst

from tocsin.static.fix.exclusive_create import quietly
from tocsin.static.fix.imports import Needed, needed
from tocsin.static.fix.site import Site

UNANSWERED = (
    "a name that leads out is refused by a GuardError: install(app) of tocsin.guard.fastapi or "
    "tocsin.guard.flask answers it, and Django's GuardMiddleware"
)
"""What is left to do where only one of a guard's refusals is answered."""


def refusals(site: Site, name: str = "GuardError") -> Needed:
    """An exception of guards, as the file can say it."""
    return needed(site.tree.module, "tocsin.guard.errors", name)


def answered(site: Site, body: str, error: str, refusal: cst.BaseSuite) -> cst.Try:
    """``try``, with what a guard refuses answered by the block that refused before."""
    step = site.tree.module.default_indent
    text = f"try:\n{textwrap.indent(body, step)}\nexcept {error}:\n{step}pass\n"
    made = cst.ensure_type(site.tree.parsed(text), cst.Try)
    handler = made.handlers[0].with_changes(body=quietly(refusal))
    return made.with_changes(handlers=(handler,))
