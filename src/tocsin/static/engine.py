"""The static engine: a folder in, findings out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import TypeVar

from tocsin.model.location import Location
from tocsin.model.window import Site
from tocsin.source.files import Unread
from tocsin.source.memory import deep, roomy, uncollected
from tocsin.source.project import Project
from tocsin.static.account import Ranked
from tocsin.static.caveats import Caveat, once
from tocsin.static.crew import crew, processors, together
from tocsin.static.effect import Item
from tocsin.static.entries import GIVEN
from tocsin.static.judging import Report
from tocsin.static.selection import Entries
from tocsin.static.shard import Seen, Skimmed, Twofold, shares
from tocsin.static.window import Trust
from tocsin.static.world import World

T = TypeVar("T")

__all__ = ["Analysis", "Report", "analyse"]

Cause = tuple[str, Location, str]


@dataclass(frozen=True, slots=True)
class Analysis:
    """What came of a folder: findings in source order, and what was and was not read.

    ``caveats`` are what holds in one process only; of ``cut`` traces the end was not kept.
    """

    reports: tuple[Report, ...]
    files: int
    read: tuple[str, ...]
    unread: tuple[Unread, ...]
    frameworks: tuple[str, ...]
    notebooks: int = 0
    caveats: tuple[Caveat, ...] = ()
    cut: int = 0


@deep()
@uncollected()
@roomy
def analyse(
    root: Path, instead: Mapping[str, bytes] | None = None, cache: Path | None = None
) -> Analysis:
    """Read the source at ``root`` and judge it. Nothing of it is imported or run.

    ``instead`` are contents, by path, that files would have: what a fix would make of them. A big
    project is read in parts, each by a processor of its own. With a ``cache`` folder, what did not
    change since it was last read is not interpreted again.
    """
    project = Project.read(root, instead)
    parts = shares(project.files, processors())
    with crew(parts, project, instead, None if instead else cache) as members:
        found: dict[str, Entries] = {}
        for each in together(members, "found"):
            found |= each
        seen = Seen()
        for each in together(members, "routed", [found] * len(members)):
            seen |= each
        reached = together(members, "rest", [seen] * len(members))
        earlier = [frozenset[object]().union(*reached[:index]) for index in range(len(members))]
        worlds: list[Twofold[World]] = together(members, "world", earlier)
        world = World(settings=worlds[0][1].settings)
        for each in _in_order(worlds):
            world.join(each)
        told: list[Twofold[list[Ranked]]] = together(members, "judged", [world] * len(members))
        skimmed: list[Skimmed] = together(members, "skimmed")
    read = {path for each in skimmed for path in each.read}
    unread = {gone for each in skimmed for gone in each.unread}
    return Analysis(
        reports=_reports(report for each in _in_order(told) for report in each),
        files=len(project.files),
        read=tuple(sorted(read)),
        unread=tuple(sorted(unread, key=lambda each: each.path)),
        frameworks=tuple(dict.fromkeys(chain(*_by_piece(each.frameworks for each in skimmed)))),
        notebooks=project.notebooks,
        caveats=once(note for each in skimmed for note in each.caveats),
        cut=sum(each.cut for each in skimmed),
    )


def _in_order(every: Sequence[Twofold[T]]) -> Iterator[T]:
    """What the routes of all parts gave, then what their other functions did."""
    yield from _by_piece(first for first, _ in every)
    yield from (second for _, second in every)


def _by_piece(every: Iterable[Mapping[int, T]]) -> Iterator[T]:
    """What the routes gave, in their order, whichever part was dealt them."""
    dealt = chain(*(each.items() for each in every))
    yield from (given for _, given in sorted(dealt, key=itemgetter(0)))


def _reports(every: Iterable[tuple[int, Report]]) -> tuple[Report, ...]:
    """One report for each root cause: a check with what it is used on, a use with its checks."""
    found = list(every)
    found.sort(key=lambda each: (each[0], each[1].window.check.at, each[1].window.use.effect.at))
    kept: list[_Joined] = []
    causes: dict[Cause, _Joined] = {}
    for _, report in found:
        first, second = _causes(report)
        known = causes.get(first) or causes.get(second)
        if known is None:
            known = causes[first] = causes[second] = _Joined(report)
            kept.append(known)
        else:  # what joins claims nothing: its other end may be the end of something else
            known.join(report)
    joined = [each.report() for each in kept]
    reports = [each for each in _rights(_generic(joined)) if not _somebody_else(each, joined)]
    return tuple(sorted(reports, key=lambda r: (r.window.check.at, r.window.use.effect.at)))


def _generic(every: Iterable[Report]) -> Iterable[Report]:
    """Code that serves many tables is one cause, whichever of them it is used for."""
    return _by(
        lambda each: (each.judge.code, each.window.check.at, each.window.use.effect.at), every
    )


def _rights(every: Iterable[Report]) -> Iterable[Report]:
    """All that is asked before one thing may be done is one right, however often it is asked."""
    return _by(_right, every)


def _right(report: Report) -> object:
    window = report.window
    right = window.trust is not Trust.SEEN and not window.own
    return (report.judge.code, window.use.effect.at) if right else id(report)


def _by(key: Callable[[Report], object], every: Iterable[Report]) -> Iterable[Report]:
    """One report for all that have a key in common."""
    kept: dict[object, _Joined] = {}
    for each in every:
        own = key(each)
        if own in kept:
            kept[own].join(each)
        else:
            kept[own] = _Joined(each)
    return [each.report() for each in kept.values()]


@dataclass(slots=True, eq=False)
class _Joined:
    """A report with what others with the same cause add to it; the worse of a rule leads.

    ``places`` are the windows of all but the one that leads.
    """

    lead: Report
    several: bool = False
    places: dict[tuple[Location, Location], Site] = field(default_factory=dict)
    endpoints: dict[str, None] = field(default_factory=dict)
    pairs: dict[tuple[str, str], None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._add(self.lead.more)
        self._name(self.lead)

    def join(self, other: Report) -> None:
        self.several = True
        known = self.lead
        surer = known.match.confidence == "low" != other.match.confidence
        worse = other.match.severity.rank > known.match.severity.rank
        if surer or (worse and other.judge is known.judge):
            before, self.places = self.places, {}
            self.lead = other
            site = replace(known.site, endpoint=next(iter(self.endpoints)))
            self._add((site, *before.values(), other.site, *other.more))
        else:
            self._add((other.site, *other.more))
        self._name(other)

    def _add(self, sites: Iterable[Site]) -> None:
        own = self.lead.site
        for each in sites:
            if (each.check, each.use) != (own.check, own.use):
                self.places[each.check, each.use] = each

    def _name(self, report: Report) -> None:
        self.endpoints.update(dict.fromkeys(report.endpoints))
        self.pairs.update(dict.fromkeys(report.pairs))

    def report(self) -> Report:
        """The one that leads, with all of it."""
        if not self.several:
            return self.lead
        return replace(
            self.lead,
            endpoints=tuple(self.endpoints),
            more=tuple(self.places.values()),
            pairs=tuple(self.pairs),
        )


def _causes(report: Report) -> tuple[Cause, Cause]:
    window = report.window
    if window.trust is Trust.SEEN:
        cause = (report.judge.code, window.check.at, "")
        return cause, cause
    checked, used = window.check.item, window.use.effect.item
    if not window.own:  # a right: what it allows is one list, and it may be asked for twice
        return ("check", window.check.at, ""), ("use", window.use.effect.at, str(checked))
    first = ("check", window.check.at, _thing(used))
    if window.effects[window.index].verb == GIVEN:  # one function changes a row that it was handed
        first = (
            f"given {report.judge.code}",
            replace(window.check.at, line=0, code=""),
            str(checked),
        )
    return first, ("use", window.use.effect.at, _thing(checked))


def _thing(item: Item | None) -> str:
    """What is raced for: a table; the keys of caches and files differ from call to call."""
    if item is None:
        return ""
    return item.name if item.store in {"database", "memory"} else item.store


def _somebody_else(report: Report, others: Iterable[Report]) -> bool:
    """A lock that only those do not take who are reported themselves: theirs is the fault."""
    flaw = report.window.flawed("not shared")
    if flaw is None:
        return False
    named = {
        endpoint
        for other in others
        if other.window.flawed("not shared") is None
        for endpoint in other.endpoints
    }
    return set(flaw.others) <= named
