"""SQL as text: tokens, the label that is the same in every run, and the driver's placeholders.

sqlglot knows neither ``%s`` nor ``%(name)s``, and would need a parse to tell a COMMIT from a
SELECT. One pass over the tokens gives both, and never looks inside literals and comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Dialect = Literal["sqlite", "postgres", "mysql"]

Key = int | str
"""Where a placeholder finds its value: a position or a name."""

PREFIX = "tocsin_"
"""The n-th placeholder of a piece is written ``:tocsin_n`` for the parser."""

_LEXEMES = r"""
    (?P<comment>%(comment)s)
  | (?P<escaped>%(escaped)s)
  | (?P<string>%(string)s)
  | (?P<quoted>%(quoted)s)
  | (?P<dollar>%(dollar)s)
  | (?P<placeholder>%(placeholder)s)
  | (?P<number>(?<![\w.])(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\b)
  | (?P<word>[^\W\d][\w$]*)
  | (?P<space>\s+)
  | (?P<other>::|.)
"""
_STANDARD = {
    "comment": r"--[^\n]*|/\*(?:[^*]|\*(?!/))*\*/",
    "escaped": r"\b[eE]'(?:[^'\\]|\\.|'')*'",
    "string": r"(?:\b(?:[bBxXnN]|[uU]&))?'(?:[^']|'')*'",
    "quoted": r'"(?:[^"]|"")*"',
}
_LEXERS = {
    "postgres": re.compile(
        _LEXEMES
        % {
            **_STANDARD,
            "dollar": r"\$(?P<tag>\w*)\$.*?\$(?P=tag)\$",
            "placeholder": r"\$\d+|%\([^)]*\)[sbt]|%[sbt](?!\w)|%%",
        },
        re.VERBOSE | re.DOTALL,
    ),
    "sqlite": re.compile(
        _LEXEMES
        % {
            **_STANDARD,
            "quoted": _STANDARD["quoted"] + r"|`[^`]*`|\[[^\]]*\]",
            "dollar": r"(?!)",
            "placeholder": r"\?\d*|[:@$]\w+",
        },
        re.VERBOSE | re.DOTALL,
    ),
    "mysql": re.compile(
        _LEXEMES
        % {
            # A comment that begins with ! is code, for some versions.
            "comment": r"(?:--(?=\s|$)|\#)[^\n]*|/\*(?![!M])(?:[^*]|\*(?!/))*\*/",
            "escaped": r"(?!)",
            "string": r"(?:\b(?:[bBxXnN]|_\w+\s*))?'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\"",
            "quoted": r"`(?:[^`]|``)*`",
            "dollar": r"(?!)",
            "placeholder": r"%\([^)]*\)s|%s(?!\w)|%%|\?",
        },
        re.VERBOSE | re.DOTALL,
    ),
}
_VALUES = {"escaped", "string", "dollar", "number"}

_VALUE = r"-?\?(?:::[\w ]+)?"
_ROW = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
_SHORTER = (
    (re.compile(rf"\bIN ?\( ?{_VALUE}(?: ?, ?{_VALUE})* ?\)", re.IGNORECASE), "IN (?)"),
    (re.compile(rf"(\bVALUES ?)({_ROW})(?: ?, ?{_ROW})+", re.IGNORECASE), r"\1\2"),
    # Drivers number their savepoints and cursors, or name them after threads.
    (
        re.compile(
            r"^(SAVEPOINT|RELEASE(?: SAVEPOINT)?|ROLLBACK TO(?: SAVEPOINT)?|DECLARE) [^ ]+",
            re.IGNORECASE,
        ),
        r"\1 ?",
    ),
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One statement of a text.

    ``words`` are its first few tokens, in capitals; in ``sql`` the placeholders are numbered, and
    ``keys`` says where each finds its value.
    """

    words: tuple[str, ...]
    label: str
    sql: str
    keys: tuple[Key | None, ...]


def pieces(sql: str, dialect: Dialect) -> tuple[Piece, ...]:
    """The statements of a text, empty ones left out."""
    tokens = [(match.lastgroup or "", match[0]) for match in _LEXERS[dialect].finditer(sql)]
    bodies = _split(tokens)
    numbering = _Numbering()
    return tuple(piece for body in bodies if (piece := _piece(body, numbering)).words)


def _split(tokens: list[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    first = next((text.upper() for kind, text in tokens if kind == "word"), "")
    if first == "CREATE":  # the body of a trigger or function has semicolons of its own
        yield tokens
        return
    body: list[tuple[str, str]] = []
    for kind, text in tokens:
        if kind == "other" and text == ";":
            yield body
            body = []
        else:
            body.append((kind, text))
    yield body


def _piece(body: list[tuple[str, str]], numbering: _Numbering) -> Piece:
    words: list[str] = []
    label: list[str] = []
    sql: list[str] = []
    keys: list[Key | None] = []
    for kind, text in body:
        if kind in ("comment", "space"):
            label.append(" ")
            sql.append(" ")
        elif text == "%%":
            label.append("%")
            sql.append("%")
        elif kind == "placeholder":
            label.append("?")
            sql.append(f":{PREFIX}{len(keys)}")
            keys.append(numbering.key(text))
        else:
            if kind != "space" and len(words) < 4:
                words.append(text.upper())
            label.append("?" if kind in _VALUES else text)
            sql.append(text)
    return Piece(tuple(words), _shortened("".join(label)), "".join(sql).strip(), tuple(keys))


def _shortened(label: str) -> str:
    label = " ".join(label.split())
    for pattern, replacement in _SHORTER:
        label = pattern.sub(replacement, label)
    return label


class _Numbering:
    """Gives placeholders their keys, counting through the whole text as the drivers do."""

    def __init__(self) -> None:
        self._next = 0

    def key(self, text: str) -> Key | None:
        if text.startswith("%("):
            return text[2:-2]
        if text[1:].isdigit() and text[0] in "$?":
            self._next = max(self._next, int(text[1:]))
            return int(text[1:]) - 1
        if text[0] in ":@$":
            return text[1:]
        self._next += 1
        return self._next - 1
