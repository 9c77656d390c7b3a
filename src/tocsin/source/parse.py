"""From bytes to a syntax tree, or to the reason why there is none."""

from __future__ import annotations

import ast
import codecs
import io
import tokenize
import warnings
from contextlib import suppress

from tocsin.source.compat import downgraded
from tocsin.source.edits import edited
from tocsin.source.fstrings import fields_outside

_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)


class Unparsable(Exception):
    """The text is no Python that can be read here; the message says why, without a full stop."""


def decode(data: bytes) -> str:
    """The text of a file. Raises `Unparsable` for binary data and unknown encodings."""
    if data.startswith(_WIDE):
        raise Unparsable("is UTF-16 or UTF-32, which no Python reads")
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
    return parsed(data)[0]


def parsed(data: bytes) -> tuple[ast.Module, bool]:
    """The same, and whether each line's own bytes, as UTF-8, have that tree."""
    text = decode(data)
    try:
        return _tree(text), b"\r" not in data and text.encode() == data
    except SyntaxError as error:
        first = error
    except (RecursionError, MemoryError, ValueError) as error:
        raise Unparsable("is nested too deeply") from error
    for older in (downgraded, _without_fields):
        with suppress(SyntaxError, RecursionError, MemoryError, ValueError):
            return _tree(older(text)), False
    raise Unparsable(f"has a syntax error in line {first.lineno}: {first.msg}") from first


def _without_fields(text: str) -> str:
    return downgraded(edited(text, fields_outside(text)))


def _tree(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)
