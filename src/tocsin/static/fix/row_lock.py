"""``FOR UPDATE`` where the row is first read, in the transaction that writes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import libcst as cst

from tocsin.model.rule import FixSafety
from tocsin.static.effect import Kind
from tocsin.static.fix.base import Rewrite, Rewritten
from tocsin.static.fix.layout import call as laid_out
from tocsin.static.fix.layout import margin, width
from tocsin.static.fix.queries import Read, Style, argument, chain, extended, read, with_argument
from tocsin.static.fix.site import Site
from tocsin.static.window import Window

_UNLOCKABLE = frozenset({"distinct", "group_by", "having", "union", "union_all", "annotate"})
"""What a database refuses to lock: rows that are no rows of a table."""
_UNKEPT = frozenset({"values", "values_list", "aggregate", "count", "exists"})
_LOCKING = re.compile(r"(?:Postgresql|MySQL|MariaDB|Cockroach)\w*Database\(")
_JOINS = frozenset({"join", "outerjoin", "options", "select_from"})


def apply(site: Site) -> Rewritten | None:
    found = read(site)
    if found is None or site.window is None or not site.in_transaction:
        return None
    changes = locked(site, found)
    if changes is None:
        return None
    return Rewritten(
        site.tree.replaced(changes),
        f"{site.tree.code(found.model) if found.model else 'the row'} is locked when it is read",
        FixSafety.SAFE if _nothing_else_waits(site) else FixSafety.UNSAFE,
    )


def locked(site: Site, found: Read) -> Mapping[cst.CSTNode, cst.CSTNode] | None:
    """What to replace so that the read locks its rows; ``None`` where it cannot."""
    window = site.window
    if window is None or window.check.lock or window.check.verb in {"count", "exists"}:
        return None
    if _others(window):
        return None  # two such requests, the other way round, would wait for each other
    if found.words & (_UNLOCKABLE | _UNKEPT):
        return None
    return _WAYS[found.style](site, found)


def _get(site: Site, found: Read) -> Mapping[cst.CSTNode, cst.CSTNode]:
    how = '{"read": True}' if _shared(site) else "True"
    return {found.call: with_argument(found.call, f"with_for_update={how}")}


def _statement(site: Site, found: Read) -> Mapping[cst.CSTNode, cst.CSTNode] | None:
    first = found.call.args[0]
    if isinstance(found.root, cst.Call) and any(_computed(arg.value) for arg in found.root.args):
        return None
    longer = extended(first.value, "with_for_update", *_how(site, found))
    statement = site.tree.statement(found.call)
    if statement is None or len(found.call.args) > 1 or isinstance(first.value, cst.Name):
        return {first.value: longer}
    return {found.call: _laid_out(site, found, longer, statement)}


def _laid_out(site: Site, found: Read, longer: cst.Call, statement: cst.CSTNode) -> cst.Call:
    """On the lines that it has, or broken into one for each call if one would get too long."""
    call, limit = found.call, width(site.tree)
    inside = call.with_changes(args=(call.args[0].with_changes(value=longer),))
    as_it_was = site.tree.module.code_for_node(inside)
    before, after = margin(site.tree, statement), site.tree.positions[found.call].start.column
    first, *others = as_it_was.split("\n")
    room = limit - len(before)
    if after + len(first) < limit and all(len(line) <= room for line in others):
        return inside
    root, links = chain(longer)
    texts = [site.tree.module.code_for_node(each.call) for each in links]
    starts = [site.tree.module.code_for_node(root), *texts]
    if "\n" in as_it_was.strip() and any("#" in line for line in others):
        return inside
    parts = [text.removeprefix(start).strip() for start, text in zip(starts, texts, strict=False)]
    head = site.tree.module.code_for_node(call.func)
    pad = " " * (after - len(before))
    text = laid_out(pad + head, starts[0].strip(), parts, "", room)
    return cst.ensure_type(site.tree.expression(text.strip()), cst.Call)


def _query(site: Site, found: Read) -> Mapping[cst.CSTNode, cst.CSTNode]:
    func = cst.ensure_type(found.call.func, cst.Attribute)
    return {func.value: extended(func.value, "with_for_update", *_how(site, found))}


def _queryset(_site: Site, found: Read) -> Mapping[cst.CSTNode, cst.CSTNode]:
    return {found.root: cst.Call(_method(found.root, "select_for_update"), _own(found))}


def _chained(site: Site, found: Read) -> Mapping[cst.CSTNode, cst.CSTNode] | None:
    """Peewee refuses to lock rows of SQLite: the database must be seen to be another one."""
    model = site.window.model if site.window is not None else None
    declared = site.other(model.path) if model is not None and model.path else None
    texts = [each.module.code for each in (site.tree, declared) if each is not None]
    if not any(_LOCKING.search(each) for each in texts):
        return None
    func = cst.ensure_type(found.call.func, cst.Attribute)
    return {func.value: extended(func.value, "for_update")}


def _shortcut(_site: Site, found: Read) -> Mapping[cst.CSTNode, cst.CSTNode]:
    first = found.call.args[0].value
    _, links = chain(first)
    if links:
        return {first: extended(first, "select_for_update", *_own(found))}
    rows = _method(first, "objects") if first is found.model else first
    return {first: cst.Call(_method(rows, "select_for_update"))}


_WAYS: Mapping[Style, Callable[[Site, Read], Mapping[cst.CSTNode, cst.CSTNode] | None]] = {
    Style.GET: _get,
    Style.STATEMENT: _statement,
    Style.QUERY: _query,
    Style.QUERYSET: _queryset,
    Style.SHORTCUT: _shortcut,
    Style.TORTOISE: _queryset,
    Style.PEEWEE: _chained,
}


def _method(node: cst.BaseExpression, name: str) -> cst.Attribute:
    return cst.Attribute(node, cst.Name(name))


def _how(site: Site, found: Read) -> tuple[cst.Arg, ...]:
    """Of a join, the outer side of which PostgreSQL does not lock, the model's own rows."""
    words = ["read=True"] if _shared(site) else []
    if found.model is not None and found.words & _JOINS:
        words.append(f"of={site.tree.code(found.model)}")
    return tuple(map(argument, words))


def _shared(site: Site) -> bool:
    """Whether the row is only relied upon: those who rely on it need not wait for each other."""
    return site.window is not None and not site.window.own and not site.window.same_row


def _own(found: Read) -> tuple[cst.Arg, ...]:
    return (argument('of=("self",)'),) if "select_related" in found.words else ()


def _computed(node: cst.BaseExpression) -> bool:
    """``func.count()`` and the like: an aggregate has no row to lock."""
    root, links = chain(node)
    return bool(links) and isinstance(root, cst.Name) and root.value in {"func", "sa"}


def _others(window: Window) -> bool:
    """Whether another row of the same table is written, or locked, as well."""
    mine = window.check.item
    if window.check.verb in {"rows", "loop"}:
        return False  # they are locked together, by one statement
    return mine is not None and any(
        each.item is not None
        and each.item.name == mine.name
        and bool(each.item.row)
        and each.item.row != mine.row
        and (each.kind is Kind.SET or each.verb in _SAVING or bool(each.lock))
        for each in window.effects
    )


_SAVING = frozenset({"save", "update", "delete"})


def _nothing_else_waits(site: Site) -> bool:
    """Whether the lock that the write takes is only taken earlier: no order of locks changes.

    With ``same_row`` the write locks that row anyway. What is locked or written before the write
    would come after the new lock, where it came before the old one.
    """
    window = site.window
    if window is None or not window.same_row or not window.own:
        return False
    item, model = window.check.item, window.model
    if item is None or model is None or model.unique_within(item.equal_to()) is None:
        return False
    before = window.effects[: window.use.index]
    return not any(
        effect.kind in {Kind.WRITE, Kind.SET, Kind.FLUSH} or effect.lock
        for effect in before
        if not _of_the_row(effect.item, window.check.item)
    )


def _of_the_row(item: object, other: object) -> bool:
    row = getattr(item, "row", "")
    return bool(row) and row == getattr(other, "row", "")


REWRITE = Rewrite(
    "row-lock",
    ("TOC101", "TOC102", "TOC201", "TOC202", "TOC203", "TOC212"),
    apply,
    locks=True,
)
