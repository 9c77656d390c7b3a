"""A path looked at and then opened: opened beneath a ``Root``, which no name leads out of."""

from __future__ import annotations

import libcst as cst
from libcst import matchers as m

from tocsin.static.fix.base import Rewrite, Rewritten
from tocsin.static.fix.beneath import Beneath, beneath, exchanged, fresh, pair
from tocsin.static.fix.contained_path import folder_of
from tocsin.static.fix.guarded import answered, refusals
from tocsin.static.fix.imports import Import, needed
from tocsin.static.fix.site import Site

_STARTS = m.Call(func=m.Attribute(attr=m.Name("startswith")), args=[m.Arg(keyword=None)])
_SENDS = {
    ("flask", "send_file"): "tocsin.guard.flask",
    ("fastapi.responses", "FileResponse"): "tocsin.guard.fastapi",
    ("starlette.responses", "FileResponse"): "tocsin.guard.fastapi",
    ("django.http", "FileResponse"): "tocsin.guard.django",
}
"""What sends a file, and who has the ``download`` that does it beneath a ``Root``."""


def apply(site: Site) -> Rewritten | None:
    both = pair(site)
    if both is None:
        return None
    guard, used = both.guard, both.used
    found, root = _tested(site, guard.test), fresh(site, "folder", "root", "beneath")
    if found is None or root is None:
        return None
    made = _served(site, used, found, root) or _told(site, used, found, root)
    if made is None:
        return None
    opened, error = needed(site.tree.module, "tocsin.guard.files", "Root"), refusals(site)
    body, imports = made
    text = f"with {opened.text}({found.folder}) as {root}{body}"
    tried = answered(site, text, error.text, guard.body)
    return Rewritten(
        exchanged(site, found, both, tried),
        "the file is opened beneath its folder, in one call",
        imports=(*opened.imports, *error.imports, *imports),
    )


def _tested(site: Site, test: cst.BaseExpression) -> Beneath | None:
    """The path that has to begin with the folder which it was put together of."""
    if not isinstance(test, cst.UnaryOperation) or not isinstance(test.operator, cst.Not):
        return None
    if not m.matches(test.expression, _STARTS):
        return None
    call = cst.ensure_type(test.expression, cst.Call)
    path = cst.ensure_type(call.func, cst.Attribute).value
    if m.matches(path, m.Call(func=m.Name("str"), args=[m.Arg()])):
        path = cst.ensure_type(path, cst.Call).args[0].value
    folder = folder_of(call.args[0].value)
    found = beneath(site, path.value) if isinstance(path, cst.Name) else None
    if found is None or folder is None:
        return None
    told = site.tree.code(folder)
    return found if found.folder in {told, f"Path({told})"} else None


def _served(
    site: Site, used: cst.BaseStatement, found: Beneath, root: str
) -> tuple[str, tuple[Import, ...]] | None:
    """``return send_file(path)`` and its like."""
    call = _returned(used)
    if call is None or not call.args:
        return None
    first, *others = call.args
    if m.matches(first.value, m.Call(func=m.Name("open"))):
        first = cst.ensure_type(first.value, cst.Call).args[0]
    if not m.matches(first, m.Arg(m.Name(found.path), keyword=None)):
        return None
    attached = [m.matches(each, _ATTACHED) for each in others]
    callee = site.tree.code(call.func)
    for (module, name), guard in _SENDS.items():
        known = needed(site.tree.module, module, name)
        if all(attached) and not known.imports and known.text == callee:
            verb = needed(site.tree.module, guard, "download")
            given = ", ".join([root, found.name, *([] if attached else ["inline=True"])])
            step = site.tree.module.default_indent
            return f":\n{step}return {verb.text}({given})", verb.imports
    return None


_ATTACHED = m.Arg(m.Name("True"), keyword=m.Name("as_attachment"))


def _told(
    site: Site, used: cst.BaseStatement, found: Beneath, root: str
) -> tuple[str, tuple[Import, ...]] | None:
    """``return path.read_text()``, ``return path.read_bytes()``."""
    call, file = _returned(used), fresh(site, "file", "opened")
    if call is None or call.args or file is None or not isinstance(call.func, cst.Attribute):
        return None
    verb = call.func.attr.value
    mine = m.matches(call.func.value, m.Name(found.path))
    if not mine or verb not in {"read_text", "read_bytes"}:
        return None
    decoded = ".decode()" if verb == "read_text" else ""
    step = site.tree.module.default_indent
    return f", {root}.open({found.name}) as {file}:\n{step}return {file}.read(){decoded}", ()


def _returned(used: cst.BaseStatement) -> cst.Call | None:
    if not isinstance(used, cst.SimpleStatementLine) or len(used.body) != 1:
        return None
    small = used.body[0]
    value = small.value if isinstance(small, cst.Return) else None
    return value if isinstance(value, cst.Call) else None


REWRITE = Rewrite("guard-open", ("TOC303",), apply)
