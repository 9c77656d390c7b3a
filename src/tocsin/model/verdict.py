"""What exploring a pair of requests came to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from tocsin.model.volley import Attacked


class Verdict(StrEnum):
    """``holds`` is a certificate within the bound; the last two say why there is none."""

    VIOLATED = "violated"
    HOLDS = "holds"
    INCONCLUSIVE = "inconclusive"
    NOT_CONTROLLED = "not_controlled"


class Level(StrEnum):
    """How far a finding is proven."""

    SUSPECTED = "suspected"
    OBSERVED = "observed"
    PROVEN = "proven"
    NOT_REPRODUCED = "not_reproduced"


class Severity(StrEnum):
    """How bad; ``rank`` orders them, most severe highest."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        return _RANK[self]


_RANK = {
    Severity.INFO: 0,
    Severity.LOW: 1,
    Severity.MEDIUM: 2,
    Severity.HIGH: 3,
    Severity.CRITICAL: 4,
}


@dataclass(frozen=True, slots=True)
class RequestRef:
    """A request as reports name it."""

    endpoint: str
    identity: str
    name: str


@dataclass(frozen=True, slots=True)
class PairResult:
    """One line of ``pairs[]``: the requests, the verdict, how many schedules, within what bound.

    ``anomalies`` is what this pair showed, each with its severity; a finding may have been raised
    for another pair with the same cause, and bear the name of what came of it there. ``attack`` is
    how requests were sent to an address.
    """

    requests: tuple[RequestRef, ...]
    verdict: Verdict
    schedules: int = 0
    bound: str = ""
    reason: str = ""
    seconds: float = 0.0
    findings: tuple[str, ...] = ()
    anomalies: tuple[tuple[str, Severity], ...] = ()
    attack: Attacked | None = None


LEFT_OUT = "left out by --only or --skip"
"""Why an operation was not exercised, where the user did not want it."""


@dataclass(frozen=True, slots=True)
class OperationResult:
    """One line of ``operations[]``: exercised, or skipped and why."""

    endpoint: str
    identity: str
    status: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Permission:
    """One cell of the authorization matrix: what an identity got from an operation.

    ``object`` is ``own`` or ``foreign`` where it is known whose thing was asked for.
    """

    endpoint: str
    identity: str
    allowed: bool
    status: int
    object: Literal["own", "foreign", ""] = ""


@dataclass(frozen=True, slots=True)
class FileResult:
    """A source file that was analysed; with a ``reason``, one that could not be."""

    path: str
    reason: str = ""
