"""The test stated again by the statement that writes, and its row count looked at."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst
from libcst import matchers as m

from tocsin.static.fix.base import Rewrite, Rewritten
from tocsin.static.fix.decision import Decision, decision
from tocsin.static.fix.imports import Import, bound, needed
from tocsin.static.fix.layout import call as laid_out
from tocsin.static.fix.layout import margin, width
from tocsin.static.fix.queries import NARROWING, Link, Read, Style, chain
from tocsin.static.fix.site import Site
from tocsin.static.fix.tested import Condition
from tocsin.static.fix.tree import New, leading, mentions
from tocsin.static.fix.writes import before, beginning, following, in_django, in_sql, save

_HARMLESS = frozenset({"options", "order_by", "execution_options", "with_only_columns"})
_LOOKUPS = {"==": "", "<": "__lt", "<=": "__lte", ">": "__gt", ">=": "__gte"}
_NAMES = ("done", "changed", "updated", "outcome")


def apply(site: Site) -> Rewritten | None:
    said = decision(site)
    if said is None:
        return None
    if (
        site.window is not None
        and site.window.model is not None
        and site.window.model.kind == "django"
    ):
        return _django(site, said)
    return _sqlalchemy(site, said)


def _sqlalchemy(site: Site, said: Decision) -> Rewritten | None:
    found, model, block, row = said.found, said.model, said.block, said.row
    use = beginning(site.tree, block, said.use, row)
    old = block.statements[use]
    stated = [f"{model}.{each.column} {each.operator} {each.value}" for each in said.conditions]
    written = _relative_statement(site, old, stated)
    if written is not None:
        target, head, root, parts = written
        return _checked(site, said.refusal, {}, (old, target, head, root, parts), ())
    writes = following(site.tree, block.statements[use:], row) if row else []
    where = _where(site, found, model)
    if not writes or where is None or found.session is None:
        return None
    expression = needed(site.tree.module, "sqlalchemy", "update")
    narrowed = _narrowed(where, stated)
    values = ", ".join(f"{each.column}={in_sql(each, model)}" for each in writes)
    parts = [*narrowed, f".values({values})"]
    awaited = "await " if site.asynchronous else ""
    head = f"{awaited}{site.tree.code(found.session)}.execute"
    gone: dict[cst.CSTNode, New] = {each.statement: None for each in writes[1:]}
    root = f"{expression.text}({model})"
    return _checked(site, said.refusal, gone, (old, None, head, root, parts), expression.imports)


def _narrowed(where: list[str], stated: list[str]) -> list[str]:
    """The calls that say which rows, the tests in the last of them that takes expressions."""
    if not stated:
        return where
    last = where[-1]
    if last.startswith(".where(") and "\n" not in last:
        return [*where[:-1], f"{last[:-1].rstrip().rstrip(',')}, {', '.join(stated)})"]
    return [*where, f".where({', '.join(stated)})"]


def _checked(
    site: Site,
    refusal: cst.BaseSuite,
    gone: dict[cst.CSTNode, New],
    new: tuple[cst.BaseStatement, cst.Call | None, str, str, list[str]],
    imports: tuple[Import, ...],
) -> Rewritten | None:
    """The statement, and the test of its row count with the refusal of the test in Python."""
    old, _, head, root, parts = new
    around = site.around()
    taken = bound(site.tree.module) | (_locals(around) if around is not None else frozenset())
    name = next((each for each in _NAMES if each not in taken), None)
    if name is None:
        return None
    before = margin(site.tree, old)
    text = laid_out(f"{name} = {head}", root, parts, "", width(site.tree) - len(before))
    statement = site.tree.parsed(text)
    above = leading(old, *(each for each in gone if each is not old))
    statement = statement.with_changes(leading_lines=above)
    test = cst.ensure_type(site.tree.parsed(f"if {name}.rowcount == 0:\n    pass\n"), cst.If)
    gone[old] = [statement, test.with_changes(body=refusal)]
    return _rewritten(site, gone, imports)


def _rewritten(
    site: Site, changes: dict[cst.CSTNode, New], imports: tuple[Import, ...]
) -> Rewritten:
    model = site.window.model.name if site.window and site.window.model else "the row"
    return Rewritten(
        site.tree.replaced(changes),
        f"{model.rpartition('.')[2]} is only written if what was tested still holds",
        imports=imports,
    )


def _relative_statement(
    site: Site, statement: cst.BaseStatement, stated: list[str]
) -> tuple[cst.Call, str, str, list[str]] | None:
    """``session.execute(update(…).where(…).values(…))`` with what was tested in its WHERE."""
    if not isinstance(statement, cst.SimpleStatementLine) or not stated:
        return None
    small = statement.body[0]
    value = small.value if isinstance(small, cst.Expr) else None
    waits = isinstance(value, cst.Await)
    call = value.expression if isinstance(value, cst.Await) else value
    if not isinstance(call, cst.Call) or len(call.args) != 1:
        return None
    if not m.matches(call.func, m.Attribute(attr=m.Name("execute"))):
        return None
    root, links = chain(call.args[0].value)
    if not isinstance(root, cst.Call) or not any(link.name in NARROWING for link in links):
        return None
    if not m.matches(root.func, m.Name()) or "values" not in {link.name for link in links}:
        return None
    texts = _texts(site, links)
    place = max(i for i, link in enumerate(links) if link.name in NARROWING)
    parts = [*_narrowed(texts[: place + 1], stated), *texts[place + 1 :]]
    head = f"{'await ' if waits else ''}{site.tree.code(call.func)}"
    return call, head, site.tree.code(root), parts


def _texts(site: Site, links: Sequence[Link]) -> list[str]:
    """Each call of a chain as ``.name(arguments)``."""
    found: list[str] = []
    for link in links:
        args = [
            site.tree.module.code_for_node(
                each.with_changes(
                    comma=cst.MaybeSentinel.DEFAULT, whitespace_after_arg=cst.SimpleWhitespace("")
                )
            )
            for each in link.call.args
        ]
        found.append(f".{link.name}({', '.join(args)})")
    return found


def _where(site: Site, found: Read, name: str) -> list[str] | None:
    """The calls that say which rows were read, for a statement that writes them."""
    if found.style is Style.GET:
        model = site.window.model if site.window else None
        if model is None or len(model.primary) != 1:
            return None
        return [f".where({name}.{model.primary[0]} == {site.tree.code(found.call.args[1].value)})"]
    if found.style is not Style.STATEMENT or found.words - NARROWING - _HARMLESS:
        return None
    links = [link for link in found.links if link.name in NARROWING]
    return _texts(site, links) or None


def _locals(function: cst.FunctionDef) -> frozenset[str]:
    found = m.findall(function, m.Name())
    return frozenset(each.value for each in found if isinstance(each, cst.Name))


def _django(site: Site, said: Decision) -> Rewritten | None:
    model, block, use, row = said.model, said.block, said.use, said.row
    old = block.statements[use]
    expression = needed(site.tree.module, "django.db.models", "F")
    changes: dict[cst.CSTNode, New] = {}
    if row and save(old, row) is not None:
        writes = before(site.tree, block, use, row)
        if not writes:
            return None
        values = [f"{each.column}={in_django(each, expression.text)}" for each in writes]
        changes.update({each.statement: None for each in writes})
        head, key = f"{model}.objects.filter", f"pk={row}.pk"
        imports = expression.imports if any(each.sign for each in writes) else ()
    else:
        known = _update_call(site, old)
        if known is None:
            return None
        head, key, values = known
        imports = ()
    tests = _lookups(said.conditions)
    if tests is None or not key:
        return None
    filters, excluded = tests
    chained = [f".exclude({', '.join(excluded)})"] if excluded else []
    text = _condition(site, old, [head, ", ".join([key, *filters]), *chained], values)
    test = cst.ensure_type(site.tree.parsed(text), cst.If).with_changes(
        body=said.refusal, leading_lines=leading(*changes, old)
    )
    again: list[cst.BaseStatement] = []
    if row and changes and mentions(block.statements[use + 1 :], row):
        again = [site.tree.parsed(f"{row}.refresh_from_db()")]
    changes[old] = [test, *again]
    return _rewritten(site, changes, imports)


def _condition(site: Site, old: cst.CSTNode, query: list[str], values: list[str]) -> str:
    """``if not Model.objects.filter(…).update(…):``, broken at its brackets if it is long."""
    head, filters, *chained = query
    room = width(site.tree) - len(margin(site.tree, old))
    update = f"{''.join(chained)}.update({', '.join(values)})"
    line = f"if not {head}({filters}){update}:"
    if len(line) > room:
        line = f"if not {head}({filters}){''.join(chained)}.update(\n    {', '.join(values)}\n):"
    if max(map(len, line.split("\n"))) > room:
        line = (
            f"if not (\n    {head}({filters})\n"
            + "".join(f"    {each}\n" for each in chained)
            + f"    .update({', '.join(values)})\n):"
        )
    return f"{line}\n    pass\n"


def _update_call(site: Site, statement: cst.BaseStatement) -> tuple[str, str, list[str]] | None:
    """The parts of ``Model.objects.filter(…).update(…)``."""
    if not isinstance(statement, cst.SimpleStatementLine):
        return None
    small = statement.body[0]
    if not isinstance(small, cst.Expr):
        return None
    _, links = chain(small.value)
    if [link.name for link in links] != ["filter", "update"]:
        return None
    args = [[site.tree.code(arg).rstrip(",") for arg in link.call.args] for link in links]
    return site.tree.code(links[0].call.func), ", ".join(args[0]), args[1]


def _lookups(conditions: Sequence[Condition]) -> tuple[list[str], list[str]] | None:
    """Keyword arguments of ``filter`` and of ``exclude``."""
    wanted, unwanted = [], []
    for each in conditions:
        if each.operator == "!=":
            unwanted.append(f"{each.column}={each.value}")
        else:
            wanted.append(f"{each.column}{_LOOKUPS[each.operator]}={each.value}")
    return wanted, unwanted


REWRITE = Rewrite("conditional-update", ("TOC102", "TOC201", "TOC202", "TOC203"), apply)
