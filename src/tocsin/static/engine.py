"""The static engine: a folder in, findings out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from tocsin.model.location import Location
from tocsin.source.files import Unread
from tocsin.source.memory import deep, uncollected
from tocsin.source.project import Project
from tocsin.static.caveats import Caveat, once
from tocsin.static.crew import crew, processors, together
from tocsin.static.effect import Item
from tocsin.static.judging import Report
from tocsin.static.shard import Ranked, Seen, Skimmed, Twofold, shares
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
def analyse(root: Path, instead: Mapping[str, bytes] | None = None) -> Analysis:
    """Read the source at ``root`` and judge it. Nothing of it is imported or run.

    ``instead`` are contents, by path, that files would have: what a fix would make of them. A big
    project is read in parts, each by a processor of its own.
    """
    project = Project.read(root, instead)
    parts = shares(project.files, processors())
    with crew(parts, project, instead) as members:
        seen = Seen()
        for each in together(members, "routed"):
            seen |= each
        reached = together(members, "rest", [seen] * len(parts))
        earlier = [frozenset[object]().union(*reached[:index]) for index in range(len(parts))]
        worlds: list[Twofold[World]] = together(members, "world", earlier)
        world = World(settings=worlds[0][0].settings)
        for each in _in_order(worlds):
            world.join(each)
        found: list[Twofold[list[Ranked]]] = together(members, "judged", [world] * len(parts))
        skimmed: list[Skimmed] = together(members, "skimmed")
    read = {path for each in skimmed for path in each.read}
    return Analysis(
        reports=_reports(report for each in _in_order(found) for report in each),
        files=len(project.files),
        read=tuple(sorted(read)),
        unread=tuple(dict.fromkeys(gone for each in skimmed for gone in each.unread)),
        frameworks=tuple(dict.fromkeys(name for each in skimmed for name in each.frameworks)),
        notebooks=project.notebooks,
        caveats=once(note for each in skimmed for note in each.caveats),
        cut=sum(each.cut for each in skimmed),
    )


def _in_order(every: Sequence[Twofold[T]]) -> Iterator[T]:
    """What the routes of all parts gave, then what their other functions did."""
    yield from (first for first, _ in every)
    yield from (second for _, second in every)


def _reports(every: Iterable[tuple[int, Report]]) -> tuple[Report, ...]:
    """One report for each root cause: a check with what it is used on, a use with its checks."""
    found = list(every)
    found.sort(key=lambda each: (each[0], each[1].window.check.at, each[1].window.use.effect.at))
    kept: dict[Cause, Report] = {}
    causes: dict[Cause, Cause] = {}
    for _, report in found:
        first, second = _causes(report)
        known = causes.get(first) or causes.get(second)
        if known is None:
            kept[first] = report
            causes[first] = causes[second] = first
        else:  # what joins claims nothing: its other end may be the end of something else
            kept[known] = _joined(kept[known], report)
    reports = [
        each for each in _rights(_generic(kept.values())) if not _somebody_else(each, kept.values())
    ]
    return tuple(sorted(reports, key=lambda r: (r.window.check.at, r.window.use.effect.at)))


def _generic(every: Iterable[Report]) -> Iterable[Report]:
    """Code that serves many tables is one cause, whichever of them it is used for."""
    kept: dict[object, Report] = {}
    for each in every:
        key = (each.judge.code, each.window.check.at, each.window.use.effect.at)
        known = kept.get(key)
        kept[key] = each if known is None else _joined(known, each)
    return kept.values()


def _rights(every: Iterable[Report]) -> Iterable[Report]:
    """All that is asked before one thing may be done is one right, however often it is asked."""
    kept: dict[object, Report] = {}
    for each in every:
        window = each.window
        right = window.trust is not Trust.SEEN and not window.own
        key = (each.judge.code, window.use.effect.at) if right else id(each)
        known = kept.get(key)
        kept[key] = each if known is None else _joined(known, each)
    return kept.values()


def _joined(known: Report, other: Report) -> Report:
    """A report with what another one with the same cause adds to it; the worse of a rule leads."""
    surer = known.match.confidence == "low" != other.match.confidence
    worse = other.match.severity.rank > known.match.severity.rank
    lead = other if surer or (worse and other.judge is known.judge) else known
    every = (known.site, *known.more, other.site, *other.more)
    places = {(each.check, each.use): each for each in every}
    places.pop((lead.site.check, lead.site.use))
    return replace(
        lead,
        endpoints=tuple(dict.fromkeys((*known.endpoints, *other.endpoints))),
        more=tuple(places.values()),
        pairs=tuple(dict.fromkeys((*known.pairs, *other.pairs))),
    )


def _causes(report: Report) -> tuple[Cause, Cause]:
    window = report.window
    if window.trust is Trust.SEEN:
        cause = (report.judge.code, window.check.at, "")
        return cause, cause
    checked, used = window.check.item, window.use.effect.item
    if not window.own:  # a right: what it allows is one list, and it may be asked for twice
        return ("check", window.check.at, ""), ("use", window.use.effect.at, str(checked))
    return (
        ("check", window.check.at, _thing(used)),
        ("use", window.use.effect.at, _thing(checked)),
    )


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
