"""Secrets that are compared as texts are."""

from __future__ import annotations

import ast

from tocsin.static.effect import Kind
from tocsin.static.interpret.frame import Frame
from tocsin.static.value import Constant, Value
from tocsin.stores.calls.credentials import SECRET

STORED = "stored"
"""The verb of a comparison with what a table holds: a password as it is."""


def compared(frame: Frame, left: Value, right: Value, node: ast.AST) -> None:
    """A secret and something else, with ``==`` or ``!=``."""
    other = right if left.type == SECRET else left
    if isinstance(other.data, Constant) and not other.data.value:
        return  # whether there is one
    kept = any(dep.column for dep in other.deps)
    frame.emit(Kind.COMPARE, node, STORED if kept else "text", deps=left.deps | right.deps)
