"""What is interpreted: the entries that frameworks know, and the other functions that write."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet

from tocsin.frameworks.routes.base import Entry, functions
from tocsin.frameworks.routes.registry import ROUTES
from tocsin.source.files import SourceFile
from tocsin.source.module import Module
from tocsin.source.project import FunctionSymbol, Place, Project
from tocsin.static.aside import aside

_STORING = frozenset({"save", "create", "add", "get_or_create", "update_or_create"})
_STORING_WORD = re.compile(rb"\b(?:" + "|".join(sorted(_STORING)).encode() + rb")\b")
_WRITES = (
    b".save(",
    b".commit(",
    b".update(",
    b".create(",
    b".delete(",
    b"get_or_create(",
    b"update_or_create(",
    b".add(",
    b".execute(",
    b".executemany(",
    b"UPDATE ",
    b"INSERT INTO ",
    b"DELETE FROM ",
    b"select_for_update",
    b"with_for_update",
)
"""Words without which a function outside the routes has no effect worth a look."""


def routed(project: Project) -> Iterator[Entry]:
    """The entries that frameworks know."""
    own = [file for file in project.files if not aside(file)]
    for framework in ROUTES:
        modules = tuple(_marked(project, own, framework.markers))
        seen: set[tuple[object, ...]] = set()
        for entry in framework.entries(project, modules):
            rows = tuple((name, owner.qualname) for name, owner in entry.rows)
            key = (entry.endpoint, id(entry.function.node), rows)
            if key not in seen:
                seen.add(key)
                yield entry


def _marked(
    project: Project, files: Iterable[SourceFile], markers: tuple[bytes, ...]
) -> Iterator[Module]:
    for file in files:
        data = project.data(file)
        if any(marker in data for marker in markers):
            module = project.module(file)
            if module is not None:
                yield module


def _stores(symbol: FunctionSymbol, lines: Sequence[int]) -> bool:
    """Whether a function itself stores something; ``lines`` are those that have a word for it."""
    first = bisect_left(lines, symbol.node.lineno)
    if first == len(lines) or lines[first] > (symbol.node.end_lineno or 0):
        return False
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _STORING
        for node in ast.walk(symbol.node)
    )


def unreached(
    project: Project,
    files: Iterable[SourceFile],
    reached: AbstractSet[Place],
    written: AbstractSet[tuple[str, str]],
) -> Iterator[tuple[Entry, bool]]:
    """Functions that no entry reaches, where they write: tasks, commands, unknown frameworks.

    Those too that are reached with an object of which nothing is known, or at the end of a trace
    that was cut: what they store is in no trace. ``reached`` may grow meanwhile, and is heeded;
    ``written`` are the functions of which a trace has a write. Each comes with whether it is
    needed though it is reached: it stores what no trace tells of.
    """
    for module in _marked(project, files, _WRITES):
        text = project.data(module.file).splitlines()
        lines = [number for number, line in enumerate(text, 1) if _STORING_WORD.search(line)]
        for symbol in functions(module):
            if symbol.node.name.startswith("__"):
                continue
            needed = (module.path, symbol.qualname) not in written and _stores(symbol, lines)
            if symbol.place in reached and not needed:
                continue
            name = f"{module.name}.{symbol.qualname}"
            yield Entry(name, "", symbol, receiver=symbol.owner, routed=False), needed
