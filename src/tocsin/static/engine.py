"""The static engine: a folder in, findings out."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tocsin.frameworks.routes.base import Entry, functions
from tocsin.frameworks.routes.registry import ROUTES
from tocsin.model.location import Location
from tocsin.model.window import Site
from tocsin.source.files import SourceFile, Unread
from tocsin.source.memory import deep, uncollected
from tocsin.source.module import Module
from tocsin.source.parse import Unparsable, parse
from tocsin.source.project import FunctionSymbol, Project
from tocsin.static.doubts import doubted
from tocsin.static.effect import Item, Kind
from tocsin.static.entries import GIVEN, Trace, trace
from tocsin.static.exemptions import EXEMPTIONS
from tocsin.static.interpret.machine import Machine
from tocsin.static.rules.base import Judge, Match, Observer
from tocsin.static.rules.registry import JUDGES, OBSERVERS
from tocsin.static.settings import settings
from tocsin.static.window import Trust, Window
from tocsin.static.windows import windows
from tocsin.static.world import World

Cause = tuple[str, Location, str]

_ASIDE = frozenset(
    {"tests", "test", "testing", "migrations", "alembic", "benchmarks", "docs", "commands"}
)
_STORING = frozenset({"save", "create", "add", "get_or_create", "update_or_create"})
_STORING_WORD = re.compile(rb"\b(?:" + "|".join(sorted(_STORING)).encode() + rb")\b")
_WRITES = (
    b".save(",
    b".commit(",
    b".update(",
    b".create(",
    b".delete(",
    b"get_or_create(",
    b"update_or_create(",
    b".add(",
    b".execute(",
    b".executemany(",
    b"UPDATE ",
    b"INSERT INTO ",
    b"DELETE FROM ",
    b"select_for_update",
    b"with_for_update",
)
"""Words without which a function outside the routes has no effect worth a look."""


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """A judge that knows a window, and the endpoints that run through it.

    ``more`` are the other windows with the same cause, each once; ``pairs`` the endpoints whose
    requests race in any of them.
    """

    judge: Judge | Observer
    match: Match
    window: Window
    endpoints: tuple[str, ...]
    more: tuple[Site, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()

    @property
    def site(self) -> Site:
        return Site(self.endpoints[0], self.window.check.at, self.window.use.effect.at)


@dataclass(frozen=True, slots=True)
class Analysis:
    """What came of a folder: findings in source order, and what was and was not read."""

    reports: tuple[Report, ...]
    entries: tuple[Entry, ...]
    files: int
    read: tuple[str, ...]
    unread: tuple[Unread, ...]
    frameworks: tuple[str, ...]
    notebooks: int = 0


@deep()
@uncollected()
def analyse(root: Path, instead: Mapping[str, bytes] | None = None) -> Analysis:
    """Read the source at ``root`` and judge it. Nothing of it is imported or run.

    ``instead`` are contents, by path, that files would have: what a fix would make of them.
    """
    project = Project.read(root, instead)
    machine = Machine.of(project)
    routes = {each.name: each for each in ROUTES}
    entries = list(_routed(project))
    said = settings(project, (file for file in project.files if not aside(file)))
    traces = [trace(machine, entry, routes, said) for entry in entries]
    for entry in _rest(project, machine, _told(traces)):
        entries.append(entry)
        traces.append(trace(machine, entry, routes))
    world = World.of(traces, said)
    frameworks = tuple(dict.fromkeys(e.framework for e in entries if e.routed))
    skimmed, unread = _skimmed(project)
    return Analysis(
        reports=_reports(traces, world),
        entries=tuple(entries),
        files=len(project.files),
        read=tuple(sorted((*(each.file.path for each in project.parsed), *skimmed))),
        unread=tuple(dict.fromkeys((*project.unread, *unread))),
        frameworks=frameworks,
        notebooks=project.notebooks,
    )


def aside(file: SourceFile) -> bool:
    """Tests and migrations are no part of the application."""
    name = file.parts[-1]
    return (
        bool(_ASIDE & set(file.parts[:-1]))
        or any(part.endswith("_tests") for part in file.parts[:-1])
        or name.startswith("test_")
        or name in {"conftest.py", "tests.py"}
    )


def _skimmed(project: Project) -> tuple[list[str], list[Unread]]:
    """The application's other files: without a word that matters, but not without a look.

    A file that is no Python is told about even where nothing in it was looked for.
    """
    known = {each.file.path for each in project.parsed} | {each.path for each in project.unread}
    read: list[str] = []
    unread: list[Unread] = []
    for file in project.files:
        if file.path in known or aside(file):
            continue
        try:
            parse(project.data(file))
        except Unparsable as error:
            unread.append(Unread(file.path, str(error)))
        else:
            read.append(file.path)
    return read, unread


def _routed(project: Project) -> Iterator[Entry]:
    """The entries that frameworks know."""
    own = [file for file in project.files if not aside(file)]
    for framework in ROUTES:
        modules = tuple(_marked(project, own, framework.markers))
        seen: set[tuple[str, int]] = set()
        for entry in framework.entries(project, modules):
            key = (entry.endpoint, id(entry.function.node))
            if key not in seen:
                seen.add(key)
                yield entry


def _marked(
    project: Project, files: Iterable[SourceFile], markers: tuple[bytes, ...]
) -> Iterator[Module]:
    for file in files:
        data = project.data(file)
        if any(marker in data for marker in markers):
            module = project.module(file)
            if module is not None:
                yield module


def _told(traces: Iterable[Trace]) -> frozenset[tuple[str, str]]:
    """The functions of which some trace has a write."""
    return frozenset(
        (effect.at.path, effect.at.function)
        for each in traces
        for effect in each.effects
        if effect.kind in {Kind.WRITE, Kind.SET}
    )


def _stores(symbol: FunctionSymbol, lines: Sequence[int]) -> bool:
    """Whether a function itself stores something; ``lines`` are those that have a word for it."""
    first = bisect_left(lines, symbol.node.lineno)
    if first == len(lines) or lines[first] > (symbol.node.end_lineno or 0):
        return False
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _STORING
        for node in ast.walk(symbol.node)
    )


def _rest(project: Project, machine: Machine, told: frozenset[tuple[str, str]]) -> Iterator[Entry]:
    """Functions that no entry reaches, where they write: tasks, commands, unknown frameworks.

    Those too that are reached with an object of which nothing is known, or at the end of a trace
    that was cut: what they store is in no trace.
    """
    files = [file for file in project.files if not aside(file)]
    for module in _marked(project, files, _WRITES):
        text = project.data(module.file).splitlines()
        lines = [number for number, line in enumerate(text, 1) if _STORING_WORD.search(line)]
        for symbol in functions(module):
            if symbol.node.name.startswith("__"):
                continue
            seen = (module.path, symbol.qualname) in told or not _stores(symbol, lines)
            if id(symbol.node) in machine.reached and seen:
                continue
            name = f"{module.name}.{symbol.qualname}"
            yield Entry(name, "", symbol, receiver=symbol.owner, routed=False)


def _reports(traces: Iterable[Trace], world: World) -> tuple[Report, ...]:
    """One report for each root cause: a check with what it is used on, a use with its checks."""
    found = [each for trace_ in traces for each in _open(trace_, world)]
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
    reports = [each for each in kept.values() if not _somebody_else(each, kept.values())]
    return tuple(sorted(reports, key=lambda r: (r.window.check.at, r.window.use.effect.at)))


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


def _open(trace_: Trace, world: World) -> Iterator[tuple[int, Report]]:
    for window in windows(trace_, world):
        if window.closed or any(exempt(window) for exempt in EXEMPTIONS):
            continue
        judged = _judged(window)
        if judged is not None:
            rank, judge, match = judged
            name = window.entry.endpoint
            pairs = tuple((name, rival) for rival in window.rivals)
            yield rank, Report(judge, match, window, (name,), _asked(window), pairs)
    for rank, observer in enumerate(OBSERVERS, len(JUDGES)):
        for each in observer.sightings(trace_, world):
            window = Window.seen(trace_.entry, each.check, each.use, trace_.effects)
            match = doubted(window, each.match)
            yield rank, Report(observer, match, window, (trace_.entry.endpoint,))


def _asked(window: Window) -> tuple[Site, ...]:
    """Where the store itself is asked and written, if a function further out is told of."""
    check, use = window.effects[window.index], window.effects[window.use.index]
    at = window.check.at if check.verb == GIVEN else check.at
    site = Site(window.entry.endpoint, at, use.at)
    return () if (at, use.at) == (window.check.at, window.use.effect.at) else (site,)


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


def _judged(window: Window) -> tuple[int, Judge, Match] | None:
    for rank, judge in enumerate(JUDGES):
        match = judge.match(window)
        if match is not None:
            return rank, judge, doubted(window, match)
    return None
