"""The events of a run, gathered into one document that every output is made from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from tocsin.model.event import (
    Event,
    FileSeen,
    FindingRaised,
    Noted,
    OperationSeen,
    PermissionSeen,
    Planned,
    RunFinished,
    RunStarted,
    UnitFinished,
)
from tocsin.model.finding import Finding
from tocsin.model.suppression import SuppressionKind
from tocsin.model.verdict import (
    FileResult,
    Level,
    OperationResult,
    PairResult,
    Permission,
    Severity,
    Verdict,
)

_COST = {
    Severity.CRITICAL: 40,
    Severity.HIGH: 20,
    Severity.MEDIUM: 8,
    Severity.LOW: 3,
    Severity.INFO: 0,
}
_WEIGHT = {
    Level.PROVEN: 1.0,
    Level.OBSERVED: 0.8,
    Level.SUSPECTED: 0.5,
    Level.NOT_REPRODUCED: 0.0,
}
_CEILING = {Severity.CRITICAL: 39, Severity.HIGH: 59}
Grade = Literal["A", "B", "C", "D", "F"]
_GRADES: tuple[tuple[int, Grade], ...] = ((90, "A"), (75, "B"), (60, "C"), (40, "D"), (0, "F"))
_STRONGEST = (Verdict.VIOLATED, Verdict.NOT_CONTROLLED, Verdict.INCONCLUSIVE, Verdict.HOLDS)


@dataclass(frozen=True, slots=True)
class Document:
    """Everything a run said. Findings stand worst first, the rest in the order of the run.

    ``hidden`` counts findings of low confidence that were left out, ``gone`` names entries of the
    baseline that no longer occur.
    """

    targets: tuple[str, ...] = ()
    engines: tuple[str, ...] = ()
    frameworks: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    operations: tuple[OperationResult, ...] = ()
    pairs: tuple[PairResult, ...] = ()
    permissions: tuple[Permission, ...] = ()
    files: tuple[FileResult, ...] = ()
    notes: tuple[str, ...] = ()
    hidden: int = 0
    gone: tuple[str, ...] = ()
    schedules: int = 0
    seconds: float = 0.0
    interrupted: bool = False

    @property
    def live(self) -> tuple[Finding, ...]:
        """The findings that count: all but suppressed ones and those not reproduced."""
        return tuple(f for f in self.open if f.evidence.level is not Level.NOT_REPRODUCED)

    @property
    def open(self) -> tuple[Finding, ...]:
        """The findings that nobody has suppressed or accepted."""
        return tuple(f for f in self.findings if f.suppression is None)

    def suppressed(self, kind: SuppressionKind) -> tuple[Finding, ...]:
        """The findings that do not count because of a comment, or because they were accepted."""
        return tuple(f for f in self.findings if f.suppression and f.suppression.kind is kind)

    @property
    def not_reproduced(self) -> tuple[Finding, ...]:
        """The findings that source suspects, and that were explored and held."""
        return tuple(f for f in self.open if f.evidence.level is Level.NOT_REPRODUCED)

    @property
    def unread(self) -> tuple[FileResult, ...]:
        """Source files that could not be analysed."""
        return tuple(file for file in self.files if file.reason)

    @property
    def verdict(self) -> Verdict:
        """The whole run in one word: its worst, and ``inconclusive`` when nothing was judged."""
        if self.live:
            return Verdict.VIOLATED
        seen = {pair.verdict for pair in self.pairs}
        worst = next((verdict for verdict in _STRONGEST if verdict in seen), Verdict.INCONCLUSIVE)
        if self.interrupted and worst is Verdict.HOLDS:
            return Verdict.INCONCLUSIVE
        return worst

    @property
    def score(self) -> int | None:
        """From 0 to 100, or ``None`` when nothing was judged, read or found.

        ``100 - Σ cost(severity) × weight(evidence)``, where a critical finding costs 40, high 20,
        medium 8, low 3 and info 0, and evidence weighs 1 when proven, 0.8 observed, 0.5
        suspected, 0 not reproduced. What is proven also sets a ceiling: 59 with a high finding,
        39 with a critical one, so that nobody passes with a race that can be shown.
        """
        judged = any(p.verdict in {Verdict.HOLDS, Verdict.VIOLATED} for p in self.pairs)
        read = any(not file.reason for file in self.files)
        if not (judged or read or self.findings):
            return None
        cost = sum(_COST[f.severity] * _WEIGHT[f.evidence.level] for f in self.open)
        proven = [f.severity for f in self.open if f.evidence.level is Level.PROVEN]
        ceiling = min((_CEILING.get(severity, 100) for severity in proven), default=100)
        return max(0, min(ceiling, round(100 - cost)))

    @property
    def grade(self) -> Grade | None:
        """A from 90, B from 75, C from 60, D from 40, F below."""
        score = self.score
        if score is None:
            return None
        return next(grade for least, grade in _GRADES if score >= least)

    def with_verdict(self, verdict: Verdict) -> tuple[PairResult, ...]:
        return tuple(pair for pair in self.pairs if pair.verdict is verdict)

    @property
    def skipped(self) -> tuple[OperationResult, ...]:
        """Operations that could not be exercised."""
        return tuple(o for o in self.operations if o.status == "skipped")

    def at_least(self, threshold: Severity) -> tuple[Finding, ...]:
        """The findings that count and are this severe or worse."""
        return tuple(f for f in self.live if f.severity.rank >= threshold.rank)


@dataclass(slots=True)
class Accumulator:
    """Takes events one by one, and can be asked for the document at any time."""

    _started: list[RunStarted] = field(default_factory=list)
    _finished: list[RunFinished] = field(default_factory=list)
    _findings: list[Finding] = field(default_factory=list)
    _operations: list[OperationResult] = field(default_factory=list)
    _pairs: list[PairResult] = field(default_factory=list)
    _permissions: list[Permission] = field(default_factory=list)
    _files: list[FileResult] = field(default_factory=list)
    _notes: list[str] = field(default_factory=list)
    _replaced: dict[str, str] = field(default_factory=dict)

    def add(self, event: Event) -> None:
        match event:
            case RunStarted():
                self._started.append(event)
            case RunFinished():
                self._finished.append(event)
            case FindingRaised(finding, replaces):
                self._raise(finding, replaces)
            case OperationSeen(result):
                self._operations.append(result)
            case UnitFinished(pair):
                self._pairs.append(pair)
            case PermissionSeen(permission):
                self._permissions.append(permission)
            case FileSeen(file):
                self._files.append(file)
            case Noted(message):
                self._notes.append(message)
            case Planned():
                pass

    def document(self, *, interrupted: bool = False) -> Document:
        return Document(
            targets=_once(event.target for event in self._started),
            engines=_once(event.engine for event in self._started),
            frameworks=_once(event.framework for event in self._started if event.framework),
            stores=_once(store for event in self._started for store in event.stores),
            findings=tuple(sorted(self._findings, key=_order)),
            operations=tuple(self._operations),
            pairs=tuple(map(self._settled, self._pairs)),
            permissions=tuple(self._permissions),
            files=tuple(self._files),
            notes=_once(self._notes),
            schedules=self._schedules(),
            seconds=sum(event.seconds for event in self._finished),
            interrupted=interrupted or any(event.interrupted for event in self._finished),
        )

    def _raise(self, finding: Finding, replaces: str) -> None:
        if replaces:
            self._findings = [one for one in self._findings if one.fingerprint != replaces]
            self._replaced[replaces] = finding.fingerprint
        self._replaced.pop(finding.fingerprint, None)
        self._findings.append(finding)

    def _settled(self, pair: PairResult) -> PairResult:
        """The pair, with the findings that took the place of those it raised."""

        def last(name: str) -> str:
            return last(self._replaced[name]) if name in self._replaced else name

        return replace(pair, findings=_once(map(last, pair.findings)))

    def _schedules(self) -> int:
        """What the engines said in the end; until then, what the pairs add up to."""
        return max(
            sum(event.schedules for event in self._finished),
            sum(pair.schedules for pair in self._pairs),
        )


def fold(events: Iterable[Event]) -> Document:
    """The document of a whole stream."""
    accumulator = Accumulator()
    for event in events:
        accumulator.add(event)
    return accumulator.document()


def _order(finding: Finding) -> tuple[int, str, str, int, str]:
    """Worst first, then by endpoint and place: the same from run to run."""
    place = finding.check or finding.use
    path, line = (place.path, place.line) if place is not None else ("", 0)
    return -finding.severity.rank, finding.endpoint, path, line, finding.rule


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
