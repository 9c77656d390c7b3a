"""The one thing in which every engine's work ends."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.model.anomaly import Anomaly
from tocsin.model.fix import Fix
from tocsin.model.history import History
from tocsin.model.http import Request, Response
from tocsin.model.invariant import Invariant
from tocsin.model.location import Location
from tocsin.model.schedule import Schedule
from tocsin.model.suppression import Suppression
from tocsin.model.verdict import Level, RequestRef, Severity
from tocsin.model.volley import VolleyEvidence
from tocsin.model.window import Window


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything a client and an auditor can see of a run, in canonical form.

    ``state`` is ``{store/table: rows}`` and so on, as JSON text: two outcomes are the same when
    they are equal. ``responses`` are normalised too and carry the task's name.
    """

    responses: tuple[tuple[str, int, str], ...]
    state: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SerialOutcome:
    """What one serial order gives. ``order`` lists the tasks that took effect."""

    order: tuple[str, ...]
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Witness:
    """The proof. It holds all that ``tocsin replay`` needs but credentials.

    ``requests`` have their credentials removed: identities are looked up again by name.
    """

    requests: tuple[Request, ...]
    schedule: Schedule
    history: History
    serial: tuple[SerialOutcome, ...]
    observed: Outcome
    anomaly: Anomaly
    masks: tuple[str, ...] = ()
    observers: tuple[Request, ...] = ()
    invariants: tuple[Invariant, ...] = ()
    level: str = "statement"
    replays: int = 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """How far the finding is proven and by what."""

    level: Level
    witness: Witness | None = None
    reason: str = ""
    window: Window | None = None
    volley: VolleyEvidence | None = None


@dataclass(frozen=True, slots=True)
class Remediation:
    """What to write instead: a sentence, and code for the user's framework and ORM."""

    summary: str
    code: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A race: where, what, how bad, how sure, how to mend it.

    ``category`` is the OWASP API category in the words of the report's readers, ``fingerprint``
    stays the same when lines move. ``confidence`` is ``certain`` (proven), ``high``, ``medium`` or
    ``low``. ``endpoints`` are all that run through the code, where more than one is known to.
    ``twins`` are the same race as another engine found it: this finding stands for them. One with
    a ``suppression`` is reported as such and does not count. ``declared`` is where a document
    describes the endpoint, for findings that no line of source is known of.
    """

    rule: str
    title: str
    description: str
    category: str
    severity: Severity
    confidence: str
    endpoint: str
    framework: str
    anomaly: str
    requests: tuple[RequestRef, ...]
    evidence: Evidence
    remediation: Remediation
    fingerprint: str
    check: Location | None = None
    use: Location | None = None
    code_snippet: str = ""
    cwe: str = "CWE-367"
    owasp: str = ""
    witness_path: str | None = None
    also: tuple[tuple[RequestRef, ...], ...] = ()
    suppression: Suppression | None = None
    fixes: tuple[Fix, ...] = ()
    endpoints: tuple[str, ...] = ()
    twins: tuple[Finding, ...] = ()
    declared: Location | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A response as reports show it: status and shortened text, nothing secret."""

    task: str
    response: Response
