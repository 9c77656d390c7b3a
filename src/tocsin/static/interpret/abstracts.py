"""Methods that only say what others do: an abstract class, and the one that is behind it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tocsin.source.names import inherited
from tocsin.source.project import ClassSymbol, FunctionSymbol

if TYPE_CHECKING:
    from tocsin.static.interpret.machine import Machine

_DEEPEST = 4


def implemented(
    machine: Machine, owner: ClassSymbol, symbol: FunctionSymbol
) -> tuple[ClassSymbol, FunctionSymbol]:
    """The method that runs where an abstract one is called on a value of this class.

    With the class that has it; of several the first that is not a stand-in for tests.
    """
    if not _says_nothing(symbol):
        return owner, symbol
    pending, depth = [owner], 0
    while pending and depth < _DEEPEST:
        pending = [each for one in pending for each in machine.models.kinship.children(one)]
        depth += 1
        for each in pending:
            found = inherited(machine.project, each, symbol.node.name)
            if isinstance(found, FunctionSymbol) and not _says_nothing(found):
                return each, found
    return owner, symbol


def _says_nothing(symbol: FunctionSymbol) -> bool:
    """Whether a body is a docstring, ``...``, ``pass`` or ``raise NotImplementedError``."""
    return _empty(symbol.node.body)


def _empty(body: Sequence[ast.stmt]) -> bool:
    return all(
        isinstance(each, ast.Pass)
        or (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
        or (isinstance(each, ast.Raise) and "NotImplemented" in ast.unparse(each))
        for each in body
    )
