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
    """One accepted finding. ``reason`` is the user's, and is kept when the file is written anew.

    ``twins`` are its fingerprints with the other engines: a run of one of them knows it too.
    """

    fingerprint: Annotated[str, msgspec.Meta(min_length=1)]
    rule: str = ""
    path: str = ""
    line: int = 0
    endpoint: str = ""
    title: str = ""
    reason: str = ""
    twins: tuple[str, ...] = ()

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
    reasons = {
        name: entry.reason
        for entry in known
        if entry.reason
        for name in (*entry.twins, entry.fingerprint)
    }
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

    An entry accepts one finding: a second one with the same fingerprint is new. By way of a twin
    it accepts as many as source has one cause for.
    """
    left: dict[str, list[int]] = {}
    related: dict[str, list[int]] = {}
    for index, entry in enumerate(entries):
        left.setdefault(entry.fingerprint, []).append(index)
        for name in (entry.fingerprint, *entry.twins):
            related.setdefault(name, []).append(index)
    used: set[int] = set()
    marked: list[Finding] = []
    for finding in findings:
        found = _own(finding, left) or _of_twins(finding, entries, related)
        used.update(found)
        if found and finding.suppression is None:
            given = Suppression(SuppressionKind.BASELINE, entries[found[0]].reason)
            finding = replace(finding, suppression=given)  # noqa: PLW2901  the marked one
        marked.append(finding)
    unused = (entry for index, entry in enumerate(entries) if index not in used)
    return tuple(marked), tuple(unused)


def _own(finding: Finding, left: dict[str, list[int]]) -> tuple[int, ...]:
    """The entry of the finding itself, which is then taken."""
    waiting = left.get(finding.fingerprint)
    return (waiting.pop(0),) if waiting else ()


def _of_twins(
    finding: Finding, entries: Sequence[Entry], related: dict[str, list[int]]
) -> tuple[int, ...]:
    """The entries of the same race as another engine named it."""
    names = (finding.fingerprint, *(twin.fingerprint for twin in finding.twins))
    found = (index for name in names for index in related.get(name, ()))
    return tuple(dict.fromkeys(i for i in found if entries[i].fingerprint != finding.fingerprint))


def _entry(finding: Finding, reasons: dict[str, str]) -> Entry:
    place = primary(finding)
    twins = tuple(twin.fingerprint for twin in finding.twins)
    known = (reasons[name] for name in (finding.fingerprint, *twins) if name in reasons)
    return Entry(
        fingerprint=finding.fingerprint,
        rule=finding.rule,
        path=slashed(place.path) if place else "",
        line=place.line if place else 0,
        endpoint=finding.endpoint,
        title=finding.title,
        reason=next(known, ""),
        twins=twins,
    )


def _order(entry: Entry) -> tuple[str, int, str, str]:
    return entry.path, entry.line, entry.rule, entry.fingerprint
