"""``x.n += k`` calculated by the database: ``F("n") + k``, or the column's own expression."""

from __future__ import annotations

import libcst as cst

from tocsin.model.rule import FixSafety
from tocsin.static.fix.base import Rewrite, Rewritten
from tocsin.static.fix.imports import needed
from tocsin.static.fix.queries import model_name, read
from tocsin.static.fix.site import Site
from tocsin.static.fix.tested import subject, tested
from tocsin.static.fix.tree import Block, New, mentions
from tocsin.static.fix.writes import Write, save, write

_STORES = frozenset({"commit", "flush", "refresh"})


def apply(site: Site) -> Rewritten | None:
    found, place = read(site), site.together()
    if found is None or place is None or site.window is None or site.window.model is None:
        return None
    block, use = place
    about = subject(site, found)
    if about is None or not about.name:
        return None
    made = tested(site, about, block.between(use))
    if made is None or made.conditions:
        return None  # what was tested would be as old as before
    if site.window.model.kind == "django":
        return _django(site, block, use, about.name)
    changed = write(site.tree, block.statements[use])
    if changed is None or not changed.sign or changed.row != about.name or found.model is None:
        return None
    if not _stored_before_read(site, block, use, changed):
        return None
    text = f"{site.tree.code(found.model)}.{changed.column}"
    return _rewritten(site, changed, text, model_name(found.model))


def _rewritten(site: Site, changed: Write, column: str, model: str) -> Rewritten:
    text = f"{changed.row}.{changed.column} = {column} {changed.sign} {changed.value}"
    new = _in_place(site, changed, text)
    return Rewritten(
        site.tree.replaced({changed.statement: new}),
        f"{changed.column} of {model} is calculated by the database",
        FixSafety.SAFE,
    )


def _in_place(site: Site, changed: Write, text: str) -> cst.BaseStatement:
    old = changed.statement
    return site.tree.parsed(text).with_changes(
        leading_lines=old.leading_lines, trailing_whitespace=old.trailing_whitespace
    )


def _django(site: Site, block: Block, use: int, row: str) -> Rewritten | None:
    stored = save(block.statements[use], row)
    between = block.between(use)
    writes = [each for s in between if (each := write(site.tree, s)) and each.row == row]
    relative = [each for each in writes if each.sign]
    if stored is None or not relative or site.window is None:
        return None
    last = between.index(relative[-1].statement) + 1
    if any(mentions(each, row) for each in between[last:] if write(site.tree, each) is None):
        return None
    expression = needed(site.tree.module, "django.db.models", "F")
    changes: dict[cst.CSTNode, New] = {}
    for each in relative:
        text = f'{row}.{each.column} = {expression.text}("{each.column}") {each.sign} {each.value}'
        changes[each.statement] = _in_place(site, each, text)
    if mentions(block.statements[use + 1 :], row):
        columns = ", ".join(f'"{each.column}"' for each in relative)
        again = site.tree.parsed(f"{row}.refresh_from_db(fields=[{columns}])")
        changes[block.statements[use]] = [block.statements[use], again]
    model = site.window.model.name.rpartition(".")[2] if site.window.model else row
    return Rewritten(
        site.tree.replaced(changes),
        f"{relative[0].column} of {model} is calculated by the database",
        FixSafety.SAFE,
        expression.imports,
    )


def _stored_before_read(site: Site, block: Block, use: int, changed: Write) -> bool:
    """Until it is flushed the attribute is an expression; in async code nothing reads it again."""
    refreshed = False
    for statement in block.statements[use + 1 :]:
        if mentions(statement, changed.row):
            code = site.tree.code(statement)
            if site.asynchronous and ".refresh(" not in code and not refreshed:
                return False
            return refreshed or any(f".{word}(" in code for word in _STORES)
        refreshed = refreshed or (
            any(f".{word}(" in site.tree.code(statement) for word in _STORES)
            and not site.asynchronous
        )
    return True


REWRITE = Rewrite("relative-update", ("TOC202",), apply)
