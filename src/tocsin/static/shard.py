"""A part of a project's entries, interpreted by a machine of its own, in steps.

Entries are independent but for three things: a function is looked at alone only if no route
reaches it, nor a function that was looked at before; and what a window means depends on who else
writes. Between the steps the parts tell each other that much.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import accumulate, chain
from pathlib import Path
from typing import TypeVar

from tocsin.frameworks.routes.base import Entry
from tocsin.frameworks.routes.registry import ROUTES
from tocsin.source.files import SourceFile, Unread
from tocsin.source.project import Place, Project
from tocsin.source.trail import FILE, FUNCTION, Look
from tocsin.static.account import Judged, Ranked, Steps, Told, named
from tocsin.static.archive import Archive, Kept
from tocsin.static.aside import aside
from tocsin.static.caveats import Caveat, once
from tocsin.static.entries import Trace, trace
from tocsin.static.interpret.machine import Machine
from tocsin.static.selection import Entries, Picked, Selection, Unit
from tocsin.static.settings import USUAL, Settings, settings
from tocsin.static.world import World

T = TypeVar("T")
Twofold = tuple[Mapping[int, T], T]
"""What routes give, by their pieces, and what the other functions give: all routes come first."""
Found = Mapping[str, Entries]
"""Routes, or their heads, by the modules that define them."""

_WORTH = 1_000_000
"""Bytes of an application that are worth a process of their own."""
_MOST = 4
"""Parts: each has trees of its own of what all of them reach."""
_TURNS = 4
"""Pieces of the routes that a part is dealt."""


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

    ``frameworks`` are by the pieces of the routes, ``caveats`` those of what was judged; ``cut`` is
    how many traces had more than is kept.
    """

    read: tuple[str, ...]
    unread: tuple[Unread, ...]
    frameworks: Mapping[int, tuple[str, ...]]
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

    def pieces(self, weights: Sequence[int]) -> dict[int, tuple[int, int]]:
        """Where the pieces of a list that this part is dealt begin and end, by their numbers.

        They are dealt to and fro: neighbours stay together, and what costs more than it weighs
        seldom falls to one part alone.
        """
        count = self.of * _TURNS if self.of > 1 else 1
        rounds = (divmod(each, self.of) for each in range(count))
        dealt = [place if turn % 2 == 0 else self.of - 1 - place for turn, place in rounds]
        own = (number for number, whose in enumerate(dealt) if whose == self.number)
        return {number: Share(number, count).bounds(weights) for number in own}


def shares(files: Sequence[SourceFile], processors: int) -> tuple[Share, ...]:
    """The parts of a project: as many as its size is worth, and as can be worked on at a time.

    What is found does not depend on them.
    """
    size = sum(each.size for each in files if not aside(each))
    count = max(1, min(processors, size // _WORTH, _MOST))
    return tuple(Share(each, count) for each in range(count))


@dataclass(slots=True, eq=False)
class _Part:
    """One entry, with what is known of it: interpreted now, or kept as it was."""

    picked: Picked
    name: str
    noted: int
    told: Told
    trace: Trace | None = None
    kept: Kept | None = None
    judged: Judged = field(default_factory=Judged)

    @property
    def entry(self) -> Entry:
        return self.picked.entry

    def judge(self, world: World) -> None:
        """Have it judged, unless it was, and the world is what it was."""
        if self.kept is not None:
            self.judged = self.kept.judged
            if self.judged.holds(world):
                return
        self.judged = Judged.of(self._trace(), world)

    def _trace(self) -> Trace:
        if self.trace is None and self.kept is not None:
            self.trace = self.kept.steps.trace(self.picked.alive(), self.told)
        assert self.trace is not None  # noqa: S101 - one of them is there
        return self.trace

    def keep(self, archive: Archive) -> None:
        """Put into an archive what is not there."""
        if self.trace is not None:
            steps = Steps.of(self.trace)
            archive.keep(self.name, self.noted, self.told, self.judged, steps)


@dataclass(slots=True, eq=False)
class Shard:
    """One part at work. Its steps are `found`, `routed`, `rest`, `world`, `judged`, `skimmed`."""

    share: Share
    project: Project
    machine: Machine
    selection: Selection
    archive: Archive | None = None
    said: Settings = USUAL
    routes: dict[int, list[_Part]] = field(default_factory=dict)
    others: list[_Part] = field(default_factory=list)
    needed: set[Place] = field(default_factory=set)
    looked: set[str] = field(default_factory=set)

    @classmethod
    def read(
        cls,
        share: Share,
        root: Path,
        instead: Mapping[str, bytes] | None = None,
        cache: Path | None = None,
    ) -> Shard:
        """The part of the project at ``root``; ``instead`` are contents that files would have.

        What entries came to is kept in a ``cache`` folder, and told again while it holds.
        """
        return cls.of(share, Project.read(root, instead), cache)

    @classmethod
    def of(cls, share: Share, project: Project, cache: Path | None = None) -> Shard:
        machine, selection = Machine.of(project), Selection(project)
        archive = Archive.of(cache, project) if cache else None
        return cls(share, project, machine, selection, archive)

    def alone(self) -> bool:
        """Take all shares where little is to be done; whether it is so."""
        if self.archive is None or not self.archive.mostly:
            return False
        self.share = Share()
        return True

    def found(self) -> Found:
        """The routes that this part of the modules defines."""
        own = self.selection.units()[self.share.number :: self.share.of]
        return {unit.name: self._remembered(unit, {}) for unit in own}

    def routed(self, found: Found) -> Seen:
        """Interpret this part of the entries that frameworks know; ``found`` are all of them."""
        every = list(self.selection.routed(lambda unit: self._remembered(unit, found)))
        own = (file for file in self.project.files if not aside(file))
        self.said = settings(self.project, own)
        pieces = self.share.pieces([_length(each.entry) for each in every])
        for number, (first, last) in pieces.items():
            self.routes[number] = [self._part(each) for each in every[first:last]]
        return Seen(frozenset(self.machine.reached), _written(chain(*self.routes.values())))

    def _remembered(self, unit: Unit, found: Found) -> Entries:
        """The routes of some modules, as they were found when what was looked at was the same."""
        if unit.name in found:
            return found[unit.name]
        kept = self.archive.routes(unit.name) if self.archive is not None else None
        if kept is not None:
            entries, looks = kept
            self._look(looks)
            return entries
        trail = self.project.trail
        outer = trail.begin()
        entries = unit.entries()
        noted = trail.end(outer)
        if self.archive is not None:
            self.archive.keep_routes(unit.name, noted, entries)
        return entries

    def rest(self, seen: Seen) -> frozenset[Place]:
        """Interpret the functions of this part that no route reaches. Gives all that it reached."""
        self.machine.reached |= seen.reached
        own, reached = self._files(), self.machine.reached
        for each, needed in self.selection.unreached(own, reached, seen.written):
            if needed:
                self.needed.add(each.entry.function.place)
            self.others.append(self._part(each))
        self.machine.forget()  # judges ask no summaries, which are large
        return frozenset(reached)

    def world(self, earlier: AbstractSet[Place]) -> Twofold[World]:
        """Who writes what in this part, but for functions that earlier parts have reached."""
        self.others = [each for each in self.others if not self._again(each.entry, earlier)]
        routed = {number: self._world(parts) for number, parts in self.routes.items()}
        return routed, self._world(self.others)

    def _world(self, parts: Iterable[_Part]) -> World:
        world = World(settings=self.said)
        for each in parts:
            world.join(each.told.world)
        return world

    def _again(self, entry: Entry, earlier: AbstractSet[Place]) -> bool:
        place = entry.function.place
        return place in earlier and place not in self.needed

    def judged(self, world: World) -> Twofold[list[Ranked]]:
        """The reports of this part, each with the rank of its rule."""
        for each in self._all():
            each.judge(world)
            if self.archive is not None:
                each.keep(self.archive)
        return {n: _reports(parts) for n, parts in self.routes.items()}, _reports(self.others)

    def _all(self) -> Iterator[_Part]:
        return chain(*self.routes.values(), self.others)

    def skimmed(self) -> Skimmed:
        """What was read; files without a word that matters are parsed, and no more.

        A file that is no Python is told about even where nothing in it was looked for.
        """
        parsed = {each.path for each in self.project.parsed}
        wanted = self.looked | parsed | {each.path for each in self._files()}
        unread = list(self.project.unread)
        gone = {each.path for each in unread}
        read: list[str] = []
        for file in self.project.files:
            reason = self.project.unparsable(file) if file.path in wanted else ""
            if reason and file.path not in gone:
                unread.append(Unread(file.path, reason))
            elif file.path in wanted and file.path not in gone:
                read.append(file.path)
        if self.archive is not None:
            self.archive.close()
        cut = sum(each.told.cut for each in self._all())
        caveats = once(caveat for each in self._all() for caveat in each.judged.caveats)
        frameworks = {number: _frameworks(parts) for number, parts in self.routes.items()}
        return Skimmed(tuple(read), tuple(unread), frameworks, caveats, cut)

    def _files(self) -> list[SourceFile]:
        own = [file for file in self.project.files if not aside(file)]
        first, last = self.share.bounds([each.size for each in own])
        return own[first:last]

    def _part(self, picked: Picked) -> _Part:
        entry = picked.entry
        name = named(entry, self.said) if self.archive is not None else ""
        kept = self.archive.find(name) if self.archive is not None else None
        if kept is not None:
            self._look(kept.looks)
            return _Part(picked, name, kept.noted, kept.told, kept=kept)
        entry = picked.alive()
        trail = self.project.trail
        outer = trail.begin()
        made = trace(self.machine, entry, {each.name: each for each in ROUTES}, self.said)
        for each in (entry.function, entry.receiver, *entry.before, *entry.permissions):
            if each is not None:
                trail.look(FILE, each.module.path)
        return _Part(picked, name, trail.end(outer), Told.of(made), made)

    def _look(self, looks: Iterable[Look]) -> None:
        """What was looked at in an earlier run counts as if it were in this one."""
        for kind, *what in looks:
            if kind == FILE:
                self.looked.add(str(what[0]))
            elif kind == FUNCTION:
                path, line, column = what
                self.machine.reached.add((str(path), int(line), int(column)))


def _frameworks(parts: Iterable[_Part]) -> tuple[str, ...]:
    named = (each.entry.framework for each in parts)
    return tuple(dict.fromkeys(filter(None, named)))


def _written(parts: Iterable[_Part]) -> frozenset[tuple[str, str]]:
    """The functions of which some trace has a write."""
    return frozenset(each for part in parts for each in part.told.written)


def _reports(parts: Iterable[_Part]) -> list[Ranked]:
    return [each for part in parts for each in part.judged.reports]


def _length(entry: Entry) -> int:
    node = entry.function.node
    return (node.end_lineno or node.lineno) - node.lineno + 1
