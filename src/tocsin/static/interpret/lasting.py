"""Attributes of objects that outlive requests: what one coroutine sets, another one sees.

Nobody writes down how long an object lives. It is taken to be shared when a module holds one,
when it has a lock, which is of use only among several, or when the attribute says of its name
that something is done once.
"""

from __future__ import annotations

import ast
import re

from tocsin.source.module import Module
from tocsin.source.names import inherited, named
from tocsin.source.project import ClassSymbol, ExternalSymbol, FunctionSymbol
from tocsin.static.interpret.frame import Frame
from tocsin.static.value import Shared, Value
from tocsin.stores.calls.base import Act

_ONCE = re.compile(
    r"(?:^|_)(?:initiali[sz]ed|created|started|loaded|connected|ready|running|registered|installed"
    r"|configured|set_?up|migrated|warmed|synced|bootstrapped|done)$"
)
_PLAIN = (ast.Constant, ast.Dict, ast.List, ast.Set)
_EMPTY = frozenset({"dict", "list", "set", "collections.defaultdict", "collections.deque"})


def lasting(frame: Frame, value: Value, symbol: ClassSymbol, name: str) -> Value | None:
    """The attribute as a shared object, where a coroutine reads or sets what others see."""
    function = frame.function
    if function is None or not isinstance(function.node, ast.AsyncFunctionDef):
        return None
    if function.owner is None or value.term.strip("`") != "self":
        return None
    key = (symbol.qualname, name)
    seen = frame.machine.project.trail.once(
        frame.machine.lasting,
        key,
        lambda: _plain(frame, symbol, name) and _shared(frame, symbol, name),
    )
    if not seen:
        return None
    whole = f"{symbol.qualname}.{name}"
    return Value(whole, type="shared", data=Shared(whole))


def _plain(frame: Frame, symbol: ClassSymbol, name: str) -> bool:
    """Whether ``__init__`` begins with a constant or an empty container."""
    init = inherited(frame.machine.project, symbol, "__init__")
    if not isinstance(init, FunctionSymbol):
        return False
    given = [value for attr, value in _assigned(init.node) if attr == name]
    return bool(given) and all(_is_plain(frame, init.module, each) for each in given)


def _is_plain(frame: Frame, module: Module, node: ast.expr) -> bool:
    if isinstance(node, _PLAIN):
        return True
    if not isinstance(node, ast.Call):
        return False
    found = named(frame.machine.project, module, node.func)
    return isinstance(found, ExternalSymbol) and found.name in _EMPTY


def _assigned(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[tuple[str, ast.expr]]:
    found = []
    for each in ast.walk(node):
        match each:
            case ast.Assign(
                targets=[ast.Attribute(value=ast.Name(id="self"), attr=attr)], value=value
            ):
                found.append((attr, value))
            case ast.AnnAssign(
                target=ast.Attribute(value=ast.Name(id="self"), attr=attr),
                value=ast.expr() as value,
            ):
                found.append((attr, value))
            case _:
                pass
    return found


def _shared(frame: Frame, symbol: ClassSymbol, name: str) -> bool:
    if _ONCE.search(name):
        return True
    init = inherited(frame.machine.project, symbol, "__init__")
    if isinstance(init, FunctionSymbol) and any(
        _is_lock(frame, init.module, value) for _, value in _assigned(init.node)
    ):
        return True
    return frame.machine.models.kinship.held(symbol.node.name)


def _is_lock(frame: Frame, module: Module, node: ast.expr) -> bool:
    if not isinstance(node, ast.Call):
        return False
    found = named(frame.machine.project, module, node.func)
    name = found.name if isinstance(found, ExternalSymbol) else ""
    row = frame.machine.knowledge.method(name, "__enter__") if name else None
    return row is not None and row.act is Act.HOLD
