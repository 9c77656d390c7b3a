"""One module: what its top level binds."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tocsin.source.files import SourceFile

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Imported:
    """A name bound by an import: ``module`` as written, ``level`` dots, ``name`` within it."""

    module: str
    level: int = 0
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Assigned:
    """A name bound by an assignment; ``value`` is ``None`` for a bare annotation."""

    value: ast.expr | None
    annotation: ast.expr | None
    line: int


Binding = Imported | Assigned | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(slots=True, eq=False)
class Module:
    """A parsed file. ``names`` are its top-level bindings, the last one of each name.

    ``stars`` are the modules of ``from … import *``, in order; ``name`` is its own, dotted.
    """

    file: SourceFile
    tree: ast.Module
    names: Mapping[str, Binding] = field(default_factory=dict)
    stars: tuple[Imported, ...] = ()
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = ".".join(self.file.dotted)

    @property
    def path(self) -> str:
        return self.file.path

    @property
    def package(self) -> tuple[str, ...]:
        """The parts that a relative import starts from."""
        return self.file.parts[:-1]


def module(file: SourceFile, tree: ast.Module) -> Module:
    """Collect the bindings of a tree."""
    names: dict[str, Binding] = {}
    stars: list[Imported] = []
    _collect(tree.body, names, stars)
    return Module(file, tree, names, tuple(stars))


def members(node: ast.ClassDef) -> Mapping[str, Binding]:
    """What the body of a class binds."""
    names: dict[str, Binding] = {}
    _collect(node.body, names, [])
    return names


def _collect(body: Iterable[ast.stmt], names: dict[str, Binding], stars: list[Imported]) -> None:
    for node in body:
        match node:
            case ast.FunctionDef() if node.name in names and _more(node):
                pass
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names[node.name] = node
            case ast.Import():
                _imports(node, names)
            case ast.ImportFrom():
                for alias in node.names:
                    origin = Imported(node.module or "", node.level, alias.name)
                    if alias.name == "*":
                        stars.append(origin)
                    else:
                        names[alias.asname or alias.name] = origin
            case ast.Assign():
                for target in node.targets:
                    _assigned(target, node.value, names)
            case ast.AnnAssign(target=ast.Name(id=name)):
                names[name] = Assigned(node.value, node.annotation, node.lineno)
            case _:
                _nested(node, names, stars)


def _more(node: ast.FunctionDef) -> bool:
    """``@name.setter``, ``@name.expression``: more of a property, which whoever reads it skips."""
    return any(
        isinstance(each, ast.Attribute) and ast.unparse(each).startswith(f"{node.name}.")
        for each in node.decorator_list
    )


def _nested(node: ast.stmt, names: dict[str, Binding], stars: list[Imported]) -> None:
    """Compound statements at the top level: in doubt the first branch counts."""
    if isinstance(node, ast.If):
        _collect(node.orelse, names, stars)
        _collect(node.body, names, stars)
    elif isinstance(node, ast.Try):
        for handler in node.handlers:
            _collect(handler.body, names, stars)
        _collect([*node.body, *node.orelse, *node.finalbody], names, stars)
    elif isinstance(node, ast.With | ast.For | ast.While):
        _collect(node.body, names, stars)
    elif type(node).__name__ == "TypeAlias":  # Python 3.12
        names[node.name.id] = Assigned(node.value, None, node.lineno)  # type: ignore[attr-defined]


def _imports(node: ast.Import, names: dict[str, Binding]) -> None:
    for alias in node.names:
        if alias.asname:
            names[alias.asname] = Imported(alias.name)
        else:
            first = alias.name.partition(".")[0]
            names[first] = Imported(first)


def _assigned(target: ast.expr, value: ast.expr, names: dict[str, Binding]) -> None:
    if isinstance(target, ast.Name):
        names[target.id] = Assigned(value, None, target.lineno)
    elif isinstance(target, ast.Tuple | ast.List):
        values = value.elts if isinstance(value, ast.Tuple | ast.List) else []
        for index, each in enumerate(target.elts):
            if isinstance(each, ast.Name):
                own = values[index] if len(values) == len(target.elts) else None
                names[each.id] = Assigned(own, None, each.lineno)
