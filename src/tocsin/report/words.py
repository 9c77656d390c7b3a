"""The words that several outputs share: pure functions from nouns to short text."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from tocsin.model.anomaly import Anomaly
from tocsin.model.finding import Finding
from tocsin.model.history import Op
from tocsin.model.http import Request
from tocsin.model.verdict import RequestRef
from tocsin.report.shape import Mark

_COLUMNS = re.compile(r"\b(SELECT(?: DISTINCT)?) (.+?)(?= FROM |$)", re.IGNORECASE)
_RETURNING = re.compile(r" RETURNING .+$", re.IGNORECASE)
_ALIASED = re.compile(r" AS \w+", re.IGNORECASE)
_QUALIFIED = re.compile(r"\b([A-Za-z_]\w*)\.(?=[A-Za-z_*])")
_STRINGS = re.compile(r"('(?:[^']|'')*')")
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f]|[\u202a-\u202e\u2066-\u2069]|[\ud800-\udfff\ufffe\uffff]"
)
_LONGEST_COLUMNS = 24


def clean(text: str) -> str:
    """Text from an app or a database, without what drives a terminal or is in no XML or UTF-8."""
    return _CONTROL.sub("\ufffd", text.replace("\r\n", "\n").replace("\t", "    "))


def clean_all(data: Any) -> Any:
    """The same data, every text in its lists and dictionaries cleaned."""
    match data:
        case str():
            return clean(data)
        case list():
            return [clean_all(item) for item in data]
        case dict():
            return {key: clean_all(value) for key, value in data.items()}
        case _:
            return data


def shorten(text: str, width: int) -> str:
    """At most ``width`` characters, on one line."""
    text = " ".join(clean(text).split())
    return text if len(text) <= width else text[: max(width - 1, 0)].rstrip() + "…"


def spaced(text: str) -> str:
    """Compact JSON with spaces in it, so that it can be broken into lines."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else text


def short_sql(text: str) -> str:
    """A statement as one reads it aloud: no quotes, no list of columns, no needless prefix."""
    text = " ".join(text.split())
    text = "".join(
        part if index % 2 else part.replace('"', "").replace("`", "")
        for index, part in enumerate(_STRINGS.split(text))
    )
    text = _COLUMNS.sub(_fewer_columns, _RETURNING.sub("", text))
    prefixes = set(_QUALIFIED.findall(_STRINGS.sub("", text)))
    if len(prefixes) == 1:
        text = "".join(
            part if index % 2 else _QUALIFIED.sub("", part)
            for index, part in enumerate(_STRINGS.split(text))
        )
    return text


def _fewer_columns(match: re.Match[str]) -> str:
    verb, columns = match.groups()
    plain = _ALIASED.sub("", columns)
    return f"{verb} {plain if len(plain) <= _LONGEST_COLUMNS else '…'}"


def mark(op: Op, anomaly: Anomaly) -> Mark:
    """What the operation is to the anomaly: its check, its use, or the write in between."""
    if op.index == anomaly.check:
        return "check"
    if op.index == anomaly.use:
        return "use"
    return "write" if op.index == anomaly.between else ""


def told(finding: Finding) -> tuple[str, ...]:
    """What there is to say of a finding: what happens, what source says of it, how sure that is."""
    twins = dict.fromkeys(f"In source, {twin.rule}: {twin.description}" for twin in finding.twins)
    return tuple(text for text in (finding.description, *twins, finding.evidence.reason) if text)


def sent(request: Request) -> str:
    """The request line, with its query."""
    query = "&".join(f"{name}={value}" for name, value in request.query)
    return f"{request.method} {request.path}{'?' if query else ''}{query}"


def together(requests: Sequence[RequestRef]) -> str:
    """``POST /x × itself``, ``POST /x as alice × POST /y as bob``."""
    if not requests:
        return ""
    identities = {request.identity for request in requests}
    first = requests[0]
    if len(requests) > 1 and all(request.endpoint == first.endpoint for request in requests):
        who = "itself" if len(identities) == 1 else " × ".join(f"as {r.identity}" for r in requests)
        return f"{first.endpoint} × {who}" if len(identities) == 1 else f"{first.endpoint} {who}"
    names = (
        request.endpoint if len(identities) == 1 else f"{request.endpoint} as {request.identity}"
        for request in requests
    )
    return " × ".join(names) if len(requests) > 1 else f"{first.endpoint} × itself"


def count(number: int, noun: str) -> str:
    """``1 schedule``, ``14 schedules``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
