"""From a proof to a finding: rule, words, severity, what to write instead, fingerprint."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tocsin.explore.messages import Proof
from tocsin.model.anomaly import Anomaly, Name
from tocsin.model.finding import Evidence, Finding, Witness
from tocsin.model.history import Op
from tocsin.model.location import Location
from tocsin.model.verdict import Level, RequestRef
from tocsin.report.remediation import orm_of, remediation


@dataclass(frozen=True, slots=True)
class Kind:
    """What a name of an anomaly means to a reader of reports."""

    rule: str
    title: str
    category: str
    owasp: str
    cwe: str = "CWE-367"


_FLOWS = ("Unrestricted Access to Sensitive Business Flows", "API6:2023")
_OBJECTS = ("BOLA/IDOR", "API1:2023")

KINDS: Mapping[Name, Kind] = {
    Name.STALE_AUTHORIZATION: Kind("TOC101", "Stale authorization", *_OBJECTS),
    Name.STALE_CHECK: Kind("TOC201", "Stale check", *_FLOWS),
    Name.DOUBLE_SUBMIT: Kind("TOC201", "Double submit", *_FLOWS),
    Name.LIMIT_OVERRUN: Kind("TOC201", "Limit overrun", *_FLOWS),
    Name.LOST_UPDATE: Kind("TOC202", "Lost update", *_FLOWS, "CWE-362"),
    Name.WRITE_SKEW: Kind("TOC201", "Write skew", *_FLOWS, "CWE-362"),
    Name.DUPLICATE_CREATE: Kind("TOC205", "Duplicate create", *_FLOWS),
    Name.READ_SKEW: Kind("TOC213", "Read skew", *_FLOWS, "CWE-362"),
    Name.CRASH: Kind("TOC205", "Crash under concurrency", *_FLOWS, "CWE-362"),
    Name.DEADLOCK: Kind("TOC207", "Deadlock", *_FLOWS, "CWE-833"),
    Name.INVARIANT: Kind("TOC201", "Invariant violated", *_FLOWS, "CWE-362"),
}
_TELLING = (
    Name.STALE_AUTHORIZATION.value,
    Name.WRITE_SKEW.value,
    Name.LIMIT_OVERRUN.value,
    Name.DUPLICATE_CREATE.value,
    Name.DOUBLE_SUBMIT.value,
    Name.LOST_UPDATE.value,
)
"""What says more of a race comes first."""

_MEMORY_RULE = "TOC402"
_FILE_RULE = "TOC301"
_COUNT_RULE = "TOC204"
_RELATIVE_RULE = "TOC203"
RULES: frozenset[str] = frozenset(
    {*(kind.rule for kind in KINDS.values()), _MEMORY_RULE, _FILE_RULE, _COUNT_RULE, _RELATIVE_RULE}
)
"""Every rule that exploring can raise."""


def finding(
    proof: Proof, refs: Sequence[RequestRef], framework: str, modules: Sequence[str]
) -> Finding:
    """The finding that a proof makes, with ``refs`` naming its requests in order."""
    witness, anomaly = proof.witness, proof.witness.anomaly
    kind = KINDS[anomaly.name]
    by_task = {r.name: ref for r, ref in zip(witness.requests, refs, strict=True)}
    endpoint = by_task[anomaly.victim].endpoint if anomaly.victim in by_task else refs[0].endpoint
    use = _op(witness, anomaly.use)
    place = anomaly.check_at or anomaly.use_at
    return Finding(
        rule=_rule(kind, anomaly, witness),
        title=f"{kind.title} in {endpoint}",
        description=_description(anomaly, by_task),
        category=kind.category,
        severity=proof.severity,
        confidence="certain",
        endpoint=endpoint,
        framework=framework,
        anomaly=anomaly.name.value,
        requests=tuple(refs),
        evidence=Evidence(Level.PROVEN, witness),
        remediation=remediation(anomaly.name, orm_of(framework, _store(use, witness), modules)),
        fingerprint=_fingerprint(kind, anomaly, endpoint),
        check=anomaly.check_at,
        use=anomaly.use_at,
        code_snippet=place.code if place is not None else "",
        cwe=kind.cwe,
        owasp=kind.owasp,
    )


def same_cause(one: Finding, other: Finding) -> bool:
    """Whether the same unprotected code is behind both.

    It is where their windows, from check to use, overlap in one function, or where both check in
    one function and have their use at one line of another. A finding without a window is that of
    the same endpoints' other. What has one fingerprint is one finding.
    """
    if one.fingerprint == other.fingerprint:
        return True
    if one.check is None or one.use is None or other.check is None or other.use is None:
        return _endpoints(one) == _endpoints(other)
    mine, theirs = (one.check, one.use), (other.check, other.use)
    if [_function(place) for place in mine] != [_function(place) for place in theirs]:
        return False
    if _function(one.check) != _function(one.use):
        return _place(one.use) == _place(other.use)
    return one.check.line <= other.use.line and other.check.line <= one.use.line


def telling(finding: Finding) -> tuple[int, bool, int, bool, str]:
    """Of findings with one cause the one that tells the most has the greatest of these."""
    rank = -_TELLING.index(finding.anomaly) if finding.anomaly in _TELLING else -len(_TELLING)
    witness = finding.evidence.witness
    asserted = witness is not None and bool(witness.invariants)
    return finding.severity.rank, finding.use is not None, rank, asserted, finding.fingerprint


def _endpoints(finding: Finding) -> list[str]:
    return sorted(ref.endpoint for ref in finding.requests)


def _function(place: Location) -> tuple[str, str]:
    return place.path, place.function


def _place(place: Location) -> tuple[str, str, str]:
    return place.path, place.function, place.code


def _op(witness: Witness, index: int | None) -> Op | None:
    ops = witness.history.ops
    return ops[index] if index is not None and index < len(ops) else None


def _store(use: Op | None, witness: Witness) -> str:
    for op in (use, *reversed(witness.history.ops)):
        if op is not None and op.accesses:
            return op.accesses[0].item.store
    return ""


def _rule(kind: Kind, anomaly: Anomaly, witness: Witness) -> str:
    use, check = _op(witness, anomaly.use), _op(witness, anomaly.check)
    store = _store(use, witness)
    if anomaly.name in {Name.STALE_AUTHORIZATION, Name.DEADLOCK}:
        return kind.rule
    if store in {"memory", "file"}:
        return _MEMORY_RULE if store == "memory" else _FILE_RULE
    if anomaly.name is Name.LIMIT_OVERRUN and check is not None and "COUNT(" in check.label.upper():
        return _COUNT_RULE
    if anomaly.name is Name.LIMIT_OVERRUN and use is not None and _relative(use.label):
        return _RELATIVE_RULE
    return kind.rule


def _relative(label: str) -> bool:
    assignments = label.upper().partition(" SET ")[2].partition(" WHERE ")[0]
    return " - ?" in assignments or " + ?" in assignments


_SENTENCES: Mapping[Name, str] = {
    Name.STALE_AUTHORIZATION: (
        "{victim} acts on an authorization that {other} has taken away before: {other} was "
        "answered, and {victim} still has its effect."
    ),
    Name.STALE_CHECK: (
        "{victim} acts on an answer that {other} has changed before: {other} was finished when "
        "{victim} had its effect."
    ),
    Name.DOUBLE_SUBMIT: (
        "{victim} and {other} both pass a check that lets only one of them pass in any order."
    ),
    Name.LIMIT_OVERRUN: (
        "{victim} and {other} together go past a limit that stops the second one in any order."
    ),
    Name.LOST_UPDATE: "{victim} overwrites what {other} has just written: one change is lost.",
    Name.WRITE_SKEW: (
        "{victim} and {other} each check what the other is about to change; together they break "
        "what both checked."
    ),
    Name.DUPLICATE_CREATE: ("{victim} and {other} both look, find nothing, and both create it."),
    Name.READ_SKEW: "{victim} answers with a mixture of states before and after {other}.",
    Name.CRASH: "{victim} fails with a server error because {other} came in between.",
    Name.DEADLOCK: "{victim} and {other} wait for each other's locks.",
    Name.INVARIANT: "{victim} and {other} together break what must always hold.",
}


def _description(anomaly: Anomaly, refs: Mapping[str, RequestRef]) -> str:
    def who(task: str) -> str:
        ref = refs.get(task)
        return f"{task} ({ref.endpoint} as {ref.identity})" if ref is not None else task

    sentence = _SENTENCES[anomaly.name].format(victim=who(anomaly.victim), other=who(anomaly.other))
    words = [sentence, anomaly.explanation]
    if anomaly.needs_free_threading:
        words.append("Under the GIL no thread is switched here: only a free-threaded build races.")
    if anomaly.needs_processes:
        words.append("One event loop does not switch here: it takes two worker processes.")
    return " ".join(word for word in words if word)


def _fingerprint(kind: Kind, anomaly: Anomaly, endpoint: str) -> str:
    """The same as long as the code in question is; line numbers do not enter."""
    places = [_place(p) for p in (anomaly.check_at, anomaly.use_at) if p is not None]
    text = repr((kind.rule, anomaly.name.value, endpoint, places))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
