"""From what the engines found to what the user is shown, and why the rest is not."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tocsin.model.finding import Finding, Witness
from tocsin.model.history import History
from tocsin.model.location import Location
from tocsin.model.verdict import FileResult
from tocsin.model.window import Crossing, Site, Window
from tocsin.report import baseline
from tocsin.report.document import Document
from tocsin.report.places import primary, slashed
from tocsin.rules.catalogue import codes
from tocsin.scan.correlate import correlated
from tocsin.scan.selection import Selection
from tocsin.source.suppress import suppress

_MARK = b"tocsin:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What to show.

    ``root`` is the configuration's folder, ``here`` the working directory. ``accepted`` are the
    entries of a baseline. ``sought`` are the rules that were looked for in the files that were
    read; about others a suppression that suppresses nothing is no news.
    """

    selection: Selection = field(default_factory=Selection)
    root: Path
    here: Path
    accepted: tuple[baseline.Entry, ...] = ()
    sought: frozenset[str] = frozenset()


def triage(document: Document, wishes: Wishes) -> Document:
    """Correlate, suppress, select, accept and hide, in this order.

    Paths become relative to ``here``. What is said of a finding, in a comment, in the baseline or
    by selecting its rule, is said of the one that stands for it too. Reads the files that findings
    and the source engine name, for the comments in them.
    """
    places = _Places(wishes.root, wishes.here)
    moved = tuple(places.moved(finding) for finding in document.findings)
    document = correlated(replace(document, findings=moved))
    findings = document.findings
    files = tuple(FileResult(places.shown(f.path), f.reason) for f in document.files)
    analysed = {file.path for file in files if not file.reason}
    judged = suppress(
        findings,
        _sources({*analysed, *_paths(moved)}, wishes.here),
        codes(),
        sought=wishes.sought & wishes.selection.codes,
        analysed=analysed,
    )
    wanted = [f for f in judged.findings if _wanted(f, wishes, places)]
    accepted, unused = baseline.accept(wanted, wishes.accepted)
    shown = tuple(finding for finding in accepted if not wishes.selection.hides(finding))
    return replace(
        document,
        findings=shown,
        files=tuple(f for f in files if not wishes.selection.excludes(places.relative(f.path))),
        notes=(*document.notes, *judged.notes),
        hidden=len(accepted) - len(shown),
        gone=tuple(str(each) for each in unused if _is_gone(each, document, analysed, wishes)),
    )


def _wanted(finding: Finding, wishes: Wishes, places: _Places) -> bool:
    """Whether the finding is asked for, by its own rule or by that of a twin."""
    return any(
        wishes.selection.wants(each, places.below_root(each)) for each in (finding, *finding.twins)
    )


def _is_gone(entry: baseline.Entry, document: Document, analysed: set[str], wishes: Wishes) -> bool:
    """Whether this run looked where the entry points to, and it is not there any more."""
    if document.interrupted or not wishes.selection.reports(entry.rule):
        return False
    if entry.path in analysed:
        return True
    if entry.path and not (wishes.here / entry.path).exists():
        return True
    exercised = {o.endpoint for o in document.operations if o.status == "exercised"}
    return entry.endpoint in exercised and not document.files


def _paths(findings: Iterable[Finding]) -> set[str]:
    return {place.path for f in findings for place in (f.check, f.use) if place is not None}


def _sources(paths: Iterable[str], here: Path) -> Mapping[str, bytes]:
    """The files with something in them that may be a suppression."""
    found: dict[str, bytes] = {}
    for path in sorted(paths):
        try:
            data = (here / path).read_bytes()
        except OSError:
            continue
        if _MARK in data.lower():
            found[path] = data
    return found


@dataclass(frozen=True, slots=True)
class _Places:
    """Engines name files from the working directory or from the project: one way of naming."""

    root: Path
    here: Path
    _known: dict[str, str] = field(default_factory=dict)

    def shown(self, path: str) -> str:
        """From the working directory where the file is below it, else as it was named there."""
        if path not in self._known:
            self._known[path] = self._shown(path)
        return self._known[path]

    def _shown(self, path: str) -> str:
        full = self._full(path)
        below = _below(full, self.here) if full is not None else None
        if below is not None or full is None or (self.here / path).exists():
            return slashed(below or path)
        return str(full)

    def relative(self, path: str) -> str:
        """From the configuration's folder where the file is below it, for patterns."""
        full = self._full(path)
        below = _below(full, self.root) if full is not None else None
        return slashed(below or path)

    def below_root(self, finding: Finding) -> str | None:
        place = primary(finding)
        return self.relative(place.path) if place is not None else None

    def moved(self, finding: Finding) -> Finding:
        """The finding with its places named from the working directory."""
        window, witness = finding.evidence.window, finding.evidence.witness
        evidence = replace(
            finding.evidence,
            window=self._window(window) if window is not None else None,
            witness=self._witness(witness) if witness is not None else None,
        )
        return replace(
            finding,
            check=self._place(finding.check),
            use=self._place(finding.use),
            evidence=evidence,
        )

    def _window(self, window: Window) -> Window:
        crossings = (Crossing(self._at(each.at), each.kind, each.text) for each in window.crossings)
        more = (Site(s.endpoint, self._at(s.check), self._at(s.use)) for s in window.more)
        return replace(
            window,
            check=self._at(window.check),
            use=self._at(window.use),
            crossings=tuple(crossings),
            more=tuple(more),
        )

    def _witness(self, witness: Witness) -> Witness:
        ops = tuple(replace(op, location=self._place(op.location)) for op in witness.history.ops)
        anomaly = replace(
            witness.anomaly,
            check_at=self._place(witness.anomaly.check_at),
            use_at=self._place(witness.anomaly.use_at),
        )
        return replace(witness, history=History(ops), anomaly=anomaly)

    def _place(self, place: Location | None) -> Location | None:
        return None if place is None else self._at(place)

    def _at(self, place: Location) -> Location:
        return replace(place, path=self.shown(place.path))

    def _full(self, path: str) -> Path | None:
        """The file itself; ``None`` when it is in neither place."""
        for base in (self.here, self.root):
            # abspath() keeps the symbolic links that resolve() follows.
            full = Path(os.path.abspath(base / path))  # noqa: PTH100
            if full.exists():
                return full
        return None


def _below(path: Path, folder: Path) -> str | None:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else None
