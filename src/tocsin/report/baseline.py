"""Accepted findings as a file: what was known when it was written, by fingerprint.

The place stands there for readers and for reviews of the file; only the fingerprint is compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import Annotated

import msgspec

from tocsin.model.finding import Finding
from tocsin.model.suppression import Suppression, SuppressionKind
from tocsin.report.places import primary, slashed

SCHEMA_VERSION = 1
FILE = ".tocsin-baseline.json"


class Entry(msgspec.Struct, frozen=True):
    """One accepted finding. ``reason`` is the user's, and is kept when the file is written anew."""

    fingerprint: Annotated[str, msgspec.Meta(min_length=1)]
    rule: str = ""
    path: str = ""
    line: int = 0
    endpoint: str = ""
    title: str = ""
    reason: str = ""

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.path else self.endpoint
        return f"{self.rule} {where} ({self.fingerprint})"


class _File(msgspec.Struct, frozen=True):
    schema_version: int
    findings: tuple[Entry, ...]
    tool: str = ""


class BaselineError(ValueError):
    """The text is no baseline that this version can read; the message says why."""


def dumps(findings: Iterable[Finding], known: Iterable[Entry] = ()) -> str:
    """The findings as the text of a baseline. Reasons of ``known`` entries are kept."""
    reasons = {entry.fingerprint: entry.reason for entry in known if entry.reason}
    entries = sorted((_entry(each, reasons) for each in findings), key=_order)
    file = _File(SCHEMA_VERSION, tuple(entries), f"tocsin {version('tocsin')}")
    return msgspec.json.format(msgspec.json.encode(file), indent=2).decode() + "\n"


def loads(text: str | bytes) -> tuple[Entry, ...]:
    """Read what `dumps` wrote. Raises `BaselineError`."""
    try:
        file = msgspec.json.decode(text, type=_File)
    except msgspec.ValidationError as error:
        raise BaselineError(f"is no baseline: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BaselineError(f"is not JSON: {error}") from error
    if file.schema_version != SCHEMA_VERSION:
        raise BaselineError(
            f"has schema_version {file.schema_version}, and this version of tocsin reads "
            f"{SCHEMA_VERSION}: write it anew with 'tocsin baseline'"
        )
    return file.findings


def accept(
    findings: Iterable[Finding], entries: Sequence[Entry]
) -> tuple[tuple[Finding, ...], tuple[Entry, ...]]:
    """Mark the findings that the baseline has, and give the entries that no finding has.

    An entry accepts one finding: a second one with the same fingerprint is new.
    """
    left: dict[str, list[int]] = {}
    for index, entry in enumerate(entries):
        left.setdefault(entry.fingerprint, []).append(index)
    marked: list[Finding] = []
    for finding in findings:
        waiting = left.get(finding.fingerprint)
        if waiting:
            reason = entries[waiting.pop(0)].reason
            if finding.suppression is None:
                given = Suppression(SuppressionKind.BASELINE, reason)
                finding = replace(finding, suppression=given)  # noqa: PLW2901  the marked one
        marked.append(finding)
    unused = sorted(index for waiting in left.values() for index in waiting)
    return tuple(marked), tuple(entries[index] for index in unused)


def _entry(finding: Finding, reasons: dict[str, str]) -> Entry:
    place = primary(finding)
    return Entry(
        fingerprint=finding.fingerprint,
        rule=finding.rule,
        path=slashed(place.path) if place else "",
        line=place.line if place else 0,
        endpoint=finding.endpoint,
        title=finding.title,
        reason=reasons.get(finding.fingerprint, ""),
    )


def _order(entry: Entry) -> tuple[str, int, str, str]:
    return entry.path, entry.line, entry.rule, entry.fingerprint
