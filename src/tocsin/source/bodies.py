"""Bodies of functions that are there only while they are read: trees are most of all memory.

A body that was not looked at for a while is forgotten, and parsed again from the text of its file
when somebody asks for it. Functions that have functions, classes or lambdas in them stay, because
those are told apart by their nodes.
"""

from __future__ import annotations

import ast
import re
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, SupportsIndex

from tocsin.source.module import Function

_FRESH = 3_000
"""Lines of the files that were parsed last, of which everything is there."""
_LOADED = 8_000
"""Lines of the bodies that were looked at last."""
_LONGEST = 1_000_000
"""More bytes than a line has that ends with its file."""
_SHORT = 2
"""Lines that are not worth it."""
_STAYS = re.compile(rb"\b(?:def|class|lambda)\b")
_LINE = re.compile(rb"\n")

Text = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a function stands in its file: its bytes, and the line that they begin with."""

    text: Text
    first: int
    start: int
    end: int

    def statements(self) -> list[ast.stmt]:
        """Its body, parsed again."""
        own = self.text()[self.start : self.end]
        inner = own[:1].isspace()
        before = b"\n" * (self.first - 2) + b"if 1:\n" if inner else b"\n" * (self.first - 1)
        node: Any = ast.parse(before + own).body[0]
        function: Function = node.body[0] if inner else node
        return function.body


@dataclass(slots=True, eq=False)
class Bodies:
    """What is there of the bodies of a project's functions."""

    _fresh: deque[tuple[ast.Module, Text]] = field(default_factory=deque)
    _loaded: OrderedDict[int, Body] = field(default_factory=OrderedDict)
    _lines: int = 0
    _held: int = 0

    def add(self, tree: ast.Module, text: Text) -> None:
        """A file was parsed: in UTF-8, with line feeds, and with nothing rewritten."""
        self._fresh.append((tree, text))
        self._lines += _length(tree)
        while self._lines > _FRESH and len(self._fresh) > 1:
            old, read = self._fresh.popleft()
            self._lines -= _length(old)
            starts = [0, *(each.end() for each in _LINE.finditer(read()))]
            for node in _functions(old.body):
                place = _Place(read, node.lineno, starts[node.lineno - 1], _end(node, starts))
                short = node.body[-1].lineno - node.lineno < _SHORT
                if not short and not _STAYS.search(read()[starts[node.lineno] : place.end]):
                    node.body = Body(self, place, (node.end_lineno or 0) - node.lineno)

    def loaded(self, body: Body) -> None:
        """A body is there again, and others have to go."""
        self._loaded[id(body)] = body
        self._held += body.size
        while self._held > _LOADED and len(self._loaded) > 1:
            _, old = self._loaded.popitem(last=False)
            self._held -= old.size
            old.statements = None

    def touched(self, body: Body) -> None:
        """A body was looked at."""
        self._loaded.move_to_end(id(body))


class Body(list[ast.stmt]):
    """The statements of a function. It is a list, because trees are made of lists."""

    __slots__ = ("_bodies", "_place", "size", "statements")

    def __init__(self, bodies: Bodies, place: _Place, size: int) -> None:
        super().__init__()
        self.size = size
        self.statements: list[ast.stmt] | None = None
        self._bodies = bodies
        self._place = place

    def _there(self) -> list[ast.stmt]:
        if self.statements is None:
            self.statements = self._place.statements()
            self._bodies.loaded(self)
        else:
            self._bodies.touched(self)
        return self.statements

    def __iter__(self) -> Iterator[ast.stmt]:
        return iter(self._there())

    def __len__(self) -> int:
        return len(self._there())

    def __getitem__(self, index: SupportsIndex | slice) -> Any:
        return self._there()[index]

    # What a list does by itself would find none.
    def __reversed__(self) -> Iterator[ast.stmt]:
        return reversed(self._there())

    def __contains__(self, node: object) -> bool:
        return node in self._there()


def _functions(body: Iterable[ast.stmt]) -> Iterator[Function]:
    """The functions and methods that are in no other."""
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node
            case ast.ClassDef() | ast.With():
                yield from _functions(node.body)
            case ast.If():
                yield from _functions((*node.body, *node.orelse))
            case ast.Try():
                handled = (each for handler in node.handlers for each in handler.body)
                yield from _functions((*node.body, *handled, *node.orelse, *node.finalbody))
            case _:
                pass


def _end(node: Function, starts: Sequence[int]) -> int:
    """Where the line after a function begins."""
    last = node.end_lineno or node.lineno
    return starts[last] if last < len(starts) else starts[-1] + _LONGEST


def _length(tree: ast.Module) -> int:
    return (tree.body[-1].end_lineno or 0) if tree.body else 0
