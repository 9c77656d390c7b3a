"""``# tocsin: ignore[TOC201] reason``: findings that somebody has looked at, beside the code.

A comment counts for the statement that it stands in, or, on a line of its own, for the statement
that follows. It names rules and gives a reason; one that does not is noted and changes nothing.
"""

from __future__ import annotations

import difflib
import io
import re
import tokenize
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tocsin.model.finding import Finding
from tocsin.model.location import Location
from tocsin.model.suppression import Suppression, SuppressionKind

_COMMENT = re.compile(r"#\s*tocsin:\s*(?P<rest>.*?)\s*(?=\s#\s|$)", re.IGNORECASE)
_IGNORE = re.compile(r"ignore\b\s*(?:\[(?P<codes>[^\]]*)\])?\s*(?P<reason>.*)", re.IGNORECASE)
_REASON_DASH = "-:–— "  # noqa: RUF001  what people write between the codes and the reason
_LAYOUT = frozenset(
    {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
)


@dataclass(frozen=True, slots=True)
class Comment:
    """A suppression. It counts for the lines from ``first`` to ``last``; ``line`` is its own."""

    line: int
    first: int
    last: int
    codes: tuple[str, ...]
    reason: str

    def covers(self, line: int) -> bool:
        return self.first <= line <= self.last


@dataclass(frozen=True, slots=True)
class Parsed:
    """The suppressions of one file, and a sentence, with its line, on each that is none."""

    comments: tuple[Comment, ...] = ()
    problems: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Suppressed:
    """The findings, some of them with their suppression, and what to tell about comments."""

    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()


def parse(source: str | bytes, known: Collection[str]) -> Parsed:
    """The suppressions in a file's text. ``known`` are the codes that exist.

    Never raises: bytes that are no text, and text that is no Python, are read as far as they go.
    """
    text = _decoded(source)
    if "tocsin:" not in text.lower():
        return Parsed()
    comments: list[Comment] = []
    problems: list[tuple[int, str]] = []
    for line, word, (first, last) in _placed(text):
        found, wrong = _read(word, known)
        problems.extend((line, problem) for problem in wrong)
        if found is not None:
            comments.append(Comment(line, first, last, *found))
    return Parsed(tuple(comments), tuple(problems))


def suppress(
    findings: Iterable[Finding],
    sources: Mapping[str, str | bytes],
    known: Collection[str],
    *,
    sought: Collection[str] = (),
    analysed: Collection[str] = (),
) -> Suppressed:
    """Put the suppressions of the files into the findings.

    ``sources`` are texts by the path that locations have. A comment that suppresses nothing is
    noted when its rule was ``sought`` and its file was ``analysed`` for it.
    """
    parsed = {path: parse(text, known) for path, text in sorted(sources.items())}
    used: set[tuple[str, int, str]] = set()
    judged = tuple(_judge(finding, parsed, used) for finding in findings)
    notes = [
        f"{path}:{line}: {problem}"
        for path, each in parsed.items()
        for line, problem in each.problems
    ]
    for path, each in parsed.items():
        if path in analysed:
            notes.extend(_unused(path, each.comments, used, sought))
    return Suppressed(judged, tuple(notes))


def _judge(
    finding: Finding, parsed: Mapping[str, Parsed], used: set[tuple[str, int, str]]
) -> Finding:
    """The finding with its suppression: its own, or that of a twin."""
    twins = tuple(_judge(each, parsed, used) for each in finding.twins)
    finding = replace(_judge_alone(finding, parsed, used), twins=twins)
    given = next((each.suppression for each in (finding, *twins) if each.suppression), None)
    return replace(finding, suppression=given)


def _judge_alone(
    finding: Finding, parsed: Mapping[str, Parsed], used: set[tuple[str, int, str]]
) -> Finding:
    for place in (finding.check, finding.use):
        if place is None or place.path not in parsed:
            continue
        for comment in parsed[place.path].comments:
            if finding.rule in comment.codes and comment.covers(place.line):
                used.add((place.path, comment.line, finding.rule))
                if finding.suppression is None:
                    where = Location(place.path, comment.line)
                    found = Suppression(SuppressionKind.COMMENT, comment.reason, where)
                    finding = replace(finding, suppression=found)
    return finding


def _unused(
    path: str,
    comments: Sequence[Comment],
    used: Collection[tuple[str, int, str]],
    sought: Collection[str],
) -> Iterator[str]:
    for comment in comments:
        idle = [c for c in comment.codes if c in sought and (path, comment.line, c) not in used]
        if idle:
            yield (f"{path}:{comment.line}: ignore[{','.join(idle)}] suppresses nothing: remove it")


def _read(
    word: str, known: Collection[str]
) -> tuple[tuple[tuple[str, ...], str] | None, list[str]]:
    """The codes and the reason of one comment, or what is wrong with it."""
    match = _IGNORE.match(word)
    if match is None:
        return None, [f"'tocsin: {word}' is no instruction: write 'tocsin: ignore[CODE] reason'"]
    given = [code.strip().upper() for code in (match["codes"] or "").split(",")]
    codes = tuple(dict.fromkeys(code for code in given if code))
    if not codes:
        return None, ["the suppression names no rule: write 'tocsin: ignore[CODE] reason'"]
    problems = [f"{code} is no rule{_near(code, known)}" for code in codes if code not in known]
    kept = tuple(code for code in codes if code in known)
    reason = match["reason"].lstrip(_REASON_DASH).strip()
    if not reason:
        named = ",".join(codes)
        problems.append(
            f"the suppression of {named} has no reason and does not count: "
            f"write 'tocsin: ignore[{named}] why it may stay'"
        )
        return None, problems
    return ((kept, reason) if kept else None), problems


def _near(code: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(code, sorted(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _placed(text: str) -> Iterator[tuple[int, str, tuple[int, int]]]:
    """Each instruction with its line and the lines that it counts for."""
    statements, comments = _split(text)
    own_lines = {line for line, _ in comments} - _covered(statements)
    for line, words in comments:
        for word in words:
            yield line, word, _extent(line, statements, own_lines)


def _extent(
    line: int, statements: Sequence[tuple[int, int]], own_lines: Collection[int]
) -> tuple[int, int]:
    """The statement that the line is in; for a comment by itself, the one right after it."""
    following = line
    while following in own_lines:
        following += 1
    for first, last in statements:
        if first <= following <= last:
            return first, last
    return line, line


def _covered(statements: Iterable[tuple[int, int]]) -> set[int]:
    return {line for first, last in statements for line in range(first, last + 1)}


def _split(text: str) -> tuple[list[tuple[int, int]], list[tuple[int, list[str]]]]:
    """The lines of each statement, and the comments with what they say to tocsin.

    Comments without an instruction are kept: they may stand between one and its statement.
    """
    statements: list[tuple[int, int]] = []
    comments: list[tuple[int, list[str]]] = []
    began: int | None = None
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                words = [match["rest"] for match in _COMMENT.finditer(token.string)]
                comments.append((token.start[0], words))
            elif token.type == tokenize.NEWLINE and began is not None:
                statements.append((began, token.end[0]))
                began = None
            elif token.type not in _LAYOUT and began is None:
                began = token.start[0]
    except (tokenize.TokenError, SyntaxError):
        # What was read until here counts; the engine says that the file could not be read.
        return statements, comments
    return statements, comments


def _decoded(source: str | bytes) -> str:
    if isinstance(source, str):
        return source
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        text = source.decode(encoding, "replace")
    except (SyntaxError, LookupError, UnicodeError):
        text = source.decode("utf-8", "replace")
    return io.StringIO(text, newline=None).read()
