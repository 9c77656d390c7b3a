"""Functions and classes without what is in them: where they stand, and what they are called."""

from __future__ import annotations

import ast

from tocsin.source.files import SourceFile
from tocsin.source.module import Module
from tocsin.source.project import ClassSymbol, FunctionSymbol

Head = tuple[str, int, int, int]
"""The name, the line and column where it begins, and the line where it ends."""


def head(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Head:
    """What is kept of a definition."""
    return node.name, node.lineno, node.col_offset, node.end_lineno or node.lineno


def function(
    module: Module,
    own: Head,
    asynchronous: bool,  # noqa: FBT001 - positional, as pickle gives them
    owner: ClassSymbol | None,
) -> FunctionSymbol:
    """A function with that head."""
    made = ast.AsyncFunctionDef if asynchronous else ast.FunctionDef
    given = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
    name, line, column, end = own
    node = made(
        name=name,
        args=given,
        body=[],
        decorator_list=[],
        lineno=line,
        col_offset=column,
        end_lineno=end,
    )
    return FunctionSymbol(module, node, owner)


def class_(module: Module, own: Head) -> ClassSymbol:
    """A class with that head."""
    name, line, column, end = own
    node = ast.ClassDef(
        name=name,
        bases=[],
        keywords=[],
        body=[],
        decorator_list=[],
        lineno=line,
        col_offset=column,
        end_lineno=end,
    )
    return ClassSymbol(module, node)


def bare(file: SourceFile) -> Module:
    """A module of which nothing is known but its file."""
    return Module(file, ast.Module(body=[], type_ignores=[]))
