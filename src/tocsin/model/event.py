"""What engines say while they work: one stream, read by reports, progress bars and services."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.model.finding import Finding
from tocsin.model.verdict import FileResult, OperationResult, PairResult, Permission


@dataclass(frozen=True, slots=True)
class RunStarted:
    """An engine begins on a target. ``framework`` is ``fastapi``, ``flask``, ``django`` or ````."""

    engine: str
    target: str
    framework: str = ""
    stores: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """How many units of work (pairs) are ahead; said again when the number changes."""

    units: int


@dataclass(frozen=True, slots=True)
class OperationSeen:
    """One operation was exercised, or skipped with a reason."""

    result: OperationResult


@dataclass(frozen=True, slots=True)
class FileSeen:
    """One source file was analysed, or could not be."""

    result: FileResult


@dataclass(frozen=True, slots=True)
class PermissionSeen:
    """One cell of the authorization matrix."""

    permission: Permission


@dataclass(frozen=True, slots=True)
class UnitFinished:
    """A pair was judged."""

    result: PairResult


@dataclass(frozen=True, slots=True)
class FindingRaised:
    """A finding, whole. ``replaces`` is the fingerprint of one that was raised for its cause."""

    finding: Finding
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class Noted:
    """Something the reader should know: never silence."""

    message: str


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The engine is done. ``interrupted`` when it was stopped before its plan was."""

    engine: str
    target: str
    seconds: float
    schedules: int = 0
    interrupted: bool = False


Event = (
    RunStarted
    | Planned
    | OperationSeen
    | FileSeen
    | PermissionSeen
    | UnitFinished
    | FindingRaised
    | Noted
    | RunFinished
)
