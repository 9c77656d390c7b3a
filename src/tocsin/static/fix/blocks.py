"""Statements put into a block of their own, and assignments put above a function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import libcst as cst

from tocsin.static.fix.tree import Block, New, Tree, leading, moved


def around(
    tree: Tree, block: Block, last: int, header: str, changes: Mapping[cst.CSTNode, New]
) -> dict[cst.CSTNode, New]:
    """What puts the statements from a block's index to ``last`` under ``with header:``.

    ``changes`` are made inside of them; comments above the first stay above the block.
    """
    statements = block.statements[block.index : last + 1]
    first, *others = moved(statements, changes)
    made = cst.ensure_type(tree.parsed(f"{header}:\n    pass\n"), cst.With)
    above = getattr(first, "leading_lines", ())
    body = cst.IndentedBlock([first.with_changes(leading_lines=()), *others])
    gone: dict[cst.CSTNode, New] = dict.fromkeys(statements[1:])
    return {**gone, statements[0]: made.with_changes(body=body, leading_lines=above)}


def removed(statements: Sequence[cst.BaseStatement], place: int) -> dict[cst.CSTNode, New]:
    """What takes a statement out, and leaves its comments to the one after it, or before it."""
    gone, rest = statements[place], statements[place + 1 :]
    kept = [each for each in leading(gone) if each.comment is not None]
    if not kept or len(statements) == 1:
        return {gone: None}
    heir = rest[0] if rest else statements[place - 1]
    own = getattr(heir, "leading_lines", ())
    lines = (*kept, *own) if rest else (*own, *kept)
    return {gone: None, heir: heir.with_changes(leading_lines=lines)}


def above(
    tree: Tree, changes: Mapping[cst.CSTNode, New], inside: cst.FunctionDef, text: str
) -> cst.Module:
    """The module with changes, and a statement before the one that a function stands in.

    Comments stay with the function; the statement takes the blank lines.
    """
    body = tree.module.body
    place = next(i for i, each in enumerate(body) if _holds(tree, each, inside))
    leading = getattr(body[place], "leading_lines", ())
    gap = (cst.EmptyLine(indent=False), cst.EmptyLine(indent=False))
    blank = tuple(each for each in leading if each.comment is None)[:2]
    rest = leading[len(blank) :] if leading[: len(blank)] == blank else leading
    replaced = tree.replaced(changes)
    below = replaced.body[place].with_changes(leading_lines=(*gap, *rest))
    new = tree.parsed(text).with_changes(leading_lines=blank)
    return replaced.with_changes(
        body=(*replaced.body[:place], new, below, *replaced.body[place + 1 :])
    )


def _holds(tree: Tree, statement: cst.CSTNode, function: cst.FunctionDef) -> bool:
    return statement is function or any(each is statement for each in tree.above(function))
