"""A folder of modules: parsed when they are asked for, and names resolved across them."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from tocsin.source.bodies import Bodies
from tocsin.source.facts import Fact, Facts
from tocsin.source.files import Found, SourceFile, Unread, discover
from tocsin.source.module import Assigned, Binding, Imported, Module, members, module
from tocsin.source.parse import Unparsable, parse, parsed
from tocsin.source.trail import FILE, Noted, Trail

_DEPTH = 24
_PARSES: Fact[str] = Fact("unparsable", str)

T = TypeVar("T")

Place = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class ModuleSymbol:
    """A module of the project."""

    module: Module


@dataclass(frozen=True, slots=True)
class FunctionSymbol:
    """A function or method of the project. ``owner`` is the class whose body holds it."""

    module: Module
    node: ast.FunctionDef | ast.AsyncFunctionDef
    owner: ClassSymbol | None = None

    @property
    def qualname(self) -> str:
        return f"{self.owner.node.name}.{self.node.name}" if self.owner else self.node.name

    @property
    def place(self) -> Place:
        """Where it stands: the same in every process that reads the file."""
        return self.module.path, self.node.lineno, self.node.col_offset


@dataclass(frozen=True, slots=True)
class ClassSymbol:
    """A class of the project."""

    module: Module
    node: ast.ClassDef

    @property
    def qualname(self) -> str:
        """Unique in the project, and readable."""
        return f"{self.module.name}.{self.node.name}"


@dataclass(frozen=True, slots=True)
class VariableSymbol:
    """A module-level variable, or one of a class body, with what is assigned to it."""

    module: Module
    name: str
    assigned: Assigned
    owner: ClassSymbol | None = None

    @property
    def qualname(self) -> str:
        owner = f"{self.owner.node.name}." if self.owner else ""
        return f"{self.module.name}.{owner}{self.name}"


@dataclass(frozen=True, slots=True)
class ExternalSymbol:
    """Something outside the project: its dotted name, as the imports say it."""

    name: str


Symbol = ModuleSymbol | FunctionSymbol | ClassSymbol | VariableSymbol | ExternalSymbol


@dataclass(slots=True, eq=False)
class Project:
    """The modules of a folder. Parsing happens once, when a module is first asked for.

    What is looked at is noted in ``trail``: a file by its bytes.
    """

    root: Path
    files: tuple[SourceFile, ...]
    unread: list[Unread]
    notebooks: int = 0
    _modules: dict[str, Module | None] = field(default_factory=dict)
    _data: dict[str, bytes] = field(default_factory=dict)
    _by_name: dict[str, list[SourceFile]] = field(default_factory=dict)
    _packages: set[tuple[str, ...]] = field(default_factory=set)
    _found: dict[tuple[tuple[str, ...], tuple[str, ...]], SourceFile | None] = field(
        default_factory=dict
    )
    _members: dict[int, Mapping[str, Binding]] = field(default_factory=dict)
    _names: dict[Module, dict[str, Noted[Symbol | None]]] = field(default_factory=dict)
    lines: dict[ast.ClassDef, Noted[tuple[ClassSymbol | ExternalSymbol, ...]]] = field(
        default_factory=dict
    )
    """What classes inherit from, by their nodes: `names.ancestors` finds it once."""
    trail: Trail = field(default_factory=Trail)
    facts: Facts = field(default_factory=Facts)
    _instead: frozenset[str] = frozenset()
    bodies: Bodies = field(default_factory=Bodies)
    _digests: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        places = {each.path: each for each in self.files}
        self._instead = frozenset(self._data)
        self.trail.tell(FILE, lambda path: self.digest(places[path]))

    @classmethod
    def read(cls, root: Path, instead: Mapping[str, bytes] | None = None) -> Project:
        """The project at ``root``, a folder or one file.

        ``instead`` are contents, by path, that files would have: what a fix would make of them.
        """
        found: Found = discover(root)
        project = cls(
            root, tuple(found.files), found.unread, found.notebooks, _data=dict(instead or {})
        )
        for file in found.files:
            dotted = file.dotted
            project._by_name.setdefault(dotted[-1] if dotted else "", []).append(file)
            if file.parts[-1] == "__init__.py":
                project._packages.add(dotted)
        return project

    @property
    def parsed(self) -> Iterator[Module]:
        """The modules that somebody has asked for."""
        return (each for each in self._modules.values() if each is not None)

    def data(self, file: SourceFile) -> bytes:
        """The bytes of a file; empty when it cannot be read, which is then said in ``unread``."""
        known = self._data.get(file.path)
        if known is None:
            try:
                known = Path(file.path).read_bytes()
            except OSError as error:
                self.unread.append(Unread(file.path, f"cannot be read: {error.strerror}"))
                known = b""
            self._data[file.path] = known
        return known

    def digest(self, file: SourceFile) -> bytes:
        """What stands for the bytes of a file."""
        known = self._digests.get(file.path)
        if known is None:
            made = hashlib.blake2b(self.data(file), digest_size=16).digest()
            known = self._digests[file.path] = made
        return known

    def release(self, file: SourceFile) -> None:
        """Nothing but its digest is soon asked of a file."""
        if file.path not in self._instead and file.path not in self._modules:
            self.digest(file)
            self._data.pop(file.path, None)

    def fact(self, fact: Fact[T], file: SourceFile, work: Callable[[SourceFile], T]) -> T:
        """What the bytes of a file say. Whoever asks notes why: ``work`` itself leaves no notes."""

        def worked() -> T:
            outer = self.trail.begin()
            try:
                return work(file)
            finally:
                self.trail.noted = outer

        return self.facts.of(self.digest(file), fact, worked)

    def unparsable(self, file: SourceFile) -> str:
        """Why a file cannot be parsed; empty where it can."""
        return self.fact(_PARSES, file, self._unparsable)

    def _unparsable(self, file: SourceFile) -> str:
        if self._modules.get(file.path) is not None:
            return ""
        try:
            parse(self.data(file))
        except Unparsable as error:
            return str(error)
        return ""

    def module(self, file: SourceFile) -> Module | None:
        """The module of a file, or ``None`` where it cannot be parsed (see ``unread``)."""
        self.trail.look(FILE, file.path)
        if file.path not in self._modules:
            self._modules[file.path] = self._parse(file)
        return self._modules[file.path]

    def _parse(self, file: SourceFile) -> Module | None:
        try:
            tree, plain = parsed(self.data(file))
            if plain:
                self.bodies.add(tree, partial(self.data, file))
            return module(file, tree)
        except Unparsable as error:
            self.unread.append(Unread(file.path, str(error)))
            return None

    def find(self, dotted: tuple[str, ...], near: tuple[str, ...]) -> SourceFile | None:
        """The file that ``import a.b`` means, said in a module of the package ``near``.

        Projects keep their packages at their root, in ``src``, or anywhere else on the path:
        of the files whose path ends with the name, the one nearest to the importer is meant; one
        inside of another package only where there is no other.
        """
        key = (dotted, near)
        if key not in self._found:
            self._found[key] = self._nearest(dotted, near) or self._within(dotted)
        return self._found[key]

    def _within(self, dotted: tuple[str, ...]) -> SourceFile | None:
        """The file that a name means where the root is the package itself, or is inside of it.

        ``import shop.models``, in a project that is the folder ``shop``.
        """
        if () not in self._packages:
            return None
        above = self.root.resolve().parts
        for count in range(1, len(dotted) + 1):
            inner = dotted[count:]
            if above[-count:] == dotted[:count]:
                for file in self._by_name.get(inner[-1] if inner else "", ()):
                    if file.dotted == inner:
                        return file
        return None

    def _nearest(self, dotted: tuple[str, ...], near: tuple[str, ...]) -> SourceFile | None:
        if not dotted:
            return None
        best, score = None, (False, -1, 0)
        for file in self._by_name.get(dotted[-1], ()):
            path = file.dotted
            if path[-len(dotted) :] != dotted:
                continue
            above = path[: len(path) - len(dotted)]
            common = _common(above, near)
            if len(dotted) == 1 and above and above != near[: len(above)]:
                continue  # a name that short says nothing about far-away folders
            # What is inside of a package has its package's name before its own.
            rank = (above not in self._packages, common, -len(above))
            if rank > score:
                best, score = file, rank
        return best

    def resolve(self, within: Module, name: str, depth: int = 0) -> Symbol | None:
        """What a top-level name of a module stands for; ``None`` if the module binds no such."""
        if depth or self._modules.get(within.path) is not within:  # cut, or names of a function
            return self._resolved(within, name, depth)
        known = self._names.setdefault(within, {})
        found = known.get(name)
        if found is None:
            return self.trail.once(known, name, lambda: self._resolved(within, name, depth))
        self.trail.noted |= found[1]
        return found[0]

    def _resolved(self, within: Module, name: str, depth: int) -> Symbol | None:
        binding = within.names.get(name)
        match binding:
            case None:
                return self._starred(within, name, depth)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return FunctionSymbol(within, binding)
            case ast.ClassDef():
                return ClassSymbol(within, binding)
            case Assigned():
                return VariableSymbol(within, name, binding)
            case Imported():
                return self._imported(within, binding, depth)

    def attribute(self, symbol: Symbol, name: str, depth: int = 0) -> Symbol | None:
        """``symbol.name``, for modules, classes and what is outside."""
        match symbol:
            case ModuleSymbol(inner):
                return self._member(inner, name, depth)
            case ClassSymbol():
                return self.member(symbol, name)
            case ExternalSymbol(dotted):
                return ExternalSymbol(f"{dotted}.{name}")
            case _:
                return None

    def member(self, owner: ClassSymbol, name: str) -> Symbol | None:
        """What the body of a class itself binds to a name; base classes are not asked."""
        bound = self._members.get(id(owner.node))
        if bound is None:
            bound = self._members[id(owner.node)] = members(owner.node)
        binding = bound.get(name)
        match binding:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return FunctionSymbol(owner.module, binding, owner)
            case ast.ClassDef():
                return ClassSymbol(owner.module, binding)
            case Assigned():
                return VariableSymbol(owner.module, name, binding, owner)
            case _:
                return None

    def _member(self, inner: Module, name: str, depth: int) -> Symbol | None:
        found = self.resolve(inner, name, depth + 1)
        if found is not None or inner.file.parts[-1] != "__init__.py":
            return found
        file = self.find((*inner.file.dotted, name), inner.package)
        below = self.module(file) if file else None
        return ModuleSymbol(below) if below else None

    def _starred(self, within: Module, name: str, depth: int) -> Symbol | None:
        if depth > _DEPTH or name.startswith("_"):
            return None
        for origin in reversed(within.stars):
            symbol = self._imported(within, Imported(origin.module, origin.level, name), depth + 1)
            if symbol is not None and not isinstance(symbol, ExternalSymbol):
                return symbol
        return None

    def _imported(self, within: Module, origin: Imported, depth: int) -> Symbol | None:
        if depth > _DEPTH:
            return None
        dotted = tuple(origin.module.split(".")) if origin.module else ()
        if origin.level:
            package = within.package
            keep = len(package) - origin.level + 1
            dotted = (*package[: max(keep, 0)], *dotted)
        file = self.find(dotted, within.package)
        found = self.module(file) if file else None
        outside = ".".join(filter(None, (origin.module, origin.name)))
        if origin.name is None:
            return ModuleSymbol(found) if found else ExternalSymbol(outside)
        if found is None:
            below = self.find((*dotted, origin.name), within.package)
            inner = self.module(below) if below else None
            return ModuleSymbol(inner) if inner else ExternalSymbol(outside)
        said = self._member(found, origin.name, depth) if found is not within else None
        if said is None and not origin.level and _around(found, within):
            return ExternalSymbol(outside)  # a package that is called like a library, and wraps it
        return said


def _around(outer: Module, inner: Module) -> bool:
    """Whether a module is of a package that the other is in."""
    package = outer.package
    return bool(package) and inner.package[: len(package)] == package


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count
