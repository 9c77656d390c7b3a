"""Functions and imports inside functions."""

from __future__ import annotations

import ast

from tocsin.source.module import Imported, Module
from tocsin.source.project import FunctionSymbol
from tocsin.static.interpret.frame import Frame
from tocsin.static.value import Function, Value


def closed(frame: Frame, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Value:
    """A function made here, with the values of the names it uses from here."""
    names = frame.machine.names.get(node)
    if names is None:
        names = frame.machine.names[node] = tuple(_free(node))
        frame.machine.varying[node] = _varying(frame)
    around = {**frame.closure, **frame.env}
    closure = tuple((name, around[name]) for name in names if name in around)
    symbol = FunctionSymbol(frame.module, node, None)
    return Value(f"{frame.name}.{node.name}", data=Function(symbol, closure))


def _free(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """The names that a function uses, and has not itself."""
    used = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    own = {each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg)}
    return sorted(used - own - {node.name})


def _varying(frame: Frame) -> frozenset[str]:
    """Names around a function that are assigned to: what they are later, nobody knows."""
    if frame.function is None:
        return frozenset()
    node = frame.function.node
    return frame.machine.stored(node) | frame.machine.varying.get(node, frozenset())


def imported(frame: Frame, node: ast.Import | ast.ImportFrom) -> None:
    """Names that an import inside a function binds."""
    scratch: dict[str, Imported] = {}
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            scratch[alias.asname or alias.name] = Imported(
                node.module or "", node.level, alias.name
            )
        elif alias.asname:
            scratch[alias.asname] = Imported(alias.name)
        else:
            first = alias.name.partition(".")[0]
            scratch[first] = Imported(first)
    module = Module(frame.module.file, frame.module.tree, scratch)
    for name in scratch:
        symbol = frame.machine.project.resolve(module, name)
        if symbol is not None:
            frame.env[name] = frame.machine.symbol(symbol)
