"""Applications and routers that are made, or handed in, inside of functions and objects."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tocsin.frameworks.routes.base import functions
from tocsin.source.module import Module
from tocsin.source.project import ClassSymbol, FunctionSymbol, Project

Known = Callable[[Project, Module, ast.expr], bool]
"""Whether an expression, read at the top of a module, is a router or makes one."""


@dataclass(frozen=True, slots=True)
class Local:
    """The names of a module's functions that stand for routers, as they are written there.

    ``made`` are those that the module makes itself, with the call that does. ``answered`` is what
    functions answer with: whoever includes ``build(…)`` includes the router of that name.
    """

    names: frozenset[str]
    made: dict[str, ast.Call]
    answered: dict[str, str]


def local(project: Project, module: Module, known: Known) -> Local:
    """``router = APIRouter()`` in a function, ``self.router = …``, a parameter ``app: FastAPI``."""
    made: dict[str, ast.Call] = {}
    handed: set[str] = set()
    answered: dict[str, str] = {}
    for symbol in functions(module):
        for each in ast.walk(symbol.node.args):
            if isinstance(each, ast.arg) and _is(project, module, each.annotation, known):
                handed.add(each.arg)
        made.update(_made(project, module, symbol.node, known))
        for each in ast.walk(symbol.node):
            if isinstance(each, ast.Return) and isinstance(each.value, ast.Name):
                answered[symbol.node.name] = each.value.id
    names = frozenset(handed | set(made))
    return Local(names, made, {name: each for name, each in answered.items() if each in names})


def _is(project: Project, module: Module, annotation: ast.expr | None, known: Known) -> bool:
    return annotation is not None and known(project, module, annotation)


def _made(
    project: Project, module: Module, node: ast.AST, known: Known
) -> Iterator[tuple[str, ast.Call]]:
    for each in ast.walk(node):
        match each:
            case ast.Assign(
                targets=[ast.Name() | ast.Attribute() as target], value=ast.Call() as call
            ):
                pass
            case ast.AnnAssign(
                target=ast.Name() | ast.Attribute() as target, value=ast.Call() as call
            ):
                pass
            case _:
                continue
        if known(project, module, call):
            yield ast.unparse(target), call


def method(project: Project, module: Module, at: ast.AST, name: str) -> FunctionSymbol | None:
    """The method that ``self.name`` means in the innermost class around a place."""
    line = getattr(at, "lineno", 0)
    around = [
        each
        for each in ast.walk(module.tree)
        if isinstance(each, ast.ClassDef) and each.lineno < line <= (each.end_lineno or 0)
    ]
    if not around:
        return None
    owner = ClassSymbol(module, max(around, key=lambda each: each.lineno))
    found = project.member(owner, name)
    return found if isinstance(found, FunctionSymbol) else None
