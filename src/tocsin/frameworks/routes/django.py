"""Django and Django REST framework: URL patterns, views, class-based views, permissions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tocsin.frameworks.routes.base import METHODS, Entry, Injected, joined, keyword, text
from tocsin.frameworks.routes.generic import inherited_methods
from tocsin.source.module import Assigned, Module
from tocsin.source.names import ancestors, inherited, named
from tocsin.source.project import (
    ClassSymbol,
    ExternalSymbol,
    FunctionSymbol,
    Project,
    VariableSymbol,
)

REQUEST = "django.Request"
_PATHS = frozenset({"path", "re_path", "url"})
_ACTIONS = {
    "list": "GET",
    "retrieve": "GET",
    "create": "POST",
    "update": "PUT",
    "partial_update": "PATCH",
    "destroy": "DELETE",
    "form_valid": "POST",
}
_VALID = "form_valid"
_OF_ONE = frozenset({"retrieve", "update", "partial_update", "destroy"})
"""Actions that a router puts below the key of a row."""
_API_VIEW = "rest_framework.decorators.api_view"
_VIEWSETS = "rest_framework.viewsets."
_PERMISSIONS = "rest_framework.decorators.permission_classes"
_REQUIRED = {"require_POST": ["POST"], "require_GET": ["GET"], "require_safe": ["GET"]}


@dataclass(slots=True)
class _Tables:
    """URL modules by name, and routers, and where each is included."""

    parents: dict[str, tuple[str, str]] = field(default_factory=dict)
    routers: dict[str, tuple[str, str]] = field(default_factory=dict)

    def prefix(self, path: str, depth: int = 0) -> str:
        parent = self.parents.get(path)
        if parent is None or depth > 8:
            return ""
        return joined(self.prefix(parent[0], depth + 1), parent[1])


@dataclass(frozen=True, slots=True)
class DjangoRoutes:
    """See the module."""

    name: str = "django"
    markers: tuple[bytes, ...] = (b"urlpatterns", b"ViewSet", b"APIView", b".register(")
    apart: bool = False

    def entries(self, project: Project, modules: tuple[Module, ...]) -> Iterator[Entry]:
        tables = _Tables()
        patterns = [
            (module, node)
            for module in modules
            if "urlpatterns" in module.names or b"path(" in project.data(module.file)
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Call) and _name(node.func) in _PATHS and len(node.args) > 1
        ]
        for module, node in patterns:
            _include(project, module, node, tables)
        for module, node in patterns:
            yield from _views(project, module, node, tables)
        for module in modules:
            if b"register" not in project.data(module.file):
                continue
            for call in ast.walk(module.tree):
                if isinstance(call, ast.Call) and _name(call.func) == "register":
                    yield from _registered(project, module, call, tables)

    def injected(self, project: Project, symbol: FunctionSymbol) -> tuple[Injected, ...]:
        return ()


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def template(pattern: str) -> str:
    """A route's or a regular expression's path, with braces for what varies."""
    plain = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r"{\1}", pattern)
    plain = re.sub(r"<(?:[^:<>]*:)?([^<>]*)>", r"{\1}", plain)
    return plain.removeprefix("^").removesuffix("$").replace("\\", "")


def _include(project: Project, module: Module, node: ast.Call, tables: _Tables) -> None:
    view = node.args[1]
    if not isinstance(view, ast.Call) or _name(view.func) != "include" or not view.args:
        return
    target = view.args[0]
    if isinstance(target, ast.Tuple) and target.elts:
        target = target.elts[0]
    if isinstance(target, ast.Attribute) and target.attr == "urls":
        router = _variable(project, module, target.value)
        if router is not None:
            tables.routers[router.qualname] = (module.path, template(text(node.args[0])))
        return
    dotted = text(target)
    file = project.find(tuple(dotted.split(".")), module.package) if dotted else None
    if file is None:
        symbol = named(project, module, target)
        inner = getattr(symbol, "module", None)
        file = inner.file if inner is not None else None
    if file is not None and file.path != module.path:
        tables.parents[file.path] = (module.path, template(text(node.args[0])))


def _views(project: Project, module: Module, node: ast.Call, tables: _Tables) -> Iterator[Entry]:
    view = node.args[1]
    path = joined(tables.prefix(module.path) or "/", template(text(node.args[0])))
    path = path if path.startswith("/") else f"/{path}"
    while isinstance(view, ast.Call) and _name(view.func) not in {"as_view", "include"}:
        if not view.args:  # login_required(view)
            return
        view = view.args[0]
    if isinstance(view, ast.Call):
        if _name(view.func) == "as_view" and isinstance(view.func, ast.Attribute):
            owner = named(project, module, view.func.value)
            if isinstance(owner, ClassSymbol):
                yield from class_view(project, owner, path, _mapping(view))
        return
    symbol = named(project, module, view)
    if isinstance(symbol, FunctionSymbol):
        yield from _function_view(project, symbol, path)


def _mapping(node: ast.Call) -> dict[str, str]:
    """``as_view({"post": "create"})``."""
    first = node.args[0] if node.args else None
    if not isinstance(first, ast.Dict):
        return {}
    return {
        text(value): text(key).upper()
        for key, value in zip(first.keys, first.values, strict=True)
        if key is not None
    }


def _function_view(project: Project, symbol: FunctionSymbol, path: str) -> Iterator[Entry]:
    verbs: list[str] = []
    before: list[FunctionSymbol] = []
    for node in symbol.node.decorator_list:
        called = named(project, symbol.module, node)
        name = called.name if isinstance(called, ExternalSymbol) else ""
        verbs = _REQUIRED.get(name.rpartition(".")[2], verbs)
        if not isinstance(node, ast.Call) or not node.args:
            continue
        listed = getattr(node.args[0], "elts", [])
        if name == _API_VIEW:
            verbs = [text(each).upper() for each in listed]
        elif name == _PERMISSIONS:
            before += permissions(project, symbol.module, listed)
        elif name.endswith("require_http_methods"):
            verbs = [text(each).upper() for each in listed]
    first = next(iter(symbol.node.args.args), None)
    typed = ((first.arg, REQUEST),) if first is not None else ()
    for verb in verbs or ["ANY"]:
        yield Entry(f"{verb} {path}", "django", symbol, permissions=tuple(before), typed=typed)


def permissions(
    project: Project, module: Module, nodes: list[ast.expr]
) -> Iterator[FunctionSymbol]:
    """``has_permission`` of the project's permission classes."""
    for node in nodes:
        owner = named(project, module, node)
        if isinstance(owner, ClassSymbol):
            found = inherited(project, owner, "has_permission")
            if isinstance(found, FunctionSymbol):
                yield found


def class_view(
    project: Project,
    owner: ClassSymbol,
    path: str,
    mapping: dict[str, str] | None = None,
    *,
    row: str = "",
    end: str = "",
) -> Iterator[Entry]:
    """The methods of a class-based view or viewset that requests reach.

    ``row`` is what a router puts behind the path where an action is about one row, ``end`` what
    its paths end in.
    """

    def at(below: str, *, one: bool) -> str:
        full = joined(joined(path, row), below) if one else joined(path, below)
        return full.rstrip("/") + end if row else full

    names = mapping or {**{each: each.upper() for each in METHODS}, **_ACTIONS}
    before = tuple(_class_permissions(project, owner))
    generic = list(inherited_methods(project, owner))
    posted = "post" in {each.node.name for each in generic}
    for name, verb in names.items():
        found = inherited(project, owner, name)
        if name == _VALID and posted and inherited(project, owner, "post") is None:
            continue  # it is called by what the class has from its base
        if isinstance(found, FunctionSymbol):
            yield Entry(
                f"{verb} {at('', one=name in _OF_ONE)}",
                "django",
                found,
                permissions=before,
                receiver=owner,
                typed=(("request", REQUEST),),
            )
    for own in generic:
        name = own.node.name
        if name in names and inherited(project, owner, name) is None:
            typed = (("request", REQUEST),)
            yield Entry(
                f"{names[name]} {at('', one=name in _OF_ONE)}",
                "django",
                own,
                permissions=before,
                receiver=owner,
                typed=typed,
            )
    for name, verb, below, one in _extra_actions(owner):
        found = project.member(owner, name)
        if isinstance(found, FunctionSymbol):
            yield Entry(
                f"{verb} {at(below, one=one)}",
                "django",
                found,
                permissions=before,
                receiver=owner,
                typed=(("request", REQUEST),),
            )


def _class_permissions(project: Project, owner: ClassSymbol) -> Iterator[FunctionSymbol]:
    found = inherited(project, owner, "permission_classes")
    if isinstance(found, VariableSymbol) and isinstance(found.assigned, Assigned):
        listed = getattr(found.assigned.value, "elts", [])
        yield from permissions(project, found.module, listed)


def _extra_actions(owner: ClassSymbol) -> Iterator[tuple[str, str, str, bool]]:
    """``@action(methods=["post"])``: name, verb, path, and whether it is about one row."""
    for node in owner.node.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for each in node.decorator_list:
            if isinstance(each, ast.Call) and _name(each.func) == "action":
                verbs = [text(v).upper() for v in getattr(keyword(each, "methods"), "elts", [])]
                one = getattr(keyword(each, "detail"), "value", False) is True
                for verb in verbs or ["GET"]:
                    yield node.name, verb, text(keyword(each, "url_path")) or node.name, one


def _registered(
    project: Project, module: Module, node: ast.Call, tables: _Tables
) -> Iterator[Entry]:
    """``router.register("orders", OrderViewSet)``."""
    if len(node.args) < 2 or not isinstance(node.func, ast.Attribute):
        return
    owner = named(project, module, node.args[1])
    if not isinstance(owner, ClassSymbol) or not _is_viewset(project, owner):
        return
    known = _variable(project, module, node.func.value)
    file, below = tables.routers.get(known.qualname if known else "", (module.path, ""))
    prefix = joined(tables.prefix(file), below) if below else tables.prefix(file)
    path = joined(prefix, template(text(node.args[0])))
    made = known.assigned.value if known else None
    slash = keyword(made, "trailing_slash") if isinstance(made, ast.Call) else None
    bare = getattr(slash, "value", True) is False
    row = _constant(project, owner, "lookup_url_kwarg") or _constant(project, owner, "lookup_field")
    yield from class_view(
        project, owner, f"/{path.strip('/')}", row=f"{{{row or 'pk'}}}", end="" if bare else "/"
    )


def _is_viewset(project: Project, owner: ClassSymbol) -> bool:
    """By its name, where its bases are in other packages; models and admins are registered too."""
    if "View" in owner.node.name:
        return True
    bases = ancestors(project, owner)
    return any(
        isinstance(each, ExternalSymbol) and each.name.startswith(_VIEWSETS) for each in bases
    )


def _variable(project: Project, module: Module, node: ast.expr) -> VariableSymbol | None:
    """The variable that a name is, whatever was assigned to it."""
    found: object = None
    if isinstance(node, ast.Name):
        found = project.resolve(module, node.id)
    elif isinstance(node, ast.Attribute):
        owner = named(project, module, node.value)
        found = project.attribute(owner, node.attr) if owner is not None else None
    return found if isinstance(found, VariableSymbol) else None


def _constant(project: Project, owner: ClassSymbol, name: str) -> str:
    found = inherited(project, owner, name)
    assigned = found.assigned if isinstance(found, VariableSymbol) else None
    return text(assigned.value) if isinstance(assigned, Assigned) else ""
