"""Containers of locks, one for each key: ``locks: dict[str, asyncio.Lock]``, ``locks[key] = …``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tocsin.source.module import Module
from tocsin.source.names import named
from tocsin.source.project import ExternalSymbol
from tocsin.static.interpret.frame import Frame
from tocsin.static.value import Shared
from tocsin.stores.calls.base import Act


def of_each(frame: Frame, shared: Shared) -> str:
    """The kind of lock that lies under the keys of a shared container; empty if it has none."""
    machine = frame.machine
    return machine.project.trail.once(
        machine.lock_tables, shared.name, lambda: _found(frame, shared.name)
    )


def _found(frame: Frame, name: str) -> str:
    *before, last = name.split(".")
    for dotted in (before, before[:-1]):  # a variable of a module, or an attribute of its class
        file = frame.machine.project.find(tuple(dotted), frame.module.package)
        module = frame.machine.project.module(file) if file is not None else None
        if module is not None:
            kinds = (_kind(frame, module, each) for each in _said(module, last))
            return next(filter(None, kinds), "")
    return ""


def _said(module: Module, name: str) -> Iterator[ast.expr]:
    """What is written of a container: its annotation, its value, what is put into it."""
    for node in ast.walk(module.tree):
        match node:
            case ast.AnnAssign(target=target, annotation=annotation, value=value):
                if _last(target) == name:
                    yield annotation
                    if value is not None:
                        yield value
            case ast.Assign(targets=[target], value=value):
                inner = target.value if isinstance(target, ast.Subscript) else target
                if _last(inner) == name:
                    yield value
            case _:
                pass


def _last(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _kind(frame: Frame, module: Module, node: ast.expr) -> str:
    """The kind of lock that is named in an expression."""
    for each in ast.walk(node):
        if not isinstance(each, ast.Name | ast.Attribute):
            continue
        symbol = named(frame.machine.project, module, each)
        name = symbol.name if isinstance(symbol, ExternalSymbol) else ""
        row = frame.machine.knowledge.method(name, "__enter__") if name else None
        if row is not None and row.act is Act.HOLD:
            return row.word
    return ""
