"""What one entry came to: its trace, what it tells of the others, and what judges said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tocsin.frameworks.routes.base import Entry
from tocsin.source.project import ClassSymbol, FunctionSymbol
from tocsin.static.caveats import Caveat
from tocsin.static.effect import Effect, Kind
from tocsin.static.entries import Trace
from tocsin.static.judging import Report, judged
from tocsin.static.settings import Settings
from tocsin.static.world import Answer, Question, World

Ranked = tuple[int, Report]


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What others have to know of an entry: what it writes, and whether more was done than kept.

    ``written`` are the functions of which its trace has a write.
    """

    written: frozenset[tuple[str, str]]
    world: World
    cut: bool

    @classmethod
    def of(cls, trace: Trace) -> Told:
        written = frozenset(
            (effect.at.path, effect.at.function)
            for effect in trace.effects
            if effect.kind in {Kind.WRITE, Kind.SET}
        )
        return cls(written, World.of([trace]), trace.cut)


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What was said of a trace; it holds as long as the world answers what was asked like this."""

    reports: tuple[Ranked, ...] = ()
    caveats: tuple[Caveat, ...] = ()
    asked: Mapping[Question, Answer] | None = None

    @classmethod
    def of(cls, trace: Trace, world: World) -> Judged:
        world.asked = {}
        every = tuple(judged(trace, world))
        return cls(
            tuple(each for each in every if not isinstance(each, Caveat)),
            tuple(each for each in every if isinstance(each, Caveat)),
            world.asked,
        )

    def holds(self, world: World) -> bool:
        """Whether the world still answers the same."""
        return self.asked is not None and all(
            world.answer(question) == answer for question, answer in self.asked.items()
        )


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """A trace without its entry."""

    effects: tuple[Effect, ...]
    start: int
    copies: frozenset[tuple[int, str]]

    @classmethod
    def of(cls, trace: Trace) -> Steps:
        return cls(trace.effects, trace.start, trace.copies)

    def trace(self, entry: Entry, told: Told) -> Trace:
        return Trace(entry, self.effects, told.cut, self.start, self.copies)


def named(entry: Entry, settings: Settings) -> str:
    """A text that is the same for the same entry, as long as its files are what they were."""
    receiver = entry.receiver
    return repr(
        (
            entry.endpoint,
            entry.framework,
            _place(entry.function),
            [_place(each) for each in (*entry.before, *entry.permissions)],
            len(entry.before),
            _place(receiver) if receiver is not None else None,
            [(name, _place(owner)) for name, owner in entry.rows],
            entry.typed,
            entry.routed,
            entry.after,
            settings.atomic,
            sorted(settings.levels.items()),
            settings.plain_rights,
        )
    )


def _place(symbol: FunctionSymbol | ClassSymbol) -> tuple[str, str, int, int]:
    node = symbol.node
    return symbol.module.path, symbol.qualname, node.lineno, node.col_offset
