"""New code on one line where it fits, and broken where a reader would break it."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from tocsin.static.fix.tree import Tree

_LEAST, _MOST = 88, 120


def width(tree: Tree) -> int:
    """How long lines may get: as long as they are."""
    longest = max((len(line) for line in tree.module.code.splitlines()), default=_LEAST)
    return max(_LEAST, min(longest, _MOST))


def margin(tree: Tree, node: cst.CSTNode) -> str:
    """The white space before a statement."""
    place = tree.positions[node].start
    return tree.module.code.splitlines()[place.line - 1][: place.column]


def call(head: str, root: str, parts: Sequence[str], margin: str, width: int) -> str:
    """``head(root.part().part())``; ``head`` ends before the bracket, parts begin with a dot.

    Gives the text without the margin of its first line.
    """
    chain = root + "".join(parts)
    if len(margin) + len(head) + len(chain) + 2 <= width:
        return f"{head}({chain})"
    inner = f"{margin}    "
    if len(inner) + len(chain) <= width:
        return f"{head}(\n{inner}{chain}\n{margin})"
    broken = "".join(f"\n{inner}{part}" for part in parts)
    return f"{head}(\n{inner}{root}{broken}\n{margin})"


def arguments(head: str, given: Sequence[str], margin: str, width: int) -> str:
    """``head(given, …)``, each argument on a line of its own where one line is too long for all.

    Gives the text without the margin of its first line.
    """
    together = ", ".join(given)
    if len(margin) + len(head) + len(together) + 2 <= width:
        return f"{head}({together})"
    inner = f"{margin}    "
    if len(inner) + len(together) <= width:
        return f"{head}(\n{inner}{together}\n{margin})"
    return f"{head}(\n" + "".join(f"{inner}{each},\n" for each in given) + f"{margin})"
