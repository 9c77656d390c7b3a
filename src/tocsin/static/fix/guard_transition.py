"""A state that is tested and then set becomes ``transition()``: one UPDATE says what it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from tocsin.static.fix.base import Rewrite, Rewritten
from tocsin.static.fix.decision import Decision, decision
from tocsin.static.fix.guarded import answered, refusals
from tocsin.static.fix.imports import Import, Needed, needed
from tocsin.static.fix.layout import arguments, margin, width
from tocsin.static.fix.queries import Read, Style
from tocsin.static.fix.site import Site
from tocsin.static.fix.tested import OPERATORS, Condition
from tocsin.static.fix.tree import New, leading, mentions
from tocsin.static.fix.writes import (
    Write,
    before,
    beginning,
    following,
    in_django,
    in_sql,
    save,
)

_DEFAULT = "status"
_LOOKUPS = {"==": "", "<": "__lt", "<=": "__lte", ">": "__gt", ">=": "__gte"}


@dataclass(frozen=True, slots=True, eq=False)
class _Move:
    """What is written: the state, what else is set with it, what else was tested."""

    state: Write
    was: str
    values: tuple[Write, ...]
    where: tuple[Condition, ...]


def apply(site: Site) -> Rewritten | None:
    said = decision(site)
    if said is None or not said.row or said.column:
        return None
    if site.window is None or site.window.model is None:
        return None
    return _django(site, said) if site.window.model.kind == "django" else _sqlalchemy(site, said)


def _move(writes: Sequence[Write], conditions: Sequence[Condition]) -> _Move | None:
    """The one state that was tested to be something, and becomes something else."""
    tests = {each.column: each.value for each in conditions if each.operator == "=="}
    states = [each for each in writes if not each.sign and each.column in tests]
    if len(states) != 1 or len({each.column for each in writes}) < len(writes):
        return None
    (state,) = states
    was = tests[state.column]
    if was in {state.value, "True", "False", "None"}:
        return None
    return _Move(
        state,
        was,
        tuple(each for each in writes if each is not state),
        tuple(each for each in conditions if each.column != state.column),
    )


def _sqlalchemy(site: Site, said: Decision) -> Rewritten | None:
    found, block, row = said.found, said.block, said.row
    use = beginning(site.tree, block, said.use, row)
    writes = following(site.tree, block.statements[use:], row)
    asked = _asked(site, found)
    key = _key(site, found, row)
    if asked is None:
        return None
    move = _move(writes, tuple(dict.fromkeys((*asked, *said.conditions))))
    if move is None or key is None or found.session is None:
        return None
    awaited = isinstance(site.tree.parents.get(found.call), cst.Await)
    source = "tocsin.guard.sqlalchemy.asyncio" if awaited else "tocsin.guard.sqlalchemy"
    verb = needed(site.tree.module, source, "transition")
    model = said.model
    given = [site.tree.code(found.session), model, key, *_stated(move)]
    if move.values:
        values = ", ".join(f'"{each.column}": {in_sql(each, model)}' for each in move.values)
        given.append(f"values={{{values}}}")
    if move.where:
        tests = ", ".join(
            f"{model}.{each.column} {each.operator} {each.value}" for each in move.where
        )
        given.append(f"where=[{tests}]")
    head = f"await {verb.text}" if awaited else verb.text
    return _written(site, said.refusal, writes, (head, given), verb.imports)


def _django(site: Site, said: Decision) -> Rewritten | None:
    block, use, row = said.block, said.use, said.row
    old = block.statements[use]
    if save(old, row) is None:
        return None
    writes = before(site.tree, block, use, row)
    move = _move(writes, said.conditions)
    if move is None:
        return None
    verb = needed(site.tree.module, "tocsin.guard.django", "transition")
    relative = needed(site.tree.module, "django.db.models", "F")
    lookup = needed(site.tree.module, "django.db.models", "Q")
    given = [said.model, f"{row}.pk", *_stated(move)]
    imports = [*verb.imports]
    if move.values:
        values = ", ".join(
            f'"{each.column}": {in_django(each, relative.text)}' for each in move.values
        )
        given.append(f"values={{{values}}}")
        imports += relative.imports if any(each.sign for each in move.values) else ()
    if move.where:
        given.append(f"where={' & '.join(_lookup(each, lookup) for each in move.where)}")
        imports += lookup.imports
    later = mentions(block.statements[use + 1 :], row)
    head = f"{row} = {verb.text}" if later else verb.text
    statements = [*(each.statement for each in writes), old]
    return _written(site, said.refusal, writes, (head, given), tuple(imports), statements)


def _asked(site: Site, found: Read) -> list[Condition] | None:
    """What the SELECT asks of the row besides its key; ``None`` if that is no plain comparison."""
    model = site.window.model if site.window else None
    conditions: list[Condition] = []
    for link in found.links:
        if link.name == "filter_by":
            return None
        for each in link.call.args if link.name in {"where", "filter"} else ():
            said = _said(site, found, each.value)
            if said is None:
                return None
            conditions.append(said)
    return [each for each in conditions if model is None or each.column not in model.primary]


def _said(site: Site, found: Read, node: cst.BaseExpression) -> Condition | None:
    if not isinstance(node, cst.Comparison) or len(node.comparisons) != 1:
        return None
    target, left = node.comparisons[0], node.left
    operator = OPERATORS.get(type(target.operator))
    if operator is None or found.model is None or not isinstance(left, cst.Attribute):
        return None
    if not left.value.deep_equals(found.model):
        return None
    return Condition(left.attr.value, operator, site.tree.code(target.comparator))


def _key(site: Site, found: Read, row: str) -> str | None:
    """How the row is told: by what it was got with, or by what it says of itself."""
    model = site.window.model if site.window else None
    if model is None or len(model.primary) != 1:
        return None
    if found.style is Style.GET:
        return site.tree.code(found.call.args[1].value)
    return f"{row}.{model.primary[0]}"


def _stated(move: _Move) -> list[str]:
    field = [] if move.state.column == _DEFAULT else [f'field="{move.state.column}"']
    return [f"from_={move.was}", f"to={move.state.value}", *field]


def _lookup(each: Condition, lookup: Needed) -> str:
    if each.operator == "!=":
        return f"~{lookup.text}({each.column}={each.value})"
    return f"{lookup.text}({each.column}{_LOOKUPS[each.operator]}={each.value})"


def _written(
    site: Site,
    refusal: cst.BaseSuite,
    writes: Sequence[Write],
    call: tuple[str, list[str]],
    imports: tuple[Import, ...],
    statements: Sequence[cst.BaseStatement] = (),
) -> Rewritten:
    """The verb in the place of the writes, its refusal answered as the test answered."""
    old, *others = statements or [each.statement for each in writes]
    error = refusals(site)
    room = width(site.tree) - len(margin(site.tree, old)) - len(site.tree.module.default_indent)
    body = arguments(*call, "", room)
    changes: dict[cst.CSTNode, New] = dict.fromkeys(others)
    tried = answered(site, body, error.text, refusal)
    changes[old] = tried.with_changes(leading_lines=leading(old, *others))
    model = site.window.model.name if site.window and site.window.model else "the row"
    return Rewritten(
        site.tree.replaced(changes),
        f"{model.rpartition('.')[2]} moves from one state to the other in one statement",
        imports=(*imports, *error.imports),
    )


REWRITE = Rewrite("guard-transition", ("TOC102", "TOC201", "TOC202"), apply)
