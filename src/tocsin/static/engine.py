"""The static engine: a folder in, findings out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tocsin.frameworks.routes.base import Entry, functions
from tocsin.frameworks.routes.registry import ROUTES
from tocsin.source.files import SourceFile, Unread
from tocsin.source.module import Module
from tocsin.source.project import Project
from tocsin.static.entries import Trace, trace
from tocsin.static.exemptions import EXEMPTIONS
from tocsin.static.interpret.machine import Machine
from tocsin.static.rules.base import Judge, Match
from tocsin.static.rules.registry import JUDGES
from tocsin.static.window import Window
from tocsin.static.windows import windows
from tocsin.static.world import World

_ASIDE = frozenset({"tests", "test", "testing", "migrations", "alembic", "benchmarks", "docs"})
_WRITES = (
    b".save(",
    b".commit(",
    b".update(",
    b".create(",
    b".delete(",
    b"get_or_create(",
    b"update_or_create(",
    b".add(",
    b"select_for_update",
    b"with_for_update",
)
"""Words without which a function outside the routes has no effect worth a look."""


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """A judge that knows a window, and the endpoints that run through it."""

    judge: Judge
    match: Match
    window: Window
    endpoints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Analysis:
    """What came of a folder: findings in source order, and what was and was not read."""

    reports: tuple[Report, ...]
    entries: tuple[Entry, ...]
    files: int
    read: tuple[str, ...]
    unread: tuple[Unread, ...]
    frameworks: tuple[str, ...]


def analyse(root: Path) -> Analysis:
    """Read the source at ``root`` and judge it. Nothing of it is imported or run."""
    project = Project.read(root)
    machine = Machine.of(project)
    routes = {each.name: each for each in ROUTES}
    entries = list(_routed(project))
    traces = [trace(machine, entry, routes) for entry in entries]
    for entry in _rest(project, machine):
        entries.append(entry)
        traces.append(trace(machine, entry, routes))
    world = World.of(traces)
    frameworks = tuple(dict.fromkeys(e.framework for e in entries if e.routed))
    return Analysis(
        reports=_reports(traces, world),
        entries=tuple(entries),
        files=len(project.files),
        read=tuple(sorted(each.path for each in project.parsed)),
        unread=tuple(dict.fromkeys(project.unread)),
        frameworks=frameworks,
    )


def aside(file: SourceFile) -> bool:
    """Tests and migrations are no part of the application."""
    name = file.parts[-1]
    return (
        bool(_ASIDE & set(file.parts[:-1]))
        or name.startswith("test_")
        or name in {"conftest.py", "tests.py"}
    )


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
        known = not data and file.size
        if known or any(marker in data for marker in markers):
            module = project.module(file)
            if module is not None:
                yield module


def _rest(project: Project, machine: Machine) -> Iterator[Entry]:
    """Functions that no entry reaches, where they write: tasks, commands, unknown frameworks."""
    files = [file for file in project.files if not aside(file)]
    for module in _marked(project, files, _WRITES):
        for symbol in functions(module):
            if id(symbol.node) in machine.reached or symbol.node.name.startswith("__"):
                continue
            name = f"{'.'.join(module.file.dotted)}.{symbol.qualname}"
            yield Entry(name, "", symbol, receiver=symbol.owner, routed=False)


def _reports(traces: Iterable[Trace], world: World) -> tuple[Report, ...]:
    """One report for each root cause: a check, and the item that is used."""
    best: dict[tuple[object, ...], tuple[int, Report]] = {}
    for each in traces:
        for window in windows(each, world):
            if window.closed or any(exempt(window) for exempt in EXEMPTIONS):
                continue
            judged = _judged(window)
            if judged is None:
                continue
            rank, judge, match = judged
            item = window.use.effect.item
            key = (window.check.at, item.name if item else "")
            known = best.get(key)
            endpoint = window.entry.endpoint
            endpoints = known[1].endpoints if known else ()
            if endpoint not in endpoints:
                endpoints = (*endpoints, endpoint)
            if known is None or rank < known[0]:
                best[key] = (rank, Report(judge, match, window, endpoints))
            else:
                report = known[1]
                best[key] = (
                    known[0],
                    Report(report.judge, report.match, report.window, endpoints),
                )
    reports = [report for _, report in best.values()]
    return tuple(sorted(reports, key=lambda r: (r.window.check.at, r.window.use.effect.at)))


def _judged(window: Window) -> tuple[int, Judge, Match] | None:
    for rank, judge in enumerate(JUDGES):
        match = judge.match(window)
        if match is not None:
            return rank, judge, match
    return None
