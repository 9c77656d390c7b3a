"""A text that a regular expression matches."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable
from re import _constants as codes  # type: ignore[attr-defined, unused-ignore]
from re import _parser as parser  # type: ignore[attr-defined, unused-ignore]
from typing import Any

LETTERS = string.ascii_lowercase + string.digits + string.ascii_uppercase + "-_. /@:+#!"
CATEGORIES = {
    codes.CATEGORY_DIGIT: string.digits,
    codes.CATEGORY_NOT_DIGIT: string.ascii_lowercase,
    codes.CATEGORY_WORD: string.ascii_lowercase,
    codes.CATEGORY_NOT_WORD: "-",
    codes.CATEGORY_SPACE: " ",
    codes.CATEGORY_NOT_SPACE: string.ascii_lowercase,
}


def sample(pattern: str) -> str | None:
    """A short text in which the pattern is found; ``None`` if it is too clever for us."""
    try:
        text = _sequence(parser.parse(pattern))
        return text if re.search(pattern, text) else None
    except (re.error, _TooClever, RecursionError, OverflowError):
        return None


class _TooClever(Exception):
    pass


def _sequence(parts: Iterable[tuple[Any, Any]]) -> str:
    return "".join(_part(code, argument) for code, argument in parts)


def _part(code: Any, argument: Any) -> str:
    if code is codes.LITERAL:
        return chr(argument)
    if code is codes.ANY:
        return "a"
    if code in (codes.AT, codes.ASSERT, codes.ASSERT_NOT):
        return ""  # the result is matched as a whole at the end
    if code is codes.IN:
        return _member(argument)
    if code is codes.NOT_LITERAL:
        return next(letter for letter in LETTERS if ord(letter) != argument)
    if code is codes.BRANCH:
        return _sequence(argument[1][0])
    if code is codes.SUBPATTERN:
        return _sequence(argument[3])
    if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
        least, most, inner = argument
        times = max(least, min(int(most), 4)) if least != 1 or most != codes.MAXREPEAT else 4
        return _sequence(inner) * (least if int(most) <= 1 else times)
    if code is codes.ATOMIC_GROUP:
        return _sequence(argument)
    raise _TooClever


def _member(choices: list[tuple[Any, Any]]) -> str:
    negated = choices[0][0] is codes.NEGATE
    for letter in LETTERS:
        if any(_accepts(choice, letter) for choice in choices) != negated:
            return letter
    for code, argument in choices:
        if code in (codes.LITERAL, codes.RANGE) and not negated:
            return chr(argument if code is codes.LITERAL else argument[0])
    raise _TooClever


def _accepts(choice: tuple[Any, Any], letter: str) -> bool:
    code, argument = choice
    if code is codes.LITERAL:
        return ord(letter) == int(argument)
    if code is codes.RANGE:
        return int(argument[0]) <= ord(letter) <= int(argument[1])
    return code is codes.CATEGORY and letter in CATEGORIES.get(argument, "")
