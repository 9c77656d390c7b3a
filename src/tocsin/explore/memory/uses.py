"""Which names a line of source refers to, and what it does with what is behind them."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto


class Act(Enum):
    """What is done at the end of a chain."""

    READ = auto()
    WRITE = auto()
    UPDATE = auto()  # read, then written
    BIND = auto()  # the name itself is bound anew, or deleted
    CALL = auto()  # a method is called: what it does depends on the object


@dataclass(frozen=True, slots=True)
class Constant:
    """A value written in the source."""

    value: object


@dataclass(frozen=True, slots=True)
class Chain:
    """A name and the way from there: ``USERS[name]["role"]``.

    A step is an attribute's name, a `Key`, or ``None`` for a subscript that cannot be told.
    """

    name: str
    steps: tuple[str | Key | None, ...] = ()

    def then(self, step: str | Key | None) -> Chain:
        return replace(self, steps=(*self.steps, step))


@dataclass(frozen=True, slots=True)
class Key:
    """A subscript, or an argument used like one."""

    value: Constant | Chain


@dataclass(frozen=True, slots=True)
class Use:
    """One chain and what is done at its end. ``key`` is the first argument of a called method."""

    chain: Chain
    act: Act
    method: str = ""
    key: Key | None = None


Uses = Mapping[int, tuple[Use, ...]]
"""The uses of a file, by line."""

_ITEM_METHODS = frozenset({"get", "setdefault", "__getitem__"})
_CHANGING_FUNCTIONS = frozenset(
    {
        *("heappush", "heappop", "heapify", "heapreplace", "heappushpop"),
        *("shuffle", "insort", "insort_left", "insort_right", "setattr", "delattr", "setitem"),
    }
)
"""Functions of the standard library that change their first argument."""


def uses_of(text: str) -> Uses:
    """All uses in a source file; none in one that this Python cannot read."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return {}
    reader = _Reader()
    reader.visit(tree)
    return {line: tuple(uses) for line, uses in reader.found.items()}


class _Reader(ast.NodeVisitor):
    """Walks expressions; a chain is one use, and what is inside its subscripts are others."""

    def __init__(self) -> None:
        self.found: dict[int, dict[Use, None]] = {}

    def _add(self, node: ast.expr, use: Use) -> None:
        self.found.setdefault(node.lineno, {})[use] = None

    def visit_Name(self, node: ast.Name) -> None:
        loaded = isinstance(node.ctx, ast.Load)
        self._add(node, Use(Chain(node.id), Act.READ if loaded else Act.BIND))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._visit_chain(node, node.ctx)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self._visit_chain(node, node.ctx)

    def _visit_chain(self, node: ast.Attribute | ast.Subscript, context: ast.expr_context) -> None:
        chain = chain_of(node)
        if chain is None:
            self.generic_visit(node)
            return
        self._add(node, Use(chain, Act.READ if isinstance(context, ast.Load) else Act.WRITE))
        self._visit_inside(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        chain = chain_of(node.target)
        if isinstance(node.target, ast.Name):
            # A list is extended in place, a number is bound anew: both are told.
            self._add(node.target, Use(Chain(node.target.id), Act.UPDATE))
            self._add(node.target, Use(Chain(node.target.id), Act.BIND))
        elif chain is not None:
            self._add(node.target, Use(chain, Act.UPDATE))
            self._visit_inside(node.target)
        else:
            self.visit(node.target)
        self.visit(node.value)

    def visit_Compare(self, node: ast.Compare) -> None:
        left = node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            chain = chain_of(right)
            if chain is not None and isinstance(operator, (ast.In, ast.NotIn)):
                self._add(right, Use(chain, Act.CALL, "__contains__", key_of(left)))
                self._visit_inside(right)
            else:
                self.visit(right)
            left = right
        self.visit(node.left)

    def visit_Call(self, node: ast.Call) -> None:
        function = node.func
        chain = chain_of(function.value) if isinstance(function, ast.Attribute) else None
        if isinstance(function, ast.Attribute) and chain is not None:
            key = key_of(node.args[0]) if node.args else None
            self._add(function, Use(chain, Act.CALL, function.attr, key))
            self._visit_inside(function)
        else:
            self.visit(function)
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        changed = chain_of(node.args[0]) if node.args and name in _CHANGING_FUNCTIONS else None
        if changed is not None:
            self._add(node.args[0], Use(changed, Act.UPDATE))
        for argument in (*node.args, *node.keywords):
            self.visit(argument)

    def _visit_inside(self, node: ast.expr) -> None:
        """What is in the subscripts and arguments of a chain."""
        while True:
            match node:
                case ast.Attribute(value=inner):
                    node = inner
                case ast.Subscript(value=inner, slice=index):
                    self.visit(index)
                    node = inner
                case ast.Call():
                    self.visit(node)
                    return
                case _:
                    return


def chain_of(node: ast.expr) -> Chain | None:
    """The chain an expression is, if it starts at a name."""
    match node:
        case ast.Name(id=name):
            return Chain(name)
        case ast.Attribute(value=inner, attr=name):
            chain = chain_of(inner)
            return chain.then(name) if chain is not None else None
        case ast.Subscript(value=inner, slice=index):
            chain = chain_of(inner)
            return chain.then(key_of(index)) if chain is not None else None
        case ast.Call(func=ast.Attribute(value=inner, attr=name), args=[index, *_]) if (
            name in _ITEM_METHODS
        ):
            chain = chain_of(inner)
            return chain.then(key_of(index)) if chain is not None else None
    return None


def key_of(node: ast.expr) -> Key | None:
    """A subscript whose value a frame can tell without running anything."""
    match node:
        case ast.Constant(value=value):
            return Key(Constant(value))
        case ast.Name() | ast.Attribute() | ast.Subscript():
            chain = chain_of(node)
            return Key(chain) if chain is not None else None
    return None
