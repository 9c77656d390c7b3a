"""A file as LibCST reads it: nodes by line, blocks by statement, replacing without moving text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import libcst as cst
from libcst import matchers as m
from libcst.metadata import CodeRange, MetadataWrapper, ParentNodeProvider, PositionProvider

Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement
New = cst.CSTNode | Sequence[cst.BaseStatement] | None
"""What comes in the place of a node: another, several statements, or nothing."""


class Unreadable(Exception):
    """LibCST cannot parse the file; the message says why, without a full stop."""


@dataclass(frozen=True, slots=True)
class Block:
    """The statements around one of them, in their order."""

    statements: tuple[cst.BaseStatement, ...]
    index: int

    def between(self, other: int) -> tuple[cst.BaseStatement, ...]:
        """What stands between this statement and a later one."""
        return self.statements[self.index + 1 : other]

    def since(self, name: str) -> Block:
        """The block at the first of its statements, up to this one, that mentions a variable."""
        first = next((i for i in range(self.index) if self._uses(i, name)), self.index)
        return Block(self.statements, first)

    def _uses(self, index: int, name: str) -> bool:
        statement = self.statements[index]
        return mentions(statement, name) and not m.findall(statement, m.Global())


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """A parsed file. Nodes are compared by identity: one text may stand in many places."""

    module: cst.Module
    positions: Mapping[cst.CSTNode, CodeRange]
    parents: Mapping[cst.CSTNode, cst.CSTNode]

    @classmethod
    def read(cls, data: bytes) -> Tree:
        """The tree of a file's content. Raises `Unreadable`."""
        try:
            wrapper = MetadataWrapper(cst.parse_module(data))
        except (cst.ParserSyntaxError, UnicodeDecodeError, LookupError, RecursionError) as error:
            raise Unreadable("cannot be parsed") from error
        return cls(
            wrapper.module,
            cast("Mapping[cst.CSTNode, CodeRange]", wrapper.resolve(PositionProvider)),
            cast("Mapping[cst.CSTNode, cst.CSTNode]", wrapper.resolve(ParentNodeProvider)),
        )

    def line(self, node: cst.CSTNode) -> int:
        """The line on which a node begins."""
        return self.positions[node].start.line

    def code(self, node: cst.CSTNode) -> str:
        """The text of a node, without the comments before it."""
        return self.module.code_for_node(node).strip()

    def nodes(self, kind: type[cst.CSTNode], line: int) -> list[cst.CSTNode]:
        """The nodes of a class that begin on a line, outermost first."""
        return [
            node
            for node, place in self.positions.items()
            if isinstance(node, kind) and place.start.line == line
        ]

    def calls(self, line: int) -> list[cst.Call]:
        """The calls that begin on a line, outermost first."""
        calls = [each for each in self.nodes(cst.Call, line) if isinstance(each, cst.Call)]
        return sorted(calls, key=self._extent, reverse=True)

    def _extent(self, node: cst.CSTNode) -> tuple[int, int]:
        end = self.positions[node].end
        return end.line, end.column

    def above(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The nodes around a node, innermost first."""
        current = self.parents.get(node)
        while current is not None:
            yield current
            current = self.parents.get(current)

    def statement(self, node: cst.CSTNode) -> Statement | None:
        """The statement that a node is in, or is."""
        for each in (node, *self.above(node)):
            if isinstance(each, cst.SimpleStatementLine | cst.BaseCompoundStatement):
                return each
        return None

    def function(self, node: cst.CSTNode) -> cst.FunctionDef | None:
        """The function that a node is in."""
        return next((each for each in self.above(node) if isinstance(each, cst.FunctionDef)), None)

    def block(self, statement: cst.CSTNode) -> Block | None:
        """The statements that a statement stands among."""
        around = self.parents.get(statement)
        if not isinstance(around, cst.IndentedBlock | cst.Module):
            return None
        statements = tuple(around.body)
        place = next((i for i, each in enumerate(statements) if each is statement), None)
        return None if place is None else Block(statements, place)

    def standing(self, line: int, block: Block) -> int | None:
        """Which statement of a block covers a line."""
        for index, statement in enumerate(block.statements):
            place = self.positions[statement]
            if place.start.line <= line <= place.end.line:
                return index
        return None

    def is_asynchronous(self, node: cst.CSTNode) -> bool:
        """Whether a node is in an ``async def``."""
        function = self.function(node)
        return function is not None and function.asynchronous is not None

    def parsed(self, text: str) -> cst.BaseStatement:
        """A statement from its text, in the file's own indentation."""
        return cst.parse_statement(text, config=self.module.config_for_parsing)

    def expression(self, text: str) -> cst.BaseExpression:
        """An expression from its text."""
        return cst.parse_expression(text, config=self.module.config_for_parsing)

    def replaced(self, changes: Mapping[cst.CSTNode, New]) -> cst.Module:
        """The module with nodes replaced; nodes that lie in one another are not."""
        return self.module.visit(_Replacing({id(old): new for old, new in changes.items()}))


class _Replacing(cst.CSTTransformer):
    """Puts new nodes in the places of old ones, which are known by identity."""

    def __init__(self, changes: Mapping[int, New]) -> None:
        super().__init__()
        self._changes = changes

    def on_leave(
        self, original_node: cst.CSTNodeT, updated_node: cst.CSTNodeT
    ) -> cst.CSTNodeT | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNodeT]:
        if id(original_node) not in self._changes:
            return updated_node
        new = self._changes[id(original_node)]
        if new is None:
            return cst.RemoveFromParent()
        if isinstance(new, cst.CSTNode):
            return new  # type: ignore[return-value]  # of the kind that the place takes
        return cst.FlattenSentinel(new)  # type: ignore[arg-type]  # statements among statements


def moved(
    statements: Sequence[cst.BaseStatement], changes: Mapping[cst.CSTNode, New]
) -> list[cst.BaseStatement]:
    """Statements that go to another place, with nodes in them replaced."""
    holder = cst.IndentedBlock(statements)
    changed = holder.visit(_Replacing({id(old): new for old, new in changes.items()}))
    return list(cst.ensure_type(changed, cst.IndentedBlock).body)


def leading(first: cst.CSTNode, *others: cst.CSTNode) -> list[cst.EmptyLine]:
    """The lines before a statement, and the comments of others that it stands for from now on."""
    lines = list(getattr(first, "leading_lines", ()))
    for other in others:
        lines += [each for each in getattr(other, "leading_lines", ()) if each.comment]
    for each in (first, *others):
        end = getattr(each, "trailing_whitespace", None)
        if end is not None and end.comment is not None:
            lines.append(cst.EmptyLine(comment=end.comment))
    return lines


def mentions(nodes: cst.CSTNode | Sequence[cst.CSTNode], name: str) -> bool:
    """Whether a variable occurs."""
    every = (nodes,) if isinstance(nodes, cst.CSTNode) else nodes
    return any(_is_variable(each, name) for node in every for each in names(node))


def names(node: cst.CSTNode) -> list[cst.Name]:
    """The names that stand for variables: no attributes, no keywords."""
    hidden = {
        id(each.attr) for each in m.findall(node, m.Attribute()) if isinstance(each, cst.Attribute)
    }
    hidden |= {id(each.keyword) for each in m.findall(node, m.Arg()) if isinstance(each, cst.Arg)}
    found = [node] if isinstance(node, cst.Name) else m.findall(node, m.Name())
    return [each for each in found if isinstance(each, cst.Name) and id(each) not in hidden]


def _is_variable(node: cst.Name, name: str) -> bool:
    return node.value == name
