"""Answers: the rest of the application gives one, or this code refuses."""

from __future__ import annotations

import ast

from tocsin.static.effect import Kind
from tocsin.static.interpret.calls import Invocation
from tocsin.static.interpret.frame import Frame
from tocsin.static.value import Value

HANDLED = "handled"
"""The verb of an answer that the rest of the application has given."""

DENIED = frozenset({"401", "403"})
_TOLD = DENIED | {"429"}


def handled(frame: Frame, call: Invocation) -> Value:
    """``call_next(request)``: whatever the application does is done when this returns."""
    frame.emit(Kind.RESPOND, call.node, HANDLED)
    return Value("response")


def denied(frame: Frame, node: ast.AST, status: str) -> None:
    """Somebody is told that they may not, or not so often."""
    if status in _TOLD:
        frame.emit(Kind.RESPOND, node, status)
