"""The document as workflow commands: annotations beside the lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.model.finding import Finding
from tocsin.model.verdict import Severity
from tocsin.report import places
from tocsin.report.document import Document
from tocsin.report.words import clean, count, told

_COMMANDS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "notice",
    Severity.INFO: "notice",
}
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


def render(document: Document) -> str:
    """One command a line: findings that count, worst first, then what could not be read."""
    return "".join(f"{line}\n" for line in _lines(document))


def _lines(document: Document) -> Iterator[str]:
    for finding in document.open:
        yield _finding(finding)
    for file in document.unread:
        yield command("warning", f"not analysed: {file.reason}", file=places.slashed(file.path))
    for note in document.notes:
        yield command("notice", note)
    grade = f", grade {document.grade}" if document.grade else ""
    yield f"tocsin: {count(len(document.live), 'finding')}{grade}"


def _finding(finding: Finding) -> str:
    at, use = places.primary(finding), finding.use
    words = list(told(finding))
    if use is not None and use != at:
        words.insert(1, f"The use is at {places.slashed(use.path)}:{use.line}.")
    words.append(finding.remediation.summary)
    if finding.witness_path:
        words.append(f"Replay: tocsin replay {places.slashed(finding.witness_path)}")
    where = {"file": places.slashed(at.path), "line": str(max(at.line, 1))} if at else {}
    title = f"{finding.rule} {finding.title}"
    text = "\n".join(word for word in words if word) or finding.title
    return command(_COMMANDS[finding.severity], text, **where, title=title)


def command(name: str, text: str, **properties: str) -> str:
    """``::name key=value,…::text``, with what would end a part of it escaped."""
    pairs = ",".join(f"{key}={_escaped(value, _PROPERTY)}" for key, value in properties.items())
    return f"::{name}{' ' if pairs else ''}{pairs}::{_escaped(text, _DATA)}"


def _escaped(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(character, character) for character in clean(text))
