"""The noun that every framework's reader ends in."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from tocsin.source.bodies import Body
from tocsin.source.module import Module
from tocsin.source.project import ClassSymbol, FunctionSymbol, Project

METHODS = ("get", "post", "put", "patch", "delete", "head", "options")


@dataclass(frozen=True, slots=True)
class Injected:
    """A parameter that the framework fills by calling a provider, which may have its own."""

    parameter: str
    provider: FunctionSymbol | ClassSymbol


@dataclass(frozen=True, slots=True)
class Entry:
    """A function that runs for a request, with what runs before it.

    ``endpoint`` is ``POST /orders/{order_id}/cancel``, or a dotted name for what is no route.
    ``before`` are hooks, in order, ``permissions`` functions that refuse by a false answer.
    ``receiver`` is the class of a view's method, ``typed`` says of which class of the tables a
    parameter is (``request``), a name around the function, or what its object has (``self.x``).
    ``rows`` are parameters that are a row of a model. ``after`` says that it runs when the response
    is made.
    """

    endpoint: str
    framework: str
    function: FunctionSymbol
    before: tuple[FunctionSymbol, ...] = ()
    permissions: tuple[FunctionSymbol, ...] = ()
    receiver: ClassSymbol | None = None
    typed: tuple[tuple[str, str], ...] = ()
    rows: tuple[tuple[str, ClassSymbol], ...] = ()
    routed: bool = True
    after: bool = False

    @property
    def asynchronous(self) -> bool:
        return isinstance(self.function.node, ast.AsyncFunctionDef)


class Routes(Protocol):
    """One framework. ``markers`` are words without which a file cannot define a route.

    ``apart`` says that what a module defines is the same whatever other modules say of routes.
    """

    @property
    def name(self) -> str: ...

    @property
    def markers(self) -> tuple[bytes, ...]: ...

    @property
    def apart(self) -> bool: ...

    def entries(self, project: Project, modules: tuple[Module, ...]) -> Iterator[Entry]:
        """The routes that these modules define."""
        ...

    def injected(self, project: Project, symbol: FunctionSymbol) -> tuple[Injected, ...]:
        """The parameters that the framework fills by calling something."""
        ...


def joined(prefix: str, path: str) -> str:
    """A path below a prefix."""
    if not path:
        return prefix or "/"
    return f"{prefix.rstrip('/')}/{path.lstrip('/')}" if prefix else path


def text(node: ast.expr | None) -> str:
    """A literal string; empty for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def keyword(node: ast.Call, name: str) -> ast.expr | None:
    """A keyword argument of a call."""
    return next((each.value for each in node.keywords if each.arg == name), None)


def functions(module: Module) -> Iterator[FunctionSymbol]:
    """The functions and methods of a module, nested ones too."""
    pending: list[tuple[ast.AST, ClassSymbol | None]] = [(module.tree, None)]
    while pending:
        node, owner = pending.pop(0)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                yield FunctionSymbol(module, child, owner)
                if not isinstance(child.body, Body):  # there is no function in one of these
                    pending.append((child, None))
            elif isinstance(child, ast.ClassDef):
                pending.append((child, ClassSymbol(module, child)))
            elif isinstance(child, ast.If | ast.Try | ast.With):
                pending.append((child, owner))


def statements(module: Module) -> Iterator[ast.Call]:
    """Every call in a module."""
    return (node for node in ast.walk(module.tree) if isinstance(node, ast.Call))
