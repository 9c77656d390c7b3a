"""Places and findings as other tools' formats want them: pure functions shared by those outputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from urllib.parse import quote

from tocsin.model.finding import Finding
from tocsin.model.history import Op, OpKind
from tocsin.model.location import Location
from tocsin.report.words import clean, mark, short_sql


@dataclass(frozen=True, slots=True)
class Step:
    """One station of a window. ``request`` names the task; ``order`` counts over all of them."""

    at: Location
    text: str
    request: str = ""
    order: int = 0
    essential: bool = False


def slashed(path: str) -> str:
    """The path with ``/``, as repositories name their files."""
    text = PureWindowsPath(path).as_posix() if "\\" in path else path
    return str(PurePosixPath(text))


def uri(path: str) -> str:
    """The path as a URI reference; absolute where the path is."""
    plain = slashed(path)
    if PureWindowsPath(path).drive and PureWindowsPath(path).is_absolute():
        return "file:///" + quote(plain, safe="/:", errors="replace")
    return ("file://" if plain.startswith("/") else "") + quote(plain, errors="replace")


def primary(finding: Finding) -> Location | None:
    """Where a reader begins: at the check, at the use, or where the endpoint is described."""
    return finding.check or finding.use or finding.declared


def essential_steps(finding: Finding) -> tuple[Step, ...]:
    """Check, what comes in between, use: the least that shows the race."""
    if finding.evidence.witness is not None:
        return tuple(step for step in witnessed(finding) if step.essential)
    return window_steps(finding)


def window_steps(finding: Finding) -> tuple[Step, ...]:
    """Check, crossings and use as source shows them; of a run alone, nothing."""
    window = finding.evidence.window
    if window is None and finding.evidence.witness is not None:
        return ()
    check = (window.check if window else None) or finding.check
    use = (window.use if window else None) or finding.use
    found = [Step(check, "check: this answer is trusted")] if check is not None else []
    for crossing in window.crossings if window else ():
        words = crossing.text or crossing.kind.value
        found.append(Step(crossing.at, f"another request may run here: {words}"))
    if use is not None:
        found.append(Step(use, "use: this trusts the check"))
    return tuple(found)


def witnessed(finding: Finding) -> Iterator[Step]:
    """The operations of the requests in the order in which they happened, where code is known."""
    witness = finding.evidence.witness
    if witness is None:
        return
    for op in witness.history.ops:
        if op.location is None:
            continue
        role = mark(op, witness.anomaly)
        yield Step(op.location, _said(op, role), op.task, op.index + 1, bool(role))


_ROLES = {"check": "check", "write": "written in between", "use": "use"}


def _said(op: Op, role: str) -> str:
    label = clean(op.label)
    text = (short_sql(label) if op.kind is OpKind.STATEMENT else label) or op.kind.value
    words = f"{op.task}: {text}"
    return f"{words} ({_ROLES[role]})" if role else words
