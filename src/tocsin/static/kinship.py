"""Which classes a project has, by the names that are only said: bases, parameters, fields."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tocsin.source.facts import Fact
from tocsin.source.files import SourceFile
from tocsin.source.module import Assigned, members
from tocsin.source.names import named
from tocsin.source.project import ClassSymbol, ExternalSymbol, Project

_CLASS = re.compile(rb"^[ \t]*class (\w+)\(([^)]*)\)", re.MULTILINE)
_HELD = re.compile(rb"^\w+(?:[ \t]*:[^=\n]+)?[ \t]*=[ \t]*(?:\w+\.)*([A-Z]\w*)\(", re.MULTILINE)
_WORD = re.compile(rb"\w+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_ASIDE = frozenset({"tests", "test", "testing", "migrations"})
_FIELDS = "django.db.models."
_HOLDING = "holding"
_DERIVED = "derived"
_CALLED = "called"
_COLUMNS = frozenset({"sqlalchemy.Column", "sqlalchemy.orm.mapped_column"})

Found = tuple[SourceFile, str]
Heads = list[tuple[str, list[str]]]
_KIN: Fact[tuple[list[str], Heads]] = Fact("kin", tuple[list[str], Heads])
"""The classes that a module holds instances of; its classes, with the words of their bases."""


@dataclass(slots=True, eq=False)
class Kinship:
    """An index of class headers, made from text when it is first asked."""

    project: Project
    _children: dict[str, list[Found]] = field(default_factory=dict)
    _snakes: dict[str, list[Found]] = field(default_factory=dict)
    _instances: set[str] = field(default_factory=set)
    _read: bool = False

    def __post_init__(self) -> None:
        trail = self.project.trail
        trail.tell(_HOLDING, self._holding)
        trail.tell(_DERIVED, lambda name: _told(self._derived(name)))
        trail.tell(_CALLED, lambda name: _told(self._called(name)))

    def held(self, name: str) -> bool:
        """Whether some module holds an instance of a class of this name."""
        self.project.trail.look(_HOLDING, name)
        return self._holding(name)

    def _holding(self, name: str) -> bool:
        self._index()
        return name in self._instances

    def _derived(self, name: str) -> Sequence[Found]:
        self._index()
        return self._children.get(name, ())

    def _called(self, name: str) -> Sequence[Found]:
        self._index()
        return self._snakes.get(name, ())

    def child(self, symbol: ClassSymbol) -> ClassSymbol | None:
        """The one class that is derived from this one; ``None`` if there are none or several."""
        derived = self.children(symbol)
        return derived[0] if len(derived) == 1 else None

    def children(self, symbol: ClassSymbol) -> tuple[ClassSymbol, ...]:
        """The classes that are derived from this one directly, tests left out."""
        self.project.trail.look(_DERIVED, symbol.node.name)
        return tuple(
            each
            for each in self._symbols(self._derived(symbol.node.name))
            if any(_names(self.project, each, base, symbol) for base in each.node.bases)
        )

    def knows(self, name: str) -> bool:
        """Whether there is a class of that name at all."""
        self.project.trail.look(_CALLED, name)
        return bool(self._called(name))

    def called(self, name: str) -> ClassSymbol | None:
        """``order_line`` as ``OrderLine``: the one class of that name."""
        self.project.trail.look(_CALLED, name)
        found = list(self._symbols(self._called(name)))
        return found[0] if len(found) == 1 else None

    def _symbols(self, found: Sequence[Found]) -> Iterator[ClassSymbol]:
        for file, name in found:
            module = self.project.module(file)
            symbol = self.project.resolve(module, name) if module is not None else None
            if isinstance(symbol, ClassSymbol):
                yield symbol

    def _index(self) -> None:
        if self._read:
            return
        self._read = True
        for file in self.project.files:
            if _ASIDE & set(file.parts[:-1]) or file.parts[-1].startswith("test"):
                continue
            held, classes = self.project.fact(_KIN, file, self._kin)
            self._instances.update(held)
            for name, bases in classes:
                self._snakes.setdefault(snake(name), []).append((file, name))
                for base in bases:
                    self._children.setdefault(base, []).append((file, name))

    def _kin(self, file: SourceFile) -> tuple[list[str], Heads]:
        data = self.project.data(file)
        held = {found.decode() for found in _HELD.findall(data)}
        heads = [
            (made[1].decode(), sorted({base.decode() for base in _WORD.findall(made[2])}))
            for made in _CLASS.finditer(data)
        ]
        return sorted(held), heads


def _told(found: Iterable[Found]) -> list[tuple[str, str]]:
    return [(file.path, name) for file, name in found]


def snake(name: str) -> str:
    """``OrderLine`` as ``order_line``."""
    return _HUMP.sub("_", name).lower()


def _names(project: Project, owner: ClassSymbol, base: ast.expr, symbol: ClassSymbol) -> bool:
    found = named(project, owner.module, base)
    return isinstance(found, ClassSymbol) and found.node is symbol.node


def abstract(symbol: ClassSymbol) -> bool:
    """Whether ``Meta`` says that the class has no table of its own."""
    meta = members(symbol.node).get("Meta")
    if not isinstance(meta, ast.ClassDef):
        return False
    said = members(meta).get("abstract")
    value = said.value if isinstance(said, Assigned) else None
    return isinstance(value, ast.Constant) and value.value is True


def mapped_by_columns(project: Project, symbol: ClassSymbol) -> str:
    """The library of a class that has columns, whatever its bases are called."""
    if not symbol.node.bases:
        return ""
    bound = members(symbol.node)
    for binding in bound.values():
        value = binding.value if isinstance(binding, Assigned) else None
        if not isinstance(value, ast.Call):
            continue
        found = named(project, symbol.module, value.func)
        name = found.name if isinstance(found, ExternalSymbol) else ""
        if name.startswith(_FIELDS) and name.endswith(("Field", "ForeignKey")):
            return "django"
        if name in _COLUMNS and "__tablename__" in bound:
            return "sqlalchemy"
    return ""
