"""What reading and exploring found, as one list: proven together, not reproduced, or still open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tocsin.model.finding import Finding
from tocsin.model.verdict import LEFT_OUT, Level, OperationResult, PairResult, Severity, Verdict
from tocsin.report.document import Document
from tocsin.report.words import count
from tocsin.scan.matching import plain, same_race

LOWERED: Mapping[Severity, Severity] = {
    Severity.CRITICAL: Severity.MEDIUM,
    Severity.HIGH: Severity.LOW,
    Severity.MEDIUM: Severity.LOW,
    Severity.LOW: Severity.INFO,
    Severity.INFO: Severity.INFO,
}
"""How bad a finding is that was explored to the bound and held."""

_MOST_NAMED = 3
_EVERYWHERE = frozenset({"files", "memory"})
"""Stores that every run has."""


def correlated(document: Document) -> Document:
    """The document with one finding for each race, however many engines found it.

    What source suspects and a run proves is the proven finding, with both kinds of evidence, and
    the suspected one as its twin. What was explored and held is *not reproduced* and less severe.
    The rest stays suspected, with the reason why exploring did not decide it. Findings name their
    places from one folder; a run of one engine comes back as it is.
    """
    if not {"static", "explore"} <= set(document.engines):
        return document
    suspected = [each for each in document.findings if each.evidence.level is Level.SUSPECTED]
    proven = [each for each in document.findings if each.evidence.level is Level.PROVEN]
    causes = {each.fingerprint: _causes(each, suspected) for each in proven}
    met = {twin.fingerprint for twins in causes.values() for twin in twins}
    explored = Explored.of(document)
    findings = [
        _joined(each, causes.get(each.fingerprint, ()))
        if each.evidence.level is not Level.SUSPECTED
        else explored.judged(each)
        for each in document.findings
        if each.fingerprint not in met
    ]
    ordered = sorted(findings, key=lambda each: -each.severity.rank)
    return replace(document, findings=tuple(ordered))


def _causes(proven: Finding, suspected: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings of source behind a proven race, that of the same line first."""
    found = [each for each in suspected if same_race(each, proven)]
    return tuple(sorted(found, key=lambda each: (each.check != proven.check, -each.severity.rank)))


def _joined(proven: Finding, twins: Sequence[Finding]) -> Finding:
    """The proven finding with what source knows of it."""
    if not twins:
        return proven
    first = twins[0]
    return replace(
        proven,
        check=proven.check or first.check,
        use=proven.use or first.use,
        code_snippet=proven.code_snippet or first.code_snippet,
        evidence=replace(proven.evidence, window=first.evidence.window),
        endpoints=tuple(dict.fromkeys((proven.endpoint, *(e for t in twins for e in t.endpoints)))),
        fixes=proven.fixes or tuple(fix for twin in twins for fix in twin.fixes),
        twins=tuple(twins),
    )


@dataclass(frozen=True, slots=True)
class Explored:
    """What exploring has seen of each endpoint and of each pair of them."""

    operations: Mapping[str, Sequence[OperationResult]]
    pairs: Mapping[frozenset[str], Sequence[PairResult]]
    stores: tuple[str, ...]

    @classmethod
    def of(cls, document: Document) -> Explored:
        """What a document tells of it."""
        operations: dict[str, list[OperationResult]] = {}
        pairs: dict[frozenset[str], list[PairResult]] = {}
        for operation in document.operations:
            operations.setdefault(plain(operation.endpoint), []).append(operation)
        for pair in document.pairs:
            names = frozenset(plain(request.endpoint) for request in pair.requests)
            pairs.setdefault(names, []).append(pair)
        return cls(operations, pairs, document.stores)

    def judged(self, finding: Finding) -> Finding:
        """A suspected finding that no proof belongs to, with what exploring says of it."""
        window = finding.evidence.window
        wanted = window.pairs if window is not None else ()
        open_ = self._undecided(wanted)
        if open_:
            return replace(finding, evidence=replace(finding.evidence, reason=open_))
        evidence = replace(finding.evidence, level=Level.NOT_REPRODUCED, reason=self._held(wanted))
        return replace(finding, evidence=evidence, severity=LOWERED[finding.severity])

    def _undecided(self, wanted: Sequence[tuple[str, str]]) -> str:
        """Why exploring does not decide the finding; nothing if it does."""
        if not wanted:
            return "Known from source only: no pair of requests shows it."
        for one, other in wanted:
            for result in self._results(one, other):
                if result.verdict is Verdict.VIOLATED:
                    return f"{_pair(one, other)} was explored and races, but in other code."
                if result.verdict is not Verdict.HOLDS:
                    word = result.verdict.value.replace("_", " ")
                    return f"{_pair(one, other)} was explored: {word}, {result.reason}."
        for endpoint in dict.fromkeys(each for pair in wanted for each in pair):
            if missing := self._missing(endpoint):
                return missing
        if not any(self._results(*pair) for pair in wanted):
            return (
                f"{_pairs(wanted)} was exercised, and the requests touched nothing in common: "
                "they may not have come to this code."
            )
        return ""

    def _missing(self, endpoint: str) -> str:
        """Why no request was sent to an endpoint; nothing if one was."""
        known = self.operations.get(plain(endpoint), ())
        if any(each.status != "skipped" for each in known):
            return ""
        if not known:
            return f"{endpoint} is no operation of the application that was explored."
        reason = known[0].reason
        was = "was" if reason == LEFT_OUT else "could not be exercised:"
        return f"{endpoint} {was} {reason or 'no reason was given'}."

    def _held(self, wanted: Sequence[tuple[str, str]]) -> str:
        """What was explored, how far, and on what: *holds* is no more than that."""
        judged = [pair for pair in wanted if self._results(*pair)]
        results = [each for pair in judged for each in self._results(*pair)]
        schedules = count(sum(each.schedules for each in results), "schedule")
        bounds = dict.fromkeys(each.bound for each in results if each.bound)
        stores = [store for store in self.stores if store not in _EVERYWHERE] or self.stores
        kinds = dict.fromkeys(store.partition(",")[0] for store in stores)
        where = f", on {' and '.join(kinds)}" if kinds else ""
        how_far = f" ({'; '.join(bounds)})" if bounds else ""
        return f"{_pairs(judged)} held in all {schedules} that were explored{where}{how_far}."

    def _results(self, one: str, other: str) -> Sequence[PairResult]:
        return self.pairs.get(frozenset((plain(one), plain(other))), ())


def _pairs(pairs: Sequence[tuple[str, str]]) -> str:
    names = list(dict.fromkeys(_pair(*pair) for pair in pairs))
    shown = ", ".join(names[:_MOST_NAMED])
    return f"{shown} and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else shown


def _pair(one: str, other: str) -> str:
    return f"{one} × {'itself' if plain(one) == plain(other) else other}"
