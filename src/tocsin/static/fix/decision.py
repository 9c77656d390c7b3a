"""A read, the test that refuses because of it, and the use: what one statement can say at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from tocsin.static.fix.queries import NARROWING, Read, read
from tocsin.static.fix.site import Site
from tocsin.static.fix.tested import Condition, exits, subject, tested
from tocsin.static.fix.tree import Block, mentions


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """What is decided in one block.

    ``model`` is what the file calls it, ``use`` counts from the start of the block's statements.
    ``row`` is the variable that is tested (empty where the read itself is), ``column`` the one
    column it has, where it is no row.
    ``conditions`` have to hold for the use, ``refusal`` is what happens if they do not.
    """

    found: Read
    model: str
    block: Block
    use: int
    row: str
    column: str
    conditions: tuple[Condition, ...]
    refusal: cst.BaseSuite


def decision(site: Site) -> Decision | None:
    """The decision of a finding; ``None`` where no statement could say it."""
    found, place = read(site), site.together()
    if found is None or place is None or found.model is None or site.window is None:
        return None
    block, use = place
    about = subject(site, found)
    if about is None:
        return None
    guards = block.between(use) if about.name else block.statements[block.index : use]
    made = tested(site, about, guards)
    if made is None:
        return None
    refusal = made.refusal or _refused_empty(found, about.name, guards)
    if refusal is None:
        return None
    model = site.tree.code(found.model)
    row, column = about.name, about.column
    return Decision(found, model, block, use, row, column, made.conditions, refusal)


def _refused_empty(
    found: Read, row: str, guards: Sequence[cst.BaseStatement]
) -> cst.BaseSuite | None:
    """A statement that asks for the state in its own WHERE: what is refused is its emptiness."""
    if found.words & NARROWING and row:
        for guard in guards:
            if isinstance(guard, cst.If) and mentions(guard.test, row) and exits(guard.body):
                return guard.body
    return None
