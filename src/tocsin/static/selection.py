"""What is interpreted: the entries that frameworks know, and the other functions that write."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial

from tocsin.frameworks.routes.base import Entry, Routes, functions
from tocsin.frameworks.routes.registry import ROUTES
from tocsin.source import heads
from tocsin.source.facts import Fact
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
    b"insert_one(",
    b"update_one(",
    b"replace_one(",
    b"delete_one(",
    b".setex(",
    b".hset(",
    b".merge(",
    b"select_for_update",
    b"with_for_update",
)
"""Words without which a function outside the routes has no effect worth a look."""


_WRITING = "(writes)"
_MARKS: Fact[list[str]] = Fact("marks", list[str])
"""The frameworks of which a file has a word, and whether it has one that writes."""
_Outlined = tuple[int, heads.Head, bool, heads.Head | None, bool]
"""Which function of a file, its head, whether it is async, its class, whether it stores itself."""
_OUTLINE: Fact[list[_Outlined]] = Fact("outline", list[_Outlined])
_MARKED = "marked"

Entries = tuple[Entry, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Picked:
    """An entry. Its functions may be heads only: ``alive`` has their bodies."""

    entry: Entry
    alive: Callable[[], Entry]


@dataclass(slots=True, eq=False)
class Unit:
    """Modules whose routes are read together, parsed when that is needed."""

    project: Project
    framework: Routes
    files: Sequence[SourceFile]
    _entries: Entries | None = None

    @property
    def name(self) -> str:
        """What stands for it: the same in every process."""
        own = self.files[0].path if self.framework.apart else ""
        return f"{_MARKED} {self.framework.name} {own}"

    def entry(self, index: int) -> Entry:
        """One of them."""
        return self.entries()[index]

    def entries(self) -> Entries:
        """The routes of these modules, with their bodies."""
        if not self.framework.apart:
            self.project.trail.look(_MARKED, self.framework.name)
        if self._entries is None:
            found = map(self.project.module, self.files)
            modules = tuple(each for each in found if each is not None)
            self._entries = tuple(self.framework.entries(self.project, modules))
        return self._entries


@dataclass(slots=True, eq=False)
class Selection:
    """What of a project is interpreted."""

    project: Project
    _units: Sequence[Unit] | None = None
    _functions: tuple[Module | None, Sequence[FunctionSymbol]] = (None, ())

    def __post_init__(self) -> None:
        self.project.trail.tell(_MARKED, lambda name: [each.path for each in self._marked(name)])

    def units(self) -> Sequence[Unit]:
        """All modules that may define routes, in the order of these."""
        if self._units is None:
            self._units = [
                Unit(self.project, framework, each)
                for framework in ROUTES
                for each in self._together(framework)
            ]
        return self._units

    def _together(self, framework: Routes) -> Iterator[Sequence[SourceFile]]:
        files = list(self._marked(framework.name))
        if framework.apart:
            yield from ([each] for each in files)
        elif files:
            yield files

    def routed(self, found: Callable[[Unit], Entries] = Unit.entries) -> Iterator[Picked]:
        """The entries that frameworks know; ``found`` are those of a unit, or their heads."""
        seen: set[tuple[object, ...]] = set()
        for unit in self.units():
            for index, entry in enumerate(found(unit)):
                rows = tuple((name, owner.qualname) for name, owner in entry.rows)
                function = entry.function
                framework = unit.framework.name
                key = (framework, entry.endpoint, function.place, function.qualname, rows)
                if key not in seen:
                    seen.add(key)
                    yield Picked(entry, partial(unit.entry, index))

    def unreached(
        self,
        files: Iterable[SourceFile],
        reached: AbstractSet[Place],
        written: AbstractSet[tuple[str, str]],
    ) -> Iterator[tuple[Picked, bool]]:
        """Functions that no entry reaches, where they write: tasks, commands, unknown frameworks.

        Those too that are reached with an object of which nothing is known, or at the end of a
        trace that was cut: what they store is in no trace. ``reached`` may grow meanwhile, and is
        heeded; ``written`` are the functions of which a trace has a write. Each comes with whether
        it is needed though it is reached: it stores what no trace tells of.
        """
        for file in files:
            if _WRITING not in self._marks(file):
                continue
            module = heads.bare(file)
            outline = self.project.fact(_OUTLINE, file, self._outlined)
            for index, own, lone, class_, stores in sorted(outline, key=_private):
                owner = heads.class_(module, class_) if class_ is not None else None
                symbol = heads.function(module, own, lone, owner)
                needed = stores and (module.path, symbol.qualname) not in written
                if symbol.place not in reached or needed:
                    yield Picked(_lone(symbol), partial(self._read, file, index)), needed

    def _read(self, file: SourceFile, index: int) -> Entry:
        module = self.project.module(file)
        assert module is not None  # noqa: S101 - its functions were counted
        if self._functions[0] is not module:
            self._functions = module, tuple(functions(module))
        return _lone(self._functions[1][index])

    def _marked(self, name: str) -> Iterator[SourceFile]:
        for file in self.project.files:
            if not aside(file) and name in self._marks(file):
                yield file

    def _marks(self, file: SourceFile) -> list[str]:
        return self.project.fact(_MARKS, file, self._read_marks)

    def _read_marks(self, file: SourceFile) -> list[str]:
        data = self.project.data(file)
        words = {each.name: each.markers for each in ROUTES} | {_WRITING: _WRITES}
        return [name for name, each in words.items() if any(word in data for word in each)]

    def _outlined(self, file: SourceFile) -> list[_Outlined]:
        module = self.project.module(file)
        if module is None:
            return []
        text = self.project.data(file).splitlines()
        lines = [number for number, line in enumerate(text, 1) if _STORING_WORD.search(line)]
        return [
            (
                index,
                heads.head(each.node),
                isinstance(each.node, ast.AsyncFunctionDef),
                heads.head(each.owner.node) if each.owner is not None else None,
                _stores(each, lines),
            )
            for index, each in enumerate(functions(module))
            if not each.node.name.startswith("__")
        ]


def _private(outlined: _Outlined) -> bool:
    """Private functions come after those that may call them."""
    return outlined[1][0].startswith("_")


def _lone(symbol: FunctionSymbol) -> Entry:
    """An entry that is no route."""
    name = f"{symbol.module.name}.{symbol.qualname}"
    return Entry(name, "", symbol, receiver=symbol.owner, routed=False)


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
