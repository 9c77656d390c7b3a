"""What must exist once, kept unique by the database; the code then does as the database says."""

from __future__ import annotations

import re
from collections.abc import Sequence

import libcst as cst
from libcst import matchers as m

from tocsin.static.fix import get_or_create, handled_conflict
from tocsin.static.fix.base import Elsewhere, Rewrite, Rewritten
from tocsin.static.fix.imports import Import, needed
from tocsin.static.fix.layout import margin, width
from tocsin.static.fix.site import Site
from tocsin.static.fix.tree import Tree
from tocsin.static.models import Model
from tocsin.static.overlap import gone_through
from tocsin.static.window import Window

_HINTS = {
    "django": "run manage.py makemigrations and migrate; rows that are there twice have to go "
    "first",
    "": "write a migration that adds the constraint (alembic revision --autogenerate); rows that "
    "are there twice have to go first",
}


_LITERAL = re.compile(r"['\"\d-]|(True|False|None)$")


def apply(site: Site) -> Rewritten | None:
    model = site.window.model if site.window is not None else None
    columns = _columns(site, model) if model is not None else ()
    if model is None or not columns or not model.path:
        return None
    tree = site.other(model.path)
    declared = _declared(tree, model) if tree is not None else None
    code = _code(site, model)
    if tree is None or declared is None or code is None:
        return None
    django = model.kind == "django"
    made = (_in_meta if django else _in_arguments)(tree, declared, columns)
    if made is None:
        return None
    changed, imports = made
    return Rewritten(
        code.module,
        f"the database keeps {declared.name.value} unique by {', '.join(columns)}",
        imports=code.imports,
        hint=_HINTS["django" if django else ""],
        elsewhere=(Elsewhere(model.path, changed, imports),),
    )


def _columns(site: Site, model: Model) -> tuple[str, ...]:
    """The columns that were looked for, if nothing but their values was."""
    window = site.window
    item = window.check.item if window is not None else None
    where = item.where if item is not None else ()
    tested = _tested(window) if window is not None else ()
    if tested is None:
        return ()
    plain = all(
        each.op == "=" and each.column in model.columns and not _LITERAL.match(each.term)
        for each in where
    )  # one open order for each customer is no constraint on all orders
    columns = (*(each.column for each in where), *tested)
    if not plain or model.unique_within(columns) is not None:
        return ()
    return tuple(dict.fromkeys(columns))


def _tested(window: Window) -> tuple[str, ...] | None:
    """The columns that rows were looked through for; ``None`` if they were tested otherwise.

    That there are not too many of them is no constraint.
    """
    guard, model = window.guard, window.model
    key = model.primary if model is not None else ()
    # Whether there is a key says there is a row.
    columns = tuple(sorted(window.columns - {"", *key}))
    if guard is None:
        return ()
    if window.check.verb == "count" or "len(" in guard.text:
        return None
    if window.check.verb != "rows" or not columns:
        return ()
    through = gone_through(window.check, guard, window.use, window.columns)
    return columns if through else None


def _code(site: Site, model: Model) -> Rewritten | None:
    """The file of the check, with the error of the constraint provided for."""
    if model.kind != "django":
        return handled_conflict.answered(site)
    if site.window is not None and site.check.line == site.use.line:
        return Rewritten(site.tree.module, "")  # one call that looks and creates: it provides
    return get_or_create.apply(site)


def _declared(tree: Tree, model: Model) -> cst.ClassDef | None:
    name = model.name.rpartition(".")[2]
    found = [
        each
        for each in tree.positions
        if isinstance(each, cst.ClassDef)
        and each.name.value == name
        and isinstance(each.body, cst.IndentedBlock)
    ]
    return found[0] if len(found) == 1 else None


def _in_meta(
    tree: Tree, declared: cst.ClassDef, columns: Sequence[str]
) -> tuple[cst.Module, tuple[Import, ...]] | None:
    """Django: one more of ``Meta.constraints``."""
    words = needed(tree.module, "django.db.models", "UniqueConstraint")
    name = f"unique_{declared.name.value.lower()}_{'_'.join(columns)}"
    text = f'{words.text}(fields=[{_quoted(columns)}], name="{name}")'
    meta = next((each for each in _statements(declared) if _is_meta(each)), None)
    room = width(tree) - len(margin(tree, declared)) - 8
    if meta is None:
        new = tree.parsed(f"class Meta:\n    {_listed(room, text, '    ')}\n").with_changes(
            leading_lines=(cst.EmptyLine(indent=False),)
        )
        last = _last_field(declared)
        return tree.replaced({last: [last, new]}), words.imports
    known = [each for each in m.findall(meta, m.Assign()) if _assigns(each, "constraints")]
    if known:
        longer = _longer(tree, known[0], text)
        return (tree.replaced(longer), words.imports) if longer else None
    last = _statements(cst.ensure_type(meta, cst.ClassDef))[-1]
    return tree.replaced({last: [last, tree.parsed(_listed(room, text, ""))]}), words.imports


def _listed(room: int, text: str, pad: str) -> str:
    """The list of constraints of a new ``Meta``, on more lines if one gets too long.

    ``pad`` is how far the lines of it are indented below the statement that is parsed.
    """
    line = f"constraints = [{text}]"
    if len(line) <= room:
        return line
    inner = f"{pad}    {text},"
    if len(text) + 5 > room:
        head, _, rest = text.partition("(")
        inner = f"{pad}    {head}(\n{pad}        {rest.removesuffix(')')}\n{pad}    ),"
    return f"constraints = [\n{inner}\n{pad}]"


def _in_arguments(
    tree: Tree, declared: cst.ClassDef, columns: Sequence[str]
) -> tuple[cst.Module, tuple[Import, ...]] | None:
    """SQLAlchemy: one more of ``__table_args__``."""
    words = needed(tree.module, "sqlalchemy", "UniqueConstraint")
    text = f"{words.text}({_quoted(columns)})"
    known = [each for each in m.findall(declared, m.Assign()) if _assigns(each, "__table_args__")]
    if known:
        longer = _longer(tree, known[0], text)
        return (tree.replaced(longer), words.imports) if longer else None
    table = next(
        (s for s in _statements(declared) if m.findall(s, m.AssignTarget(m.Name("__tablename__")))),
        None,
    )
    if table is None:
        return None  # SQLModel and others name the table themselves
    new = tree.parsed(f"__table_args__ = ({text},)")
    return tree.replaced({table: [table, new]}), words.imports


def _longer(tree: Tree, assigned: cst.CSTNode, text: str) -> dict[cst.CSTNode, cst.CSTNode] | None:
    """A list or a tuple with one element more, before the options that may end it."""
    value = assigned.value if isinstance(assigned, cst.Assign) else None
    if not isinstance(value, cst.List | cst.Tuple):
        return None
    space: cst.BaseParenthesizableWhitespace = cst.SimpleWhitespace(" ")
    if value.elements and isinstance(value.elements[0].comma, cst.Comma):
        space = value.elements[0].comma.whitespace_after
    new = cst.Element(tree.expression(text), cst.Comma(whitespace_after=space))
    elements = (new, *value.elements)
    if len(elements) == 1 and isinstance(value, cst.List):
        elements = (new.with_changes(comma=cst.MaybeSentinel.DEFAULT),)
    return {value: value.with_changes(elements=elements)}


def _quoted(columns: Sequence[str]) -> str:
    return ", ".join(f'"{each}"' for each in columns)


def _statements(declared: cst.ClassDef) -> list[cst.BaseStatement]:
    return [each for each in declared.body.body if isinstance(each, cst.BaseStatement)]


def _is_meta(statement: cst.CSTNode) -> bool:
    return isinstance(statement, cst.ClassDef) and statement.name.value == "Meta"


def _assigns(node: cst.CSTNode, name: str) -> bool:
    return isinstance(node, cst.Assign) and m.matches(node.targets[0].target, m.Name(name))


def _last_field(declared: cst.ClassDef) -> cst.BaseStatement:
    """The statement after which a class inside a model stands."""
    every = _statements(declared)
    plain = [each for each in every if isinstance(each, cst.SimpleStatementLine)]
    return plain[-1] if plain else every[-1]


REWRITE = Rewrite("unique-constraint", ("TOC205",), apply)
