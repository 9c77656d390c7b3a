"""What goes from one process of the engine to another, as bytes.

Trees stay where they were parsed: a function or class travels as its head, and a judge as its
place in the registry. What comes from a file is read as nouns of this program, and nothing else.
"""

from __future__ import annotations

import ast
import io
import pickle
from dataclasses import is_dataclass
from enum import Enum
from typing import Any

from tocsin.source.files import SourceFile
from tocsin.source.module import Module
from tocsin.source.project import ClassSymbol, FunctionSymbol
from tocsin.static.rules.base import Judge, Observer
from tocsin.static.rules.registry import JUDGES, OBSERVERS

_RULES: tuple[Judge | Observer, ...] = (*JUDGES, *OBSERVERS)


class Unreadable(Exception):
    """These are not the bytes of a message."""


def dumps(message: object) -> bytes:
    """The bytes of a message."""
    buffer = io.BytesIO()
    _Pickler(buffer, protocol=pickle.HIGHEST_PROTOCOL).dump(message)
    return buffer.getvalue()


def loads(data: bytes) -> Any:
    """The message in bytes of `dumps`. Functions in it have no body."""
    return pickle.loads(data)  # noqa: S301 - from our own process, through a pipe


def read(data: bytes) -> Any:
    """The message in bytes of `dumps` that have lain in a file: nouns only, nothing is called.

    Raises `Unreadable` for anything else.
    """
    try:
        return _Reader(io.BytesIO(data)).load()
    except _WRONG as error:
        raise Unreadable from error


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """The nouns of what is read, and what makes heads of functions and classes."""
        if module == __name__ and name in _HEADS:
            return globals()[name]
        if module in _NOUNS or module.startswith("tocsin.model."):
            found = super().find_class(module, name)
            if isinstance(found, type) and (is_dataclass(found) or issubclass(found, Enum)):
                return found
        raise Unreadable(f"{module}.{name} is no noun")


_HEADS = frozenset({"_rule", "_function", "_class"})
_NOUNS = frozenset(
    {
        "tocsin.frameworks.routes.base",
        "tocsin.source.files",
        *(
            f"tocsin.static.{name}"
            for name in (
                "account",
                "caveats",
                "effect",
                "judging",
                "models",
                "rules.base",
                "settings",
                "value",
                "window",
                "world",
            )
        ),
    }
)
_WRONG = (
    pickle.UnpicklingError,
    AttributeError,
    EOFError,
    ImportError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
)


class _Pickler(pickle.Pickler):
    def reducer_override(self, obj: object) -> Any:
        match obj:
            case Judge() | Observer():
                return _rule, (next(i for i, each in enumerate(_RULES) if each is obj),)
            case FunctionSymbol():
                node = obj.node
                head = (node.name, node.lineno, node.col_offset)
                lone = isinstance(node, ast.AsyncFunctionDef)
                return _function, (obj.module.file, *head, lone, obj.owner)
            case ClassSymbol():
                node_ = obj.node
                return _class, (obj.module.file, node_.name, node_.lineno, node_.col_offset)
            case _:
                return NotImplemented


def _rule(index: int) -> Judge | Observer:
    return _RULES[index]


def _function(
    file: SourceFile,
    name: str,
    line: int,
    column: int,
    asynchronous: bool,  # noqa: FBT001 - positional, as pickle gives them
    owner: ClassSymbol | None,
) -> FunctionSymbol:
    made = ast.AsyncFunctionDef if asynchronous else ast.FunctionDef
    given = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
    node = made(name=name, args=given, body=[], decorator_list=[], lineno=line, col_offset=column)
    return FunctionSymbol(_module(file), node, owner)


def _class(file: SourceFile, name: str, line: int, column: int) -> ClassSymbol:
    node = ast.ClassDef(
        name=name, bases=[], keywords=[], body=[], decorator_list=[], lineno=line, col_offset=column
    )
    return ClassSymbol(_module(file), node)


def _module(file: SourceFile) -> Module:
    return Module(file, ast.Module(body=[], type_ignores=[]))
