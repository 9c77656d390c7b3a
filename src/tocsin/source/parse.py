"""From bytes to a syntax tree, or to the reason why there is none."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings

from tocsin.source.compat import downgraded


class Unparsable(Exception):
    """The text is no Python that can be read here; the message says why, without a full stop."""


def decode(data: bytes) -> str:
    """The text of a file. Raises `Unparsable` for binary data and unknown encodings."""
    if b"\0" in data:
        raise Unparsable("is binary")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        raise Unparsable("has an encoding that cannot be read") from error


def parse(data: bytes) -> ast.Module:
    """The tree of a file; newer syntax than this Python's is read where it can be.

    Raises `Unparsable` otherwise. Lines keep their numbers.
    """
    text = decode(data)
    try:
        return _tree(text)
    except SyntaxError as error:
        first = error
    except (RecursionError, MemoryError, ValueError) as error:
        raise Unparsable("is nested too deeply") from error
    try:
        return _tree(downgraded(text))
    except (SyntaxError, RecursionError, MemoryError, ValueError):
        raise Unparsable(f"has a syntax error in line {first.lineno}: {first.msg}") from first


def _tree(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)
