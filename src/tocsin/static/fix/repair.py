"""Fixes composed, tried by a new scan, and taken back where the finding stays.

Nothing is written here: contents in, contents out. Each round proposes fixes for what is still
found, applies those that do not touch the same lines, and looks again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tocsin.model.fix import Fix
from tocsin.model.location import Location
from tocsin.model.rule import FixSafety
from tocsin.static.engine import Report
from tocsin.static.fix.base import Rewrite
from tocsin.static.fix.edits import applied, overlap
from tocsin.static.fix.imports import added
from tocsin.static.fix.propose import Proposal, Trees, proposals
from tocsin.static.fix.registry import REWRITES
from tocsin.static.fix.tree import Tree

Contents = Mapping[str, bytes]
Examine = Callable[[Contents], Sequence[Report]]
Cause = tuple[str, str, str, str, str]
"""What makes a finding the same before and after: file, functions, items. Lines move."""

_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Fixed:
    """A finding that is gone, and what was done about it."""

    code: str
    at: Location
    fix: Fix


@dataclass(frozen=True, slots=True)
class Repair:
    """What came of it: ``contents`` of the files that change, what was fixed, what is left.

    ``crowded`` are findings whose fixes touch lines that another fix has changed, ``unread`` files
    that cannot be parsed.
    """

    contents: Contents
    fixed: tuple[Fixed, ...]
    left: tuple[Report, ...]
    crowded: tuple[Report, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class _Candidate:
    """A finding with its proposals, and which of them is next.

    It waits while another finding of the same cause is tried alone.
    """

    report: Report
    proposals: tuple[Proposal, ...]
    chosen: int = 0
    waits: bool = False

    @property
    def proposal(self) -> Proposal | None:
        return self.proposals[self.chosen] if self.chosen < len(self.proposals) else None


@dataclass(slots=True, eq=False)
class Repairing:
    """The state of a repair. ``examine`` scans the project as it would be with other contents."""

    examine: Examine
    read: Callable[[str], bytes]
    allowed: frozenset[FixSafety]
    rewrites: tuple[Rewrite, ...] = REWRITES
    rounds: int = _ROUNDS
    originals: dict[str, bytes] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    fixed: list[Fixed] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)

    def run(self, wanted: Sequence[Report]) -> Repair:
        """Fix what can be fixed of the wanted findings.

        Findings that nobody wanted (suppressed, not selected) are not touched in later rounds
        either: they are told apart by their cause.
        """
        found = list(self.examine(self.contents))
        chosen = {(cause(each), each.judge.code, each.window.check.at) for each in wanted}
        left = [r for r in found if (cause(r), r.judge.code, r.window.check.at) in chosen]
        spared = {cause(each) for each in found if each not in left}
        causes = {cause(each) for each in left} - spared
        crowded: tuple[Report, ...] = ()
        for _ in range(self.rounds):
            done, crowded = self._round(found, left)
            if not done:
                break
            found = list(self.examine(self.contents))
            left = [each for each in found if cause(each) in causes]
        return Repair(
            dict(self.contents), tuple(self.fixed), tuple(left), crowded, tuple(sorted(self.unread))
        )

    def _round(
        self, found: Sequence[Report], left: Sequence[Report]
    ) -> tuple[bool, tuple[Report, ...]]:
        before = Counter(map(cause, found))
        candidates = self._candidates(left)
        while True:
            applied_now, crowded = _composed(candidates)
            if not applied_now:
                return False, crowded
            contents = self._with(applied_now)
            failed = _failed(applied_now, before, Counter(map(cause, self.examine(contents))))
            if not failed:
                self._keep(applied_now, contents)
                return True, crowded
            for group in _by_cause(failed):
                _advance(group, candidates)

    def _candidates(self, left: Sequence[Report]) -> list[_Candidate]:
        contents = dict(self.contents)
        for report in left:
            path = report.window.check.at.path
            if path not in contents:
                contents[path] = self._original(path)
        trees = Trees(contents, self._original)
        candidates = []
        for report in left:
            made = (
                p for p in proposals(report, trees, self.rewrites) if p.fix.safety in self.allowed
            )
            candidates.append(_Candidate(report, tuple(made)))
        self.unread |= trees.unread
        return candidates

    def _with(self, candidates: Iterable[_Candidate]) -> Contents:
        by_path: dict[str, list[Proposal]] = {}
        for candidate in candidates:
            proposal = candidate.proposal
            for path in dict.fromkeys(c.path for c in proposal.fix.changes) if proposal else ():
                by_path.setdefault(path, []).append(proposal)  # type: ignore[arg-type]
        made = {path: self._composed(path, each) for path, each in by_path.items()}
        return {**self.contents, **made}

    def _composed(self, path: str, chosen: Sequence[Proposal]) -> bytes:
        tree = Tree.read(self.contents[path] if path in self.contents else self._original(path))
        changes = [change for each in chosen for change in each.fix.changes if change.path == path]
        text = applied(tree.module.code, [edit for change in changes for edit in change.edits])
        wanted = [each for proposal in chosen for each in proposal.imports.get(path, ())]
        module = Tree.read(text.encode(tree.module.encoding)).module
        return added(module, wanted).bytes if wanted else module.bytes

    def _original(self, path: str) -> bytes:
        """What a file held before anything was done to it."""
        if path not in self.originals:
            self.originals[path] = self.read(path)
        return self.originals[path]

    def _keep(self, candidates: Iterable[_Candidate], contents: Contents) -> None:
        self.contents = dict(contents)
        for candidate in candidates:
            if candidate.proposal is not None:
                report = candidate.report
                at, code = report.window.check.at, report.judge.code
                self.fixed.append(Fixed(code, at, candidate.proposal.whole))


def cause(report: Report) -> Cause:
    """What a finding is about, whatever its lines and its rule are."""
    check, use = report.window.check, report.window.use.effect
    return (
        check.at.path,
        check.at.function,
        use.at.function,
        check.item.name if check.item else report.judge.code,
        use.item.name if use.item else "",
    )


def _by_cause(candidates: Iterable[_Candidate]) -> list[list[_Candidate]]:
    groups: dict[Cause, list[_Candidate]] = {}
    for each in candidates:
        groups.setdefault(cause(each.report), []).append(each)
    return list(groups.values())


def _advance(failed: Sequence[_Candidate], candidates: Iterable[_Candidate]) -> None:
    """The next proposal, where one has failed; one at a time, where nobody knows which."""
    first, *others = failed
    for each in others:
        each.waits = True
    if others:
        return
    first.chosen += 1
    if first.proposal is None:
        for each in candidates:
            if cause(each.report) == cause(first.report):
                each.waits = False


def _composed(
    candidates: Sequence[_Candidate],
) -> tuple[list[_Candidate], tuple[Report, ...]]:
    """Those whose edits do not meet, the first ones first; and those that have to wait."""
    chosen: list[_Candidate] = []
    crowded: list[Report] = []
    for candidate in candidates:
        proposal = candidate.proposal
        if proposal is None or candidate.waits:
            continue
        others = [each.proposal for each in chosen if each.proposal is not None]
        if any(_meet(proposal, other) for other in others):
            crowded.append(candidate.report)
        else:
            chosen.append(candidate)
    return chosen, tuple(crowded)


def _meet(one: Proposal, other: Proposal) -> bool:
    """Whether both change the same lines, or want one name in a file to mean different things."""
    return any(
        mine.path == theirs.path and overlap(mine.edits, theirs.edits)
        for mine in one.fix.changes
        for theirs in other.fix.changes
    ) or any(
        mine.bound == theirs.bound and mine != theirs
        for path, wanted in one.imports.items()
        for mine in wanted
        for theirs in other.imports.get(path, ())
    )


def _failed(
    chosen: Sequence[_Candidate], before: Counter[Cause], after: Counter[Cause]
) -> list[_Candidate]:
    """Those whose finding is still there, and those that may have made another."""
    planned = Counter(cause(each.report) for each in chosen)
    failed = [
        each
        for each in chosen
        if after[cause(each.report)] > before[cause(each.report)] - planned[cause(each.report)]
    ]
    if failed:
        return failed
    new = {key for key in after if after[key] > before[key]}
    blamed = [c for c in chosen if any(key[:2] == cause(c.report)[:2] for key in new)]
    blamed = blamed or [c for c in chosen if any(key[0] == cause(c.report)[0] for key in new)]
    return blamed or (list(chosen) if new else [])
