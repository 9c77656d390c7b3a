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
BARE = frozenset({"bare"})
"""The option of a 401 that does not say how to sign in."""

_TOLD = DENIED | {"429"}


def handled(frame: Frame, call: Invocation) -> Value:
    """``call_next(request)``: whatever the application does is done when this returns."""
    frame.emit(Kind.RESPOND, call.node, HANDLED)
    return Value("response")


def denied(frame: Frame, node: ast.AST, status: str) -> None:
    """Somebody is told that they may not, or not so often."""
    if status in _TOLD:
        options = BARE if status == "401" and not _challenges(node) else frozenset()
        frame.emit(Kind.RESPOND, node, status, options=options)


def _challenges(node: ast.AST) -> bool:
    """Whether headers are given, or whatever else may hold them."""
    return any(
        isinstance(each, ast.keyword | ast.Dict) and _headers(each) for each in ast.walk(node)
    )


def _headers(node: ast.keyword | ast.Dict) -> bool:
    return not isinstance(node, ast.keyword) or node.arg in {None, "headers", "www_authenticate"}
