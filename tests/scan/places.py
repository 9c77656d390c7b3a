"""Findings of two engines about small pieces of code."""

from __future__ import annotations

from tocsin.model.finding import Evidence, Finding, Remediation
from tocsin.model.location import Location
from tocsin.model.verdict import Level, PairResult, RequestRef, Severity, Verdict
from tocsin.model.window import Site, Window

CANCEL = "POST /orders/{order_id}/cancel"
SHIP = "POST /orders/{order_id}/ship"
PATH = "shop/orders.py"


def at(line: int, function: str = "cancel", path: str = PATH) -> Location:
    return Location(path, line, function, f"line {line}")


def ref(endpoint: str, identity: str = "alice") -> RequestRef:
    return RequestRef(endpoint, identity, "A")


def suspected(
    check: Location,
    use: Location,
    *endpoints: str,
    more: tuple[Site, ...] = (),
    pairs: tuple[tuple[str, str], ...] = ((CANCEL, CANCEL),),
    fingerprint: str = "of source",
) -> Finding:
    """What source raises."""
    names = endpoints or (CANCEL,)
    window = Window(check, use, more=more, pairs=pairs)
    return _finding(
        "TOC207",
        names[0],
        Evidence(Level.SUSPECTED, window=window),
        check,
        use,
        endpoints=names,
        fingerprint=fingerprint,
        confidence="medium",
    )


def proven(
    check: Location | None,
    use: Location | None,
    *requests: str,
    also: tuple[tuple[RequestRef, ...], ...] = (),
    fingerprint: str = "of a run",
) -> Finding:
    """What a run raises; its witness is of no matter here."""
    asked = requests or (CANCEL, CANCEL)
    return _finding(
        "TOC201",
        asked[0],
        Evidence(Level.PROVEN),
        check,
        use,
        requests=tuple(map(ref, asked)),
        also=also,
        fingerprint=fingerprint,
        confidence="certain",
    )


def pair(
    one: str, other: str, verdict: Verdict = Verdict.HOLDS, schedules: int = 30, reason: str = ""
) -> PairResult:
    bound = "every schedule with at most 2 preemptions" if verdict is Verdict.HOLDS else ""
    return PairResult((ref(one), ref(other)), verdict, schedules, bound, reason)


def _finding(
    rule: str,
    endpoint: str,
    evidence: Evidence,
    check: Location | None,
    use: Location | None,
    *,
    fingerprint: str,
    confidence: str,
    requests: tuple[RequestRef, ...] = (),
    also: tuple[tuple[RequestRef, ...], ...] = (),
    endpoints: tuple[str, ...] = (),
) -> Finding:
    return Finding(
        rule=rule,
        title=f"a race in {endpoint}",
        description=f"{rule} says what happens.",
        category="Business flow",
        severity=Severity.HIGH,
        confidence=confidence,
        endpoint=endpoint,
        framework="fastapi",
        anomaly="double submit",
        requests=requests,
        evidence=evidence,
        remediation=Remediation("Lock it."),
        fingerprint=fingerprint,
        check=check,
        use=use,
        also=also,
        endpoints=endpoints,
    )
