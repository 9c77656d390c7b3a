"""Names of values, as text: what may be equal is named alike.

A parameter of a summary stands in backquotes, which no Python has, until a call says what it is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

Term = str

_PARAMETER = re.compile("`([^`]*)`")
_LONGEST = 160


def parameter(name: str) -> Term:
    """The name of a parameter's value inside its function."""
    return f"`{name}`"


def parameter_of(term: Term) -> str | None:
    """The parameter that a term is, and nothing besides."""
    found = _PARAMETER.fullmatch(term)
    return found[1] if found else None


def fill(term: Term, values: Callable[[str], Term | None]) -> Term:
    """Put the arguments' terms in the place of parameters; unknown ones keep their name."""
    if "`" not in term:
        return term

    def filled(found: re.Match[str]) -> str:
        told = values(found[1])
        return found[0] if told is None else told

    return short(_PARAMETER.sub(filled, term))


_SPELT = (".lower()", ".upper()", ".strip()", ".casefold()")
_CONVERTED = re.compile(r"(?:str|int|(?:uuid\.)?UUID)\((.*)\)", re.DOTALL)


def unconverted(term: Term) -> Term:
    """A key as it was before it was made a text, a number, a UUID, or spelt in one way.

    It names the same row.
    """
    while term.endswith(")"):
        found = _CONVERTED.fullmatch(term)
        if term.endswith(_SPELT):
            term = term.rpartition(".")[0]
        elif found is not None and _whole(found[1]):
            term = found[1].removesuffix(".id").removesuffix(".pk")
        else:
            break
    return term


def _whole(term: Term) -> bool:
    """Whether it is one argument: its brackets are its own."""
    depth = 0
    for each in term:
        depth += (each in "([") - (each in ")]")
        if depth < 0 or (each == "," and not depth):
            return False
    return bool(term)


def short(term: Term) -> Term:
    """A term of bounded length, still equal only to itself."""
    if len(term) <= _LONGEST:
        return term
    kept = "".join(dict.fromkeys(_PARAMETER.findall(term)))
    if kept:
        return term[: 4 * _LONGEST]
    return f"{term[:40]}…{hashlib.sha256(term.encode()).hexdigest()[:12]}"
