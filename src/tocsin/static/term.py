"""Names of values, as text: what may be equal is named alike.

A parameter of a summary stands in backquotes, which no Python has, until a call says what it is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

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


def parameters(term: Term) -> list[str]:
    """The parameters in a term."""
    return _PARAMETER.findall(term)


def fill(term: Term, values: Mapping[str, Term]) -> Term:
    """Put the arguments' terms in the place of parameters; unknown ones keep their name."""
    if "`" not in term:
        return term
    return short(_PARAMETER.sub(lambda found: values.get(found[1], found[0]), term))


def short(term: Term) -> Term:
    """A term of bounded length, still equal only to itself."""
    if len(term) <= _LONGEST:
        return term
    kept = "".join(dict.fromkeys(_PARAMETER.findall(term)))
    if kept:
        return term[: 4 * _LONGEST]
    return f"{term[:40]}…{hashlib.sha256(term.encode()).hexdigest()[:12]}"
