"""Methods that only say what others do: an abstract class, and the one that is behind it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tocsin.source.module import members
from tocsin.source.names import ancestors, inherited
from tocsin.source.project import ClassSymbol, ExternalSymbol, FunctionSymbol

if TYPE_CHECKING:
    from tocsin.static.interpret.machine import Machine

_DEEPEST = 4
_PROTOCOLS = frozenset({"typing.Protocol", "typing_extensions.Protocol"})
_STAND_IN = re.compile(r"fake|mock|stub|dummy|spy|null|noop|memory", re.IGNORECASE)
"""What classes are called that only take the place of the one that is meant."""


def implemented(
    machine: Machine, owner: ClassSymbol, symbol: FunctionSymbol
) -> tuple[ClassSymbol, FunctionSymbol]:
    """The method that runs where an abstract one is called on a value of this class.

    With the class that has it; of several the first that is not a stand-in for tests. A protocol
    is implemented by the class that has all its methods, whatever that is derived from.
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
    return machine.project.trail.once(
        machine.implemented,
        (owner.node, symbol.node.name),
        lambda: next(_conforming(machine, owner, symbol), (owner, symbol)),
    )


def _conforming(
    machine: Machine, owner: ClassSymbol, symbol: FunctionSymbol
) -> Iterator[tuple[ClassSymbol, FunctionSymbol]]:
    """The classes that have all methods of a protocol, those first that no stand-ins are.

    The one that is asked for has the same parameters, so that a common name alone says nothing.
    """
    project, name = machine.project, symbol.node.name
    if not _protocol(machine, owner):
        return
    wanted = [each for each in _methods(owner) if not each.startswith("__")]
    taken = _parameters(symbol)
    if name not in wanted or (len(wanted) == 1 and len(taken) == 1):
        return
    rarest = max(wanted, key=len)
    found: list[tuple[bool, ClassSymbol, FunctionSymbol]] = []
    for module in machine.models.sources.saying(f"def {rarest}(".encode()):
        for node in module.tree.body:
            each = project.resolve(module, node.name) if isinstance(node, ast.ClassDef) else None
            if not isinstance(each, ClassSymbol) or each.node is owner.node:
                continue
            own = [inherited(project, each, word) for word in wanted]
            made = inherited(project, each, name)
            if not all(own) or not isinstance(made, FunctionSymbol) or _protocol(machine, each):
                continue
            if _parameters(made) == taken and not _says_nothing(made):
                stand_in = f"{module.path.rpartition('/')[2]} {each.node.name}"
                found.append((_STAND_IN.search(stand_in) is not None, each, made))
    for _, each, made in sorted(found, key=lambda one: one[0]):
        yield each, made


def _protocol(machine: Machine, owner: ClassSymbol) -> bool:
    above = ancestors(machine.project, owner)
    return any(isinstance(each, ExternalSymbol) and each.name in _PROTOCOLS for each in above)


def _methods(owner: ClassSymbol) -> list[str]:
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    return [name for name, each in members(owner.node).items() if isinstance(each, functions)]


def _parameters(symbol: FunctionSymbol) -> frozenset[str]:
    taken = symbol.node.args
    return frozenset(each.arg for each in (*taken.posonlyargs, *taken.args, *taken.kwonlyargs))


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
