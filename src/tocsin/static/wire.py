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

from tocsin.source import heads
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
        if module == __name__ and name == _rule.__name__:
            return _rule
        if module == heads.__name__ and name in _HEADS:
            return getattr(heads, name)
        if module in _NOUNS or module.startswith("tocsin.model."):
            found = super().find_class(module, name)
            if isinstance(found, type) and (is_dataclass(found) or issubclass(found, Enum)):
                return found
        raise Unreadable(f"{module}.{name} is no noun")


_HEADS = frozenset({"function", "class_", "bare"})
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
                lone = isinstance(obj.node, ast.AsyncFunctionDef)
                return heads.function, (obj.module, heads.head(obj.node), lone, obj.owner)
            case ClassSymbol():
                return heads.class_, (obj.module, heads.head(obj.node))
            case Module():
                return heads.bare, (obj.file,)
            case Enum():  # before Python 3.11.4, by a call of getattr
                return type(obj), (obj.value,)
            case _:
                return NotImplemented


def _rule(index: int) -> Judge | Observer:
    return _RULES[index]
