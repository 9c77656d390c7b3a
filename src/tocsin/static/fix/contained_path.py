"""A path that begins with a folder's name becomes one that lies in the folder."""

from __future__ import annotations

import libcst as cst
from libcst import matchers as m

from tocsin.static.fix.base import Rewrite, Rewritten
from tocsin.static.fix.imports import needed
from tocsin.static.fix.site import Site

_STARTS = m.Call(func=m.Attribute(attr=m.Name("startswith")), args=[m.Arg(keyword=None)])
_TEXT_OF = m.Call(func=m.Name("str"), args=[m.Arg()])


def apply(site: Site) -> Rewritten | None:
    """``path.startswith(folder)`` resolved, both sides; the use keeps the path that it had."""
    calls = [each for each in site.tree.calls(site.check.line) if m.matches(each, _STARTS)]
    if len(calls) != 1:
        return None
    call = calls[0]
    func = cst.ensure_type(call.func, cst.Attribute)
    folder = folder_of(call.args[0].value)
    if folder is None:
        return None
    path = needed(site.tree.module, "pathlib", "Path")
    inside, around = _resolved(site, path.text, func.value), _resolved(site, path.text, folder)
    new = site.tree.expression(f"{inside}.is_relative_to({around})")
    return Rewritten(
        site.tree.replaced({call: new}),
        "the path is resolved and has to lie in the folder",
        imports=path.imports,
    )


def folder_of(node: cst.BaseExpression) -> cst.BaseExpression | None:
    """The folder without the separator at its end; ``None`` for what is a part of a name."""
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add):
        end = m.OneOf(m.SimpleString("'/'"), m.SimpleString('"/"'), m.Attribute(attr=m.Name("sep")))
        return folder_of(node.left) if m.matches(node.right, end) else None
    if m.matches(node, _TEXT_OF):
        return cst.ensure_type(node, cst.Call).args[0].value
    return node if isinstance(node, cst.Name | cst.Attribute | cst.Subscript | cst.Call) else None


def _resolved(site: Site, path: str, node: cst.BaseExpression) -> str:
    inner = cst.ensure_type(node, cst.Call).args[0].value if m.matches(node, _TEXT_OF) else node
    return f"{path}({site.tree.code(inner)}).resolve()"


REWRITE = Rewrite("contained-path", ("TOC303",), apply)
