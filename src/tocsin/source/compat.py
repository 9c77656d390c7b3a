"""Newer syntax in the words of Python 3.11, line by line, so that a tree can be made of it.

Type parameters (PEP 695, 696) are left out, ``type X = …`` becomes an assignment, and
``except A, B:`` (PEP 758) gets its parentheses. Strings with fields are done first (`fstrings.py`):
Python 3.11 cannot even split them into tokens.
"""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator

from tocsin.source.edits import Edit, edited

_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")


def downgraded(text: str) -> str:
    """The text with newer syntax rewritten; unchanged where it cannot be split into tokens."""
    try:
        tokens = [
            token
            for token in tokenize.generate_tokens(io.StringIO(text).readline)
            if token.type not in {tokenize.COMMENT, tokenize.NL}
        ]
    except (tokenize.TokenError, SyntaxError, IndentationError):
        return text
    return edited(text, [*_parameters(tokens), *_handlers(tokens)])


def _parameters(tokens: list[tokenize.TokenInfo]) -> Iterator[Edit]:
    """``def f[T]``, ``class A[T]``, ``type X[T] = …``."""
    for index in range(len(tokens) - 2):
        word, name, after = tokens[index : index + 3]
        if word.string not in {"def", "class", "type"} or name.type != tokenize.NAME:
            continue
        starts = index == 0 or tokens[index - 1].type in {
            tokenize.NEWLINE,
            tokenize.INDENT,
            tokenize.DEDENT,
        }
        if word.string == "type":
            if not starts or after.string not in {"[", "="}:
                continue
            yield Edit(word.start, name.start, "")
        if after.string == "[":
            close = _closing(tokens, index + 2)
            if close is not None:
                yield Edit(after.start, tokens[close].end, "")


def _handlers(tokens: list[tokenize.TokenInfo]) -> Iterator[Edit]:
    """``except A, B:`` gets parentheses."""
    for index, word in enumerate(tokens):
        if word.string != "except" or word.type != tokenize.NAME:
            continue
        depth, comma, position = 0, False, index + 1
        if position < len(tokens) and tokens[position].string == "*":
            position += 1
        first = position
        while position < len(tokens):
            string = tokens[position].string
            if depth == 0 and string in {":", "as"}:
                break
            depth += (string in _OPEN) - (string in _CLOSE)
            comma = comma or (depth == 0 and string == ",")
            position += 1
        if comma and first < position < len(tokens):
            last = tokens[position - 1]
            yield Edit(tokens[first].start, tokens[first].start, "(")
            yield Edit(last.end, last.end, ")")


def _closing(tokens: list[tokenize.TokenInfo], opening: int) -> int | None:
    depth = 0
    for index in range(opening, len(tokens)):
        depth += (tokens[index].string in _OPEN) - (tokens[index].string in _CLOSE)
        if depth == 0:
            return index
    return None
