"""Variables of a module that are ``None`` until the program has started.

``lock_redis: Optional[Redis] = None``, and a function with ``global lock_redis`` that is called at
the start. Requests come after that: they find what the annotation says. The function that fills it
itself is another matter (`shared.py`).
"""

from __future__ import annotations

import ast

from tocsin.source.project import VariableSymbol
from tocsin.static.interpret.frame import Frame
from tocsin.static.value import Value


def filled(frame: Frame, name: str) -> VariableSymbol | None:
    """The variable of a name, if it is one that is set later, and not by this function."""
    if name in frame.env or name in frame.closure:
        return None
    symbol = frame.machine.project.resolve(frame.module, name)
    return symbol if isinstance(symbol, VariableSymbol) and is_late(frame, symbol) else None


def is_late(frame: Frame, symbol: VariableSymbol) -> bool:
    """Whether a variable begins as ``None`` and some function makes it something else."""
    first = symbol.assigned.value
    if not isinstance(first, ast.Constant) or first.value is not None or symbol.owner is not None:
        return False
    return symbol.qualname.rpartition(".")[2] in frame.machine.changing


def late(frame: Frame, symbol: VariableSymbol) -> Value:
    """What such a variable is when requests come: as its annotation says, if there is one."""
    annotation = symbol.assigned.annotation
    if annotation is None:
        return Value(symbol.qualname)
    return frame.machine.annotated(symbol.module, annotation, symbol.qualname)
