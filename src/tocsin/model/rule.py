"""What a rule is to its readers: code, name, what it finds, what to cite."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tocsin.model.verdict import Severity


class FixSafety(StrEnum):
    """What mending changes besides the race.

    ``safe``: nothing. ``unsafe``: an answer, a schema, or who waits for whom, so that somebody
    has to read it. ``none``: there is no rewriting that fits in general.
    """

    SAFE = "safe"
    UNSAFE = "unsafe"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the catalogue. A code is never used for anything else.

    ``name`` reads after *allow*; ``summary`` is one sentence; ``severity`` is the usual one, which
    a finding may raise or lower; ``pedantic`` rules say what is only possible.
    """

    code: str
    name: str
    summary: str
    severity: Severity
    cwe: str = "CWE-367"
    owasp: str = ""
    fix: FixSafety = FixSafety.NONE
    pedantic: bool = False
