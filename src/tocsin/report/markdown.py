"""The document as Markdown, for a comment on a pull request or a job summary."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from tocsin.model.finding import Finding
from tocsin.model.location import Location
from tocsin.model.suppression import SuppressionKind
from tocsin.model.verdict import Severity, Verdict
from tocsin.report import places
from tocsin.report.document import Document
from tocsin.report.words import clean, count, together, told
from tocsin.rules.catalogue import find, page_url

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")
_BACKTICKS = re.compile(r"`+")


def render(document: Document) -> str:
    """A heading, the numbers, a table, and a section for each finding that counts."""
    return "\n".join(_lines(document)).rstrip() + "\n"


def _lines(document: Document) -> Iterator[str]:
    yield "# tocsin"
    yield ""
    yield f"{_summary(document)}"
    yield ""
    if document.open:
        yield "| severity | rule | where | evidence |"
        yield "|---|---|---|---|"
        yield from map(_row, document.open)
        yield ""
    for finding in document.open:
        yield from _section(finding)
    unknown = {Verdict.INCONCLUSIVE, Verdict.NOT_CONTROLLED}
    pairs = [pair for pair in document.pairs if pair.verdict in unknown]
    lists = (
        ("Not judged", [f"{together(pair.requests)}: {pair.reason}" for pair in pairs]),
        ("Not read", [f"{places.slashed(file.path)}: {file.reason}" for file in document.unread]),
        ("No longer occurs", list(document.gone)),
        ("Notes", list(document.notes)),
    )
    for title, entries in lists:
        if entries:
            yield f"## {title}"
            yield ""
            yield from (f"- {plain(entry)}" for entry in entries)
            yield ""


def _summary(document: Document) -> str:
    worst = Counter(finding.severity for finding in document.live)
    kinds = ", ".join(f"{worst[s]} {s.value}" for s in Severity if worst[s])
    words = [f"**{count(len(document.live), 'finding')}**" + (f" ({kinds})" if kinds else "")]
    if held := document.with_verdict(Verdict.HOLDS):
        words.append(f"{count(len(held), 'pair')} held")
    for number, word in (
        (len(document.suppressed(SuppressionKind.COMMENT)), "suppressed"),
        (len(document.suppressed(SuppressionKind.BASELINE)), "accepted"),
        (document.hidden, "only possible"),
        (len(document.not_reproduced), "not reproduced"),
        (len(document.unread), "not read"),
    ):
        if number:
            words.append(f"{number:,} {word}")
    if document.grade is not None:
        words.append(f"grade **{document.grade}** ({document.score}/100)")
    if document.interrupted:
        words.append("interrupted")
    return " · ".join(words)


def _row(finding: Finding) -> str:
    place = places.primary(finding)
    where = _code(_at(place)) if place is not None else plain(finding.endpoint)
    level = finding.evidence.level.value.replace("_", " ")
    return f"| {finding.severity.value} | {_rule(finding)} | {where} | {level} |"


def _rule(finding: Finding) -> str:
    rule = find(finding.rule)
    return f"[{rule.code}]({page_url(rule)}) {rule.name}" if rule else plain(finding.rule)


def _section(finding: Finding) -> Iterator[str]:
    yield f"## {plain(finding.title)}"
    yield ""
    for text in told(finding):
        yield plain(text)
        yield ""
    for name, place in (("check", finding.check), ("use", finding.use)):
        if place is not None:
            code = f": {_code(place.code.strip())}" if place.code.strip() else ""
            yield f"- {name}: {_code(_at(place))}{code}"
    if finding.witness_path:
        yield f"- replay: {_code(f'tocsin replay {places.slashed(finding.witness_path)}')}"
    yield ""
    if finding.remediation.summary:
        yield f"**Write instead.** {plain(finding.remediation.summary)}"
        yield ""
    if finding.remediation.code:
        yield from _block(finding.remediation.code)
        yield ""


def _at(place: Location) -> str:
    return f"{places.slashed(place.path)}:{place.line}"


def plain(text: str) -> str:
    """Text on one line in which nothing is markup."""
    return _SPECIAL.sub(r"\\\1", " ".join(clean(text).split()))


def _code(text: str) -> str:
    """Text as code inside a line, also in a table, whatever backticks it has."""
    shown = " ".join(clean(text).split()).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in _BACKTICKS.findall(shown)), default=0) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _block(code: str) -> Iterator[str]:
    shown = clean(code).rstrip()
    longest = max((len(run) for run in _BACKTICKS.findall(shown)), default=0)
    fence = "`" * max(longest + 1, 3)
    yield f"{fence}python"
    yield shown
    yield fence
