"""A part of a project's entries, interpreted by a machine of its own, in steps.

Entries are independent but for three things: a function is looked at alone only if no route
reaches it, nor a function that was looked at before; and what a window means depends on who else
writes. Between the steps the parts tell each other that much.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import TypeVar

from tocsin.frameworks.routes.base import Entry
from tocsin.frameworks.routes.registry import ROUTES
from tocsin.source.files import SourceFile, Unread
from tocsin.source.parse import Unparsable, parse
from tocsin.source.project import Place, Project
from tocsin.static.aside import aside
from tocsin.static.caveats import Caveat, once
from tocsin.static.entries import Trace, trace
from tocsin.static.interpret.machine import Machine
from tocsin.static.judging import Report, judged
from tocsin.static.selection import routed, told, unreached
from tocsin.static.settings import USUAL, Settings, settings
from tocsin.static.world import World

Ranked = tuple[int, Report]
T = TypeVar("T")
Twofold = tuple[T, T]
"""What routes give, and what the other functions give: all routes come first."""

_WORTH = 1_000_000
"""Bytes of an application that are worth a process of their own."""
_MOST = 4
"""Parts: each has trees of its own of what all of them reach."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the routes have shown: functions reached, and functions of which a write is told."""

    reached: frozenset[Place] = frozenset()
    written: frozenset[tuple[str, str]] = frozenset()

    def __or__(self, other: Seen) -> Seen:
        return Seen(self.reached | other.reached, self.written | other.written)


@dataclass(frozen=True, slots=True)
class Skimmed:
    """What was read of a part: paths, files that cannot be read, frameworks met.

    ``caveats`` are those of what was judged; ``cut`` is how many traces had more than is kept.
    """

    read: tuple[str, ...]
    unread: tuple[Unread, ...]
    frameworks: tuple[str, ...]
    caveats: tuple[Caveat, ...] = ()
    cut: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """Which part: the ``number``-th ``of`` so many."""

    number: int = 0
    of: int = 1

    def bounds(self, weights: Sequence[int]) -> tuple[int, int]:
        """Where this part of a list begins and ends, so that all parts weigh about the same."""
        sums = list(accumulate(weights, initial=0))
        marks = [sums[-1] * each // self.of for each in (self.number, self.number + 1)]
        first, last = (sum(1 for each in sums[1:] if each <= mark) for mark in marks)
        if self.number == 0:
            first = 0
        return first, len(weights) if self.number == self.of - 1 else last


def shares(files: Sequence[SourceFile], processors: int) -> tuple[Share, ...]:
    """The parts of a project: as many as its size is worth, and as can be worked on at a time.

    What is found does not depend on them.
    """
    size = sum(each.size for each in files if not aside(each))
    count = max(1, min(processors, size // _WORTH, _MOST))
    return tuple(Share(each, count) for each in range(count))


@dataclass(slots=True, eq=False)
class Shard:
    """One part at work. Its steps are `routed`, `rest`, `world`, `judged`, `skimmed`."""

    share: Share
    project: Project
    machine: Machine
    said: Settings = USUAL
    routes: list[Trace] = field(default_factory=list)
    others: list[Trace] = field(default_factory=list)
    needed: set[Place] = field(default_factory=set)
    caveats: list[Caveat] = field(default_factory=list)

    @classmethod
    def read(cls, share: Share, root: Path, instead: Mapping[str, bytes] | None = None) -> Shard:
        """The part of the project at ``root``; ``instead`` are contents that files would have."""
        return cls.of(share, Project.read(root, instead))

    @classmethod
    def of(cls, share: Share, project: Project) -> Shard:
        return cls(share, project, Machine.of(project))

    def routed(self) -> Seen:
        """Interpret this part of the entries that frameworks know."""
        every = list(routed(self.project))
        own = (file for file in self.project.files if not aside(file))
        self.said = settings(self.project, own)
        first, last = self.share.bounds([_length(each) for each in every])
        self.routes = [self._trace(entry, self.said) for entry in every[first:last]]
        return Seen(frozenset(self.machine.reached), told(self.routes))

    def rest(self, seen: Seen) -> frozenset[Place]:
        """Interpret the functions of this part that no route reaches. Gives all that it reached."""
        self.machine.reached |= seen.reached
        own, reached = self._files(), self.machine.reached
        for entry, needed in unreached(self.project, own, reached, seen.written):
            if needed:
                self.needed.add(entry.function.place)
            self.others.append(self._trace(entry))
        return frozenset(reached)

    def world(self, earlier: AbstractSet[Place]) -> Twofold[World]:
        """Who writes what in this part, but for functions that earlier parts have reached."""
        self.others = [each for each in self.others if not self._again(each.entry, earlier)]
        return World.of(self.routes, self.said), World.of(self.others, self.said)

    def _again(self, entry: Entry, earlier: AbstractSet[Place]) -> bool:
        place = entry.function.place
        return place in earlier and place not in self.needed

    def judged(self, world: World) -> Twofold[list[Ranked]]:
        """The reports of this part, each with the rank of its rule."""
        return self._judged(self.routes, world), self._judged(self.others, world)

    def _judged(self, traces: Iterable[Trace], world: World) -> list[Ranked]:
        reports: list[Ranked] = []
        for made in traces:
            for each in judged(made, world):
                if isinstance(each, Caveat):
                    self.caveats.append(each)
                else:
                    reports.append(each)
        return reports

    def skimmed(self) -> Skimmed:
        """What was read; files without a word that matters are parsed, and no more.

        A file that is no Python is told about even where nothing in it was looked for.
        """
        read = {each.file.path for each in self.project.parsed}
        known = read | {each.path for each in self.project.unread}
        unread = list(self.project.unread)
        for file in self._files():
            if file.path in known:
                continue
            try:
                parse(self.project.data(file))
            except Unparsable as error:
                unread.append(Unread(file.path, str(error)))
            else:
                read.add(file.path)
        named = (each.entry.framework for each in self.routes)
        frameworks = dict.fromkeys(filter(None, named))
        cut = sum(each.cut for each in (*self.routes, *self.others))
        return Skimmed(
            tuple(sorted(read)), tuple(unread), tuple(frameworks), once(self.caveats), cut
        )

    def _files(self) -> list[SourceFile]:
        own = [file for file in self.project.files if not aside(file)]
        first, last = self.share.bounds([each.size for each in own])
        return own[first:last]

    def _trace(self, entry: Entry, said: Settings = USUAL) -> Trace:
        return trace(self.machine, entry, {each.name: each for each in ROUTES}, said)


def _length(entry: Entry) -> int:
    node = entry.function.node
    return (node.end_lineno or node.lineno) - node.lineno + 1
