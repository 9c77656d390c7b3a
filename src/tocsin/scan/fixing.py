"""Source in, its fixes out: what is found, what of it is wanted, what a second scan confirms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tocsin.errors import NothingToDo
from tocsin.model import event
from tocsin.model.finding import Finding
from tocsin.model.rule import FixSafety
from tocsin.model.verdict import FileResult
from tocsin.report.document import Accumulator, Document
from tocsin.scan.source import finding
from tocsin.static.engine import Analysis, Report, analyse
from tocsin.static.fix.registry import GUARDS, REWRITES, WITHOUT_ROW_LOCKS
from tocsin.static.fix.repair import Contents, Fixed, Repair, Repairing

_SAFE = frozenset({FixSafety.SAFE})
_EVERY = frozenset({FixSafety.SAFE, FixSafety.UNSAFE})

_SQLITE = re.compile(rb"\bsqlite(\+\w+)?:/|django\.db\.backends\.sqlite3|sqlite3\.connect\(")
_NO_ROW_LOCKS = (
    "SQLite has no row locks: where it is the database, as the source says that it may be, what is "
    "fixed by a lock stays open"
)

Choose = Callable[[Document], Document]


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A file as it was read and as it would be."""

    path: str
    old: bytes
    new: bytes


@dataclass(frozen=True, slots=True)
class Plan:
    """What can be done about the findings in one folder or file.

    ``fixed`` is what ``files`` mend; ``unsafe`` is what could be mended if unsafe fixes were
    allowed; ``without`` are the findings that no fix removes; ``crowded`` those whose fix meets
    another; ``notes`` are sentences about files that could not be looked at.
    """

    files: tuple[Rewritten, ...]
    fixed: tuple[Fixed, ...]
    unsafe: tuple[Fixed, ...]
    without: tuple[Report, ...]
    crowded: tuple[Report, ...]
    notes: tuple[str, ...]


def plan(target: str, choose: Choose, *, unsafe: bool, guards: bool = False) -> Plan:
    """Read the source and say what to write; nothing is written.

    With ``guards`` calls of `tocsin.guard` come before all other ways to mend a finding.
    ``choose`` is the triage of a scan: what it suppresses or hides is not fixed. Raises
    `NothingToDo` where there is no Python.
    """
    root = Path(target)
    analysis = analyse(root)
    if not analysis.files:
        raise NothingToDo(f"{target}: no Python file to analyse")
    wanted = chosen(analysis, target, choose)

    def examine(contents: Contents) -> Sequence[Report]:
        return analyse(root, contents).reports if contents else analysis.reports

    sqlite = _names_sqlite(analysis.read)
    rewrites = WITHOUT_ROW_LOCKS if sqlite else REWRITES
    rewrites = (*GUARDS, *rewrites) if guards else rewrites
    repairing = Repairing(examine, _read, _EVERY if unsafe else _SAFE, rewrites)
    repair = repairing.run(wanted)
    rest = _with_unsafe(repairing, examine, repair) if not unsafe else None
    return Plan(
        files=tuple(
            Rewritten(path, repairing.originals[path], new)
            for path, new in sorted(repair.contents.items())
            if new != repairing.originals[path]
        ),
        fixed=repair.fixed,
        unsafe=rest.fixed if rest is not None else (),
        without=rest.left if rest is not None else repair.left,
        crowded=repair.crowded,
        notes=((_NO_ROW_LOCKS,) if sqlite and _locks(repair) else ())
        + tuple(f"{each.path} {each.reason}" for each in analysis.unread)
        + tuple(f"{path} cannot be rewritten: LibCST does not read it" for path in repair.unread),
    )


def with_fixes(document: Document, targets: Iterable[str]) -> Document:
    """The document with what would remove each finding of source, as the files are now.

    Of fixes that meet, the first one is told.
    """
    known: dict[tuple[str, str, int], Fixed] = {}
    for target in targets:
        root = Path(target)
        analysed = analyse(root)
        reports = analysed.reports

        def examine(
            contents: Contents, root: Path = root, reports: Sequence[Report] = reports
        ) -> Sequence[Report]:
            return analyse(root, contents).reports if contents else reports

        rewrites = WITHOUT_ROW_LOCKS if _names_sqlite(analysed.read) else REWRITES
        for fixed in Repairing(examine, _read, _EVERY, rewrites, rounds=1).run(reports).fixed:
            place = str(Path(fixed.at.path).resolve())
            known[fixed.code, place, fixed.at.line] = fixed
    return replace(document, findings=tuple(_fixable(each, known) for each in document.findings))


def _fixable(finding: Finding, known: Mapping[tuple[str, str, int], Fixed]) -> Finding:
    """The finding with its fix, or that of the twin which source knows."""
    for each in (finding, *finding.twins):
        at = each.check
        fixed = known.get((each.rule, str(Path(at.path).resolve()), at.line)) if at else None
        if at is not None and fixed is not None:
            changes = tuple(replace(change, path=at.path) for change in fixed.fix.changes)
            return replace(finding, fixes=(replace(fixed.fix, changes=changes),))
    return finding


def chosen(analysis: Analysis, target: str, choose: Choose) -> tuple[Report, ...]:
    """The findings that a scan would show and count."""
    accumulator = Accumulator()
    accumulator.add(event.RunStarted("static", target, ""))
    for path in analysis.read:
        accumulator.add(event.FileSeen(FileResult(path)))
    made = [(finding(report), report) for report in analysis.reports]
    for each, _ in made:
        accumulator.add(event.FindingRaised(each))
    live = {each.fingerprint for each in choose(accumulator.document()).live}
    return tuple(report for each, report in made if each.fingerprint in live)


def _names_sqlite(paths: Iterable[str]) -> bool:
    """Whether the source says that its database is, or may be, SQLite."""
    return any(_SQLITE.search(_read(path)) for path in paths)


def _locks(repair: Repair) -> bool:
    names = {each.name for each in REWRITES if each.locks}
    return any(each.fix.name in names for each in repair.fixed)


def _with_unsafe(
    repairing: Repairing, examine: Callable[[Contents], Sequence[Report]], repair: Repair
) -> Repair:
    """What more there would be with unsafe fixes: tried as well, since only that tells."""
    again = Repairing(
        examine,
        _read,
        _EVERY,
        repairing.rewrites,
        originals=dict(repairing.originals),
        contents=dict(repair.contents),
    )
    return again.run(repair.left)


def _read(path: str) -> bytes:
    return Path(path).read_bytes()
