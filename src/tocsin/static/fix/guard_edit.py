"""A version that is compared and then counted becomes ``edit()``: both in one UPDATE."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from tocsin.static.fix.base import Rewrite, Rewritten
from tocsin.static.fix.decision import decision
from tocsin.static.fix.guarded import answered, refusals
from tocsin.static.fix.imports import Needed, needed
from tocsin.static.fix.layout import arguments, margin, width
from tocsin.static.fix.queries import Read
from tocsin.static.fix.site import Site
from tocsin.static.fix.tested import Condition
from tocsin.static.fix.tree import New, leading
from tocsin.static.fix.writes import Write, before, beginning, following, save

_DEFAULT = "version"


def apply(site: Site) -> Rewritten | None:
    said = decision(site)
    if said is None or not said.row or said.column:
        return None
    if site.window is None or site.window.model is None:
        return None
    found, block, use, row = said.found, said.block, said.use, said.row
    if site.window.model.kind == "django":
        if save(block.statements[use], row) is None or not site.in_transaction:
            return None
        writes, key = before(site.tree, block, use, row), f"{row}.pk"
        verb, given = needed(site.tree.module, "tocsin.guard.django", "edit"), []
        head = f"{row} = {verb.text}"
    else:
        use = beginning(site.tree, block, use, row)
        writes = following(site.tree, block.statements[use:], row)
        primary = site.window.model.primary
        key = f"{row}.{primary[0]}" if len(primary) == 1 else ""
        verb, awaited = _verb(site, found)
        given = [site.tree.code(found.session)] if found.session else []
        head = f"{row} = {awaited}{verb.text}"
        if not given:
            return None
    counted = _counted(writes, said.conditions)
    if counted is None or not key:
        return None
    field = [] if counted[0].column == _DEFAULT else [f'field="{counted[0].column}"']
    given += [said.model, key, f"version={counted[1]}", *field]
    return _written(site, writes, counted[0], (head, given, verb), said.refusal)


def _verb(site: Site, found: Read) -> tuple[Needed, str]:
    awaited = isinstance(site.tree.parents.get(found.call), cst.Await)
    source = "tocsin.guard.sqlalchemy.asyncio" if awaited else "tocsin.guard.sqlalchemy"
    return needed(site.tree.module, source, "edit"), "await " if awaited else ""


def _counted(writes: Sequence[Write], conditions: Sequence[Condition]) -> tuple[Write, str] | None:
    """The write that counts a version, and the version that was expected."""
    expected = {each.column: each.value for each in conditions if each.operator == "=="}
    for each in writes:
        value = expected.get(each.column)
        by_one = each.sign == "+" and each.value == "1"
        if value is not None and (by_one or (not each.sign and each.value == f"{value} + 1")):
            return each, value
    return None


def _written(
    site: Site,
    writes: Sequence[Write],
    counted: Write,
    call: tuple[str, list[str], Needed],
    refusal: cst.BaseSuite,
) -> Rewritten:
    """The verb before the writes, without the one that counts."""
    head, given, verb = call
    first, error = writes[0].statement, refusals(site)
    room = width(site.tree) - len(margin(site.tree, first)) - len(site.tree.module.default_indent)
    tried = answered(site, arguments(head, given, "", room), error.text, refusal)
    changes: dict[cst.CSTNode, New] = {}
    if counted.statement is first:
        changes[first] = tried.with_changes(leading_lines=leading(first))
    else:
        told = [each for each in leading(counted.statement) if each.comment is not None]
        above = [*first.leading_lines, *told]
        plain = first.with_changes(leading_lines=())
        changes[first] = [tried.with_changes(leading_lines=above), plain]
        changes[counted.statement] = None
    return Rewritten(
        site.tree.replaced(changes),
        "the version is compared and counted in one statement, before anything else is set",
        imports=(*verb.imports, *error.imports),
    )


REWRITE = Rewrite("guard-edit", ("TOC201", "TOC202", "TOC212"), apply)
