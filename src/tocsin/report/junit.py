"""The document as JUnit XML: a test case for each finding, pair and unread file."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from tocsin.model.finding import Finding
from tocsin.model.suppression import Suppression
from tocsin.model.verdict import Level, PairResult, Verdict
from tocsin.report import places
from tocsin.report.document import Document
from tocsin.report.words import clean, together, told


def render(document: Document) -> str:
    """The report as XML text.

    A finding that counts is a failure; one that is suppressed, or was explored and held, is
    skipped with the reason; pairs that held pass, the rest of them are skipped; a file that could
    not be read is an error.
    """
    suites = Element("testsuites", name="tocsin")
    cases = list(_cases(document))
    suite = SubElement(
        suites,
        "testsuite",
        name="tocsin",
        tests=str(len(cases)),
        failures=str(_with(cases, "failure")),
        errors=str(_with(cases, "error")),
        skipped=str(_with(cases, "skipped")),
        time=f"{document.seconds:.3f}",
    )
    suite.extend(cases)
    if document.notes:
        SubElement(suite, "system-out").text = "\n".join(map(clean, document.notes))
    for name in ("tests", "failures", "errors", "skipped", "time"):
        suites.set(name, suite.get(name, ""))
    indent(suites)
    return "<?xml version='1.0' encoding='utf-8'?>\n" + tostring(suites, encoding="unicode") + "\n"


def _with(cases: list[Element], result: str) -> int:
    return sum(case.find(result) is not None for case in cases)


def _cases(document: Document) -> Iterator[Element]:
    for finding in document.findings:
        yield _finding(finding)
    for pair in document.pairs:
        if pair.verdict is not Verdict.VIOLATED:
            yield _pair(pair)
    for file in document.unread:
        case = _case("source", places.slashed(file.path))
        SubElement(case, "error", type="unread", message=clean(file.reason))
        yield case


def _finding(finding: Finding) -> Element:
    place = places.primary(finding)
    case = _case(finding.rule, finding.title)
    if place is not None:
        case.set("file", places.slashed(place.path))
        case.set("line", str(place.line))
    if finding.suppression is not None:
        SubElement(case, "skipped", message=_reason(finding.suppression))
        return case
    if finding.evidence.level is Level.NOT_REPRODUCED:
        words = f"not reproduced: {finding.evidence.reason}"
        SubElement(case, "skipped", message=clean(words))
        return case
    message = f"{finding.severity.value}: {finding.title}"
    failure = SubElement(case, "failure", type=finding.rule, message=clean(message))
    failure.text = clean("\n".join(_lines(finding)))
    return case


def _lines(finding: Finding) -> Iterator[str]:
    yield from told(finding)
    for name, place in (("check", finding.check), ("use", finding.use)):
        if place is not None:
            yield f"{name}: {places.slashed(place.path)}:{place.line} {place.code.strip()}".rstrip()
    if finding.remediation.summary:
        yield f"write instead: {finding.remediation.summary}"
    if finding.witness_path:
        yield f"replay: tocsin replay {places.slashed(finding.witness_path)}"


def _pair(pair: PairResult) -> Element:
    case = _case("pair", together(pair.requests))
    case.set("time", f"{pair.seconds:.3f}")
    if pair.verdict is not Verdict.HOLDS:
        words = f"{pair.verdict.value.replace('_', ' ')}: {pair.reason or 'no reason was given'}"
        SubElement(case, "skipped", message=clean(words))
    return case


def _case(group: str, name: str) -> Element:
    return Element("testcase", classname=f"tocsin.{group}", name=clean(name))


def _reason(suppression: Suppression) -> str:
    return clean(": ".join(filter(None, (f"by {suppression.kind.value}", suppression.reason))))
