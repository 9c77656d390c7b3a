"""Where a rewrite works: the finding, and the file that its check is in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import libcst as cst
from libcst import matchers as m

from tocsin.model.location import Location
from tocsin.static.effect import ScopeKind
from tocsin.static.fix.tree import Block, Tree
from tocsin.static.uses import MAPPERS
from tocsin.static.window import Window


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """A finding as rewrites see it. ``window`` is ``None`` for what no read and write made.

    ``other`` gives the tree of any file of the project, ``None`` if it cannot be parsed.
    """

    tree: Tree
    path: str
    code: str
    check: Location
    use: Location
    window: Window | None
    other: Callable[[str], Tree | None]

    @property
    def same_function(self) -> bool:
        """Whether check and use stand in one function of this file."""
        return self.use.path == self.path and self.check.function == self.use.function

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open where the check is made; SQLAlchemy opens one itself."""
        if self.window is None:
            return False
        model = self.window.model
        if model is not None and model.kind in MAPPERS:
            return True
        return bool(self.window.check.inside(ScopeKind.TRANSACTION))

    @property
    def asynchronous(self) -> bool:
        around = self.around()
        return around is not None and around.asynchronous is not None

    def around(self) -> cst.FunctionDef | None:
        """The function that the check is in."""
        inside = [
            node
            for node, place in self.tree.positions.items()
            if isinstance(node, cst.FunctionDef)
            and place.start.line <= self.check.line <= place.end.line
        ]
        return max(inside, key=self.tree.line, default=None)

    def assigned(self, name: str) -> list[cst.Assign]:
        """The assignments of a variable in the function of the check."""
        around = self.around()
        found = m.findall(around, m.Assign()) if around is not None else ()
        return [
            each
            for each in found
            if isinstance(each, cst.Assign)
            and any(m.matches(target.target, m.Name(name)) for target in each.targets)
        ]

    def together(self) -> tuple[Block, int] | None:
        """The block that holds check and use, at the check's statement, and the use's place."""
        if not self.same_function:
            return None
        around = self.around()
        if around is None or not isinstance(around.body, cst.IndentedBlock):
            return None
        body: cst.BaseSuite = around.body
        while isinstance(body, cst.IndentedBlock):
            block = Block(tuple(body.body), 0)
            check = self.tree.standing(self.check.line, block)
            use = self.tree.standing(self.use.line, block)
            if check is None or use is None:
                return None
            if check != use:
                return Block(block.statements, check), use
            inner = block.statements[check]
            if not isinstance(inner, cst.With | cst.Try | cst.For | cst.If):
                return Block(block.statements, check), use
            if not isinstance(inner.body, cst.IndentedBlock):
                return None
            body = inner.body
            if self.tree.standing(self.check.line, Block(tuple(body.body), 0)) is None:
                return Block(block.statements, check), use
        return None
