"""The JSON document, field by field. The published schema is made from these classes.

Fields are added, never renamed; ``schema_version`` counts the additions that change meaning.
"""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

SCHEMA_VERSION = 1

SeverityWord = Literal["critical", "high", "medium", "low", "info"]
VerdictWord = Literal["violated", "holds", "inconclusive", "not_controlled"]
LevelWord = Literal["suspected", "observed", "proven", "not_reproduced"]
Mark = Literal["", "check", "write", "use"]
Grade = Literal["A", "B", "C", "D", "F"]
TestType = Literal["state_change_attack", "parallel_replay", "stale_authorization"]


class Tool(Struct, frozen=True):
    """What wrote the document."""

    name: str
    version: str


class Place(Struct, frozen=True):
    """A line of source."""

    path: str
    line: int
    function: str = ""
    code: str = ""


class RequestEntry(Struct, frozen=True):
    """One of the requests that were run together."""

    endpoint: str
    identity: str
    name: str


class ResponseEntry(Struct, frozen=True):
    """What a request was answered."""

    request: str
    status: int
    body: str


class OutcomeEntry(Struct, frozen=True):
    """Responses and final state of a run; ``order`` is empty when no serial order gave it."""

    order: list[str]
    responses: list[ResponseEntry]
    state: dict[str, str]


class Step(Struct, frozen=True):
    """One operation of the interleaving. ``mark`` is ``check``, ``write``, ``use`` or empty."""

    index: int
    request: str
    kind: str
    text: str
    mark: Mark = ""
    place: Place | None = None
    rows: int | None = None
    waited: bool = False
    error: str | None = None


class Dependency(Struct, frozen=True):
    """``later`` depends on ``earlier`` through ``item``; ``kind`` is ``ww``, ``wr`` or ``rw``."""

    earlier: str
    later: str
    kind: str
    item: str


class CrossingEntry(Struct, frozen=True):
    """Where another request may run inside a window."""

    kind: Literal["await", "statement", "commit", "file", "call", "request"]
    place: Place
    text: str = ""


class SiteEntry(Struct, frozen=True):
    """One more check or use with the same cause, and an endpoint that runs through it."""

    endpoint: str
    check: Place
    use: Place


class WindowEntry(Struct, frozen=True):
    """What source shows: check, use, and the crossings in between. ``item`` is what both touch."""

    check: Place
    use: Place
    item: str
    crossings: list[CrossingEntry]
    more: list[SiteEntry]


class FlightEntry(Struct, frozen=True):
    """A request of the round that is shown, in seconds after the first release.

    ``status`` is 0 where there was no answer.
    """

    request: str
    sent: float
    done: float
    status: int


class VolleyEntry(Struct, frozen=True):
    """What requests showed that were sent at once.

    Of ``rounds`` so many showed it; ``low`` and ``high`` bound the share of all rounds that do, at
    95 % confidence. In ``overlapped`` rounds all requests were under way at one moment; ``spread``
    is the median time between first and last release, in seconds. ``curl`` has no credentials;
    ``flights`` are the requests of one round that showed it.
    """

    shown: int
    rounds: int
    low: float
    high: float
    way: str
    overlapped: int
    spread: float
    serial: str
    observed: str
    curl: list[str]
    flights: list[FlightEntry] = []


class EvidenceEntry(Struct, frozen=True):
    """How far the finding is proven, and by what.

    ``window`` is what source shows, ``volley`` what an address was seen to do; the fields between
    ``window`` and ``reason`` need a witness.
    """

    level: LevelWord
    reason: str = ""
    explanation: str = ""
    phenomenon: str = ""
    schedule: str = ""
    replays: int = 0
    interleaving: list[Step] = []
    dependencies: list[Dependency] = []
    serial: list[OutcomeEntry] = []
    observed: OutcomeEntry | None = None
    window: WindowEntry | None = None
    volley: VolleyEntry | None = None


class SuppressionEntry(Struct, frozen=True):
    """Why a finding does not count: a comment beside the code, or the baseline."""

    kind: Literal["comment", "baseline"]
    reason: str
    place: Place | None = None


class EditEntry(Struct, frozen=True):
    """``text`` comes in the place of whole lines, from ``line`` to before ``end_line``, from 1."""

    line: int
    end_line: int
    text: str


class ChangeEntry(Struct, frozen=True):
    """The edits of one file."""

    path: str
    edits: list[EditEntry]


class FixEntry(Struct, frozen=True):
    """What removes the finding. An unsafe fix changes more than the race."""

    name: str
    description: str
    safety: Literal["safe", "unsafe", "none"]
    hint: str
    changes: list[ChangeEntry]


class TwinEntry(Struct, frozen=True):
    """The same race as another engine named it."""

    rule: str
    anomaly: str
    severity: SeverityWord
    confidence: str
    description: str
    fingerprint: str
    check: Place | None
    use: Place | None


class FindingEntry(Struct, frozen=True):
    """One race. ``twins`` are what other engines said of it, for which this finding stands."""

    rule: str
    title: str
    category: str
    severity: SeverityWord
    confidence: str
    description: str
    endpoint: str
    framework: str
    anomaly: str
    code_snippet: str
    remediation: str
    remediation_code: str
    reference: str
    evidence: EvidenceEntry
    check: Place | None
    use: Place | None
    requests: list[RequestEntry]
    also: list[list[RequestEntry]]
    cwe: str
    owasp: str
    fingerprint: str
    witness: str | None
    suppression: SuppressionEntry | None = None
    fixes: list[FixEntry] = []
    endpoints: list[str] = []
    twins: list[TwinEntry] = []


class FrameworkTest(Struct, frozen=True):
    """A finding in the words of one framework's test list."""

    endpoint: str
    test_type: TestType
    vulnerability: str
    recommendation: str


class OperationEntry(Struct, frozen=True):
    """An operation that was exercised, or skipped with a reason."""

    endpoint: str
    identity: str
    status: Literal["exercised", "skipped"]
    reason: str


class AnomalyEntry(Struct, frozen=True):
    """What a pair showed, in the words of `Finding.anomaly`, and how bad that is."""

    anomaly: str
    severity: SeverityWord


class AttackEntry(Struct, frozen=True):
    """How requests were sent to an address: of ``rounds`` so many showed something.

    ``spread`` is the median time between first and last release, in seconds.
    """

    check: str
    shown: int
    rounds: int
    way: str
    spread: float


class PairEntry(Struct, frozen=True):
    """Requests that were explored together, and what came of it."""

    requests: list[RequestEntry]
    verdict: VerdictWord
    schedules: int
    bound: str
    reason: str
    seconds: float
    findings: list[str]
    anomalies: list[AnomalyEntry]
    attack: AttackEntry | None = None


class FileEntry(Struct, frozen=True):
    """A source file that could not be analysed, and why."""

    path: str
    reason: str


class Tally(Struct, frozen=True):
    """What does not count: suppressed by comments, accepted in the baseline, not shown.

    ``hidden`` are findings of low confidence, which ``--pedantic`` shows; ``gone`` names what the
    baseline accepts and nothing raises any more; ``files`` were analysed.
    """

    suppressed: int
    accepted: int
    hidden: int
    gone: list[str]
    files: int


class PermissionEntry(Struct, frozen=True):
    """What an identity got from an operation; ``object`` is ``own``, ``foreign`` or unknown."""

    endpoint: str
    identity: str
    allowed: bool
    status: int
    object: Literal["own", "foreign", ""] = ""


class Report(Struct, frozen=True):
    """The report of one run of tocsin."""

    schema_version: int
    tool: Tool
    target: list[str]
    verdict: VerdictWord
    score: int | None
    grade: Grade | None
    interrupted: bool
    seconds: float
    schedules: int
    stores: list[str]
    findings: list[FindingEntry]
    operations: list[OperationEntry]
    pairs: list[PairEntry]
    authorization: list[PermissionEntry]
    notes: list[str]
    tally: Tally
    unread: list[FileEntry]
    fastapi_toctou_tests: list[FrameworkTest] | UnsetType = UNSET
    flask_toctou_tests: list[FrameworkTest] | UnsetType = UNSET
    django_toctou_tests: list[FrameworkTest] | UnsetType = UNSET
