"""Strings with fields in them (PEP 701, PEP 750) as calls of ``format``, for a Python before them.

``f"{a["b"]}"`` becomes ``"{}".format((a["b"]))``: other words, the same parts in the same order.
Such strings are found by their quotes alone: no tokenizer of an older Python knows where they end.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.source.edits import Edit

_START = re.compile(r"(?<![\w'\"])(?P<prefix>[A-Za-z]{0,2})(?P<quote>\"\"\"|'''|\"|')")
_PREFIXES = frozenset({"", "r", "u", "b", "f", "t", "br", "rb", "fr", "rf", "tr", "rt"})
_NAMED = re.compile(r"\\N\{[^{}]*\}")
_CONVERSION = re.compile(r"!\s*[rsa]\s*(?=[:}])")
_COMMENT = re.compile(r"#[^\n]*")
_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")
_DEEPEST = 50


class _Unclosed(Exception):
    """A string or a field has no end: the text is no Python at all."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read up to ``end``, as an older Python would write it."""

    end: int
    text: str
    fields: tuple[str, ...] = ()


def fields_outside(text: str) -> list[Edit]:
    """What to replace so that this Python reads the strings; nothing where one has no end."""
    try:
        found = list(_unread(text))
    except _Unclosed:
        return []
    return [Edit(_place(text, start), _place(text, end), new) for start, end, new in found]


def _unread(text: str) -> Iterator[tuple[int, int, str]]:
    """The outermost strings that this Python does not read."""
    at = 0
    while at < len(text):
        if text[at] == "#":
            at = _line_end(text, at)
        elif (start := _begins(text, at)) is not None:
            read = _string(text, start, 0)
            if "f" in _kind(start) or "t" in _kind(start):
                original = text[at : read.end]
                if not _readable(original):
                    yield at, read.end, read.text
            at = read.end
        else:
            at += 1


def _begins(text: str, at: int) -> re.Match[str] | None:
    match = _START.match(text, at)
    return match if match is not None and _kind(match) in _PREFIXES else None


def _kind(start: re.Match[str]) -> str:
    return start["prefix"].lower()


def _string(text: str, start: re.Match[str], depth: int) -> _Read:
    """A string; one with fields becomes a call of ``format``."""
    if depth > _DEEPEST:
        raise _Unclosed
    kind, quote = _kind(start), start["quote"]
    if not {"f", "t"} & set(kind):
        end = _literal_end(text, start.end(), quote)
        return _Read(end, text[start.start() : end])
    content = _content(text, start.end(), quote, raw="r" in kind, depth=depth)
    prefix = "r" if "r" in kind else ""
    values = ", ".join(content.fields)
    return _Read(content.end + len(quote), f"{prefix}{quote}{content.text}{quote}.format({values})")


def _literal_end(text: str, at: int, quote: str) -> int:
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text.startswith(quote, at):
            return at + len(quote)
        else:
            at += 1
    raise _Unclosed


def _content(text: str, at: int, end: str, *, raw: bool, depth: int) -> _Read:
    """What stands before ``end``: texts as they are, fields as ``{}`` and aside."""
    parts: list[str] = []
    fields: list[str] = []
    while not text.startswith(end, at):
        if at >= len(text):
            raise _Unclosed
        if text[at : at + 2] in {"{{", "}}"} and end != "}":
            parts.append(text[at : at + 2])
            at += 2
        elif text[at] == "{":
            field = _field(text, at + 1, raw=raw, depth=depth)
            parts.append("{}")
            fields.extend(field.fields)
            at = field.end
        else:
            named = None if raw else _NAMED.match(text, at)
            size = len(named[0]) if named else 2 if text[at] == "\\" else 1
            # A character by its name is no field of ``format`` either.
            parts.append("?" if named else text[at : at + size])
            at += size
    return _Read(at, "".join(parts), tuple(fields))


def _field(text: str, at: int, *, raw: bool, depth: int) -> _Read:
    """A field after its brace: the expression, then those of its format specification."""
    expression = _expression(text, at, depth)
    at, fields = expression.end, [f"({expression.text})"]
    if conversion := _CONVERSION.match(text, at):
        at = conversion.end()
    if text[at] == ":":
        specification = _content(text, at + 1, "}", raw=raw, depth=depth + 1)
        fields += specification.fields
        at = specification.end
    return _Read(at + 1, "", tuple(fields))


def _expression(text: str, at: int, depth: int) -> _Read:
    """An expression on one line, up to what ends it in a field."""
    parts: list[str] = []
    open_ = 0
    while at < len(text):
        character = text[at]
        if (start := _begins(text, at)) is not None:
            read = _string(text, start, depth + 1)
            parts.append(read.text)
            at = read.end
            continue
        if comment := _COMMENT.match(text, at):
            at = comment.end()
            continue
        if open_ == 0 and (character in ":}" or _CONVERSION.match(text, at)):
            return _Read(at, _shown("".join(parts)))
        open_ += (character in _OPEN) - (character in _CLOSE)
        parts.append(" " if character in "\r\n" else character)
        at += 1
    raise _Unclosed


def _shown(expression: str) -> str:
    """Without the sign of ``{value=}``."""
    words = expression.strip()
    return words[:-1] if words.endswith("=") and not words.endswith("==") else words


def _readable(code: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(code, mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _place(text: str, at: int) -> tuple[int, int]:
    before = text.rfind("\n", 0, at) + 1
    return text.count("\n", 0, at) + 1, at - before
