"""Asked whether a file is there, and then made or removed: one call, beneath a ``Root``."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst
from libcst import matchers as m

from tocsin.static.fix.base import Rewrite, Rewritten
from tocsin.static.fix.beneath import Beneath, beneath, exchanged, fresh, pair
from tocsin.static.fix.guarded import UNANSWERED, answered, refusals
from tocsin.static.fix.imports import needed
from tocsin.static.fix.site import Site

_ASKING = m.OneOf(*(m.Name(each) for each in ("exists", "is_file", "isfile", "lexists")))
_WRITTEN = m.OneOf(m.Name("write_text"), m.Name("write_bytes"))
_REMOVED = m.OneOf(m.Name("unlink"), m.Name("remove"))
_FRESH = {'"w"', "'w'", '"wb"', "'wb'"}


def apply(site: Site) -> Rewritten | None:
    both = pair(site)
    if both is None:
        return None
    guard, used = both.guard, both.used
    asked = _asked(guard.test)
    found = beneath(site, asked[0]) if asked else None
    root, file = fresh(site, "folder", "root", "beneath"), fresh(site, "file", "draft")
    if asked is None or found is None or root is None:
        return None
    made = (
        _removed(used, found, root) if asked[1] else _created(site, used, found, (root, file or ""))
    )
    if made is None:
        return None
    opened = needed(site.tree.module, "tocsin.guard.files", "Root")
    error = refusals(site, "Missing" if asked[1] else "Conflict")
    step = site.tree.module.default_indent
    body = made.format(root=f"{opened.text}({found.folder}) as {root}", step=step)
    tried = answered(site, body, error.text, guard.body)
    return Rewritten(
        exchanged(site, found, both, tried),
        f"the file is {'removed' if asked[1] else 'created'} beneath its folder, in one call",
        imports=(*opened.imports, *error.imports),
        hint=UNANSWERED,
    )


def _asked(test: cst.BaseExpression) -> tuple[str, bool] | None:
    """The variable of the path, and whether what is not there is refused."""
    missing = isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not)
    call = test.expression if isinstance(test, cst.UnaryOperation) and missing else test
    if not m.matches(call, m.Call(func=m.Attribute(attr=_ASKING))):
        return None
    asked = cst.ensure_type(call, cst.Call)
    owner = cst.ensure_type(asked.func, cst.Attribute).value
    path = asked.args[0].value if asked.args else owner
    return (path.value, missing) if isinstance(path, cst.Name) else None


def _removed(used: cst.BaseStatement, found: Beneath, root: str) -> str | None:
    call = _only_call(used)
    if call is None or not m.matches(call.func, m.Attribute(attr=_REMOVED)):
        return None
    if _path(call) != found.path:
        return None
    return f"with {{root}}:\n{{step}}{root}.remove({_braced(found.name)})"


def _created(
    site: Site, used: cst.BaseStatement, found: Beneath, names: tuple[str, str]
) -> str | None:
    root, file = names
    if isinstance(used, cst.With):
        opened = _opened(used, found)
        if opened is None:
            return None
        file, parts = opened[0], _parts(site, used.body, opened)
    else:
        call = _only_call(used)
        if call is None or not m.matches(call.func, m.Attribute(attr=_WRITTEN)):
            return None
        func = cst.ensure_type(call.func, cst.Attribute)
        if _path(call) != found.path or len(call.args) != 1 or not file:
            return None
        text = func.attr.value == "write_text"
        parts = [_bytes(site.tree.code(call.args[0].value), text=text)]
    if not parts:
        return None
    written = "\n".join(f"{{step}}{file}.write({_braced(each)})" for each in parts)
    return f"with {{root}}, {root}.create({_braced(found.name)}) as {file}:\n{written}"


def _opened(used: cst.With, found: Beneath) -> tuple[str, bool] | None:
    """The variable of an opened file, and whether it takes text."""
    if len(used.items) != 1 or not isinstance(used.items[0].item, cst.Call):
        return None
    call, bound = used.items[0].item, used.items[0].asname
    if bound is None or not isinstance(bound.name, cst.Name) or used.asynchronous:
        return None
    plain = m.matches(call.func, m.Name("open"))
    modes = call.args[1:] if plain else call.args
    if not plain and not m.matches(call.func, m.Attribute(attr=m.Name("open"))):
        return None
    if _path(call, plain=plain) != found.path or len(modes) != 1:
        return None
    mode = modes[0].value
    if not isinstance(mode, cst.SimpleString) or mode.value not in _FRESH:
        return None
    return bound.name.value, "b" not in mode.value


def _parts(site: Site, body: cst.BaseSuite, opened: tuple[str, bool]) -> list[str]:
    """What is written, where a block does nothing else."""
    file, text = opened
    found: list[str] = []
    for statement in body.body:
        call = _only_call(statement)
        mine = m.Attribute(m.Name(file), m.Name("write"))
        if call is None or not m.matches(call.func, mine) or len(call.args) != 1:
            return []
        found.append(_bytes(site.tree.code(call.args[0].value), text=text))
    return found


def _bytes(value: str, *, text: bool) -> str:
    if not text:
        return value
    simple = isinstance(cst.parse_expression(value), _SIMPLE)
    return f"{value}.encode()" if simple else f"({value}).encode()"


_SIMPLE = (cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.SimpleString, cst.FormattedString)


def _only_call(statement: cst.BaseStatement | cst.BaseSmallStatement) -> cst.Call | None:
    inside: Sequence[cst.BaseSmallStatement] = getattr(statement, "body", ())
    if not isinstance(statement, cst.SimpleStatementLine) or len(inside) != 1:
        return None
    small = inside[0]
    if not isinstance(small, cst.Expr) or not isinstance(small.value, cst.Call):
        return None
    return small.value


def _path(call: cst.Call, *, plain: bool = False) -> str:
    """The variable that ``path.verb()``, ``os.verb(path)`` or ``open(path)`` is about."""
    func = call.func
    owner = func.value if isinstance(func, cst.Attribute) else None
    if plain or (isinstance(owner, cst.Name) and owner.value == "os"):
        owner = call.args[0].value if call.args else None
    return owner.value if isinstance(owner, cst.Name) else ""


def _braced(text: str) -> str:
    """Source text that is going to be formatted once more."""
    return text.replace("{", "{{").replace("}", "}}")


REWRITE = Rewrite("guard-create", ("TOC301",), apply)
