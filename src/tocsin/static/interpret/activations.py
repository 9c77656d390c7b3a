"""What is being worked out, what has been, and what recursion makes of it.

A result is kept for good only if it depends on nothing but the arguments. One that met itself, in
the middle, is cut there; what was worked out within depends on where that was, and is kept only
until the one that was met has ended. So no result depends on who has asked for it first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from tocsin.source.trail import Trail
from tocsin.static.interpret.asked import Answer, Question
from tocsin.static.interpret.watched import Given, Log, Places

T = TypeVar("T")

_DEEPEST = 40
"""Calls within calls."""
_MOST = 4
"""Of one function within itself, each with other arguments."""


@dataclass(slots=True, eq=False)
class _Fork:
    """The next question, and where its answers lead: most forks have one way only."""

    question: Question
    first: Answer = None
    way: _Fork | _Kept[Any] | None = None
    others: dict[Answer, _Fork | _Kept[Any]] | None = None

    def to(self, answer: Answer) -> _Fork | _Kept[Any] | None:
        if self.first == answer:
            return self.way
        return self.others.get(answer) if self.others is not None else None

    def lead(self, answer: Answer, way: _Fork | _Kept[Any]) -> None:
        if self.way is None or self.first == answer:
            self.first, self.way = answer, way
        elif self.others is None:
            self.others = {answer: way}
        else:
            self.others[answer] = way


@dataclass(frozen=True, slots=True, eq=False)
class _Kept(Generic[T]):
    """A result. It holds unless one of those is at work that recursion leads through."""

    result: T
    noted: int
    through: frozenset[Known[Any]] = frozenset()


@dataclass(slots=True, eq=False)
class _Meanwhile(Generic[T]):
    """A result that holds as long as those are at work that it has met."""

    log: Log
    result: T
    noted: int
    met: frozenset[Activation[Any]]
    through: frozenset[Known[Any]]


@dataclass(slots=True, eq=False)
class Known(Generic[T]):
    """All that is known of one function, called with arguments of one shape."""

    places: Places = field(default_factory=dict)
    running: list[Activation[T]] = field(default_factory=list)
    _first: _Fork | _Kept[T] | None = None
    _meanwhile: list[_Meanwhile[T]] = field(default_factory=list)

    def kept(self, given: Given) -> _Kept[T] | None:
        """The result for arguments that answer as others did."""
        node: object = self._first
        while isinstance(node, _Fork):
            node = node.to(given.answer(node.question))
        return node  # type: ignore[return-value]

    def keep(self, log: Log, kept: _Kept[T]) -> None:
        """Remember what the answers lead to. The same answers lead to the same questions."""
        notes = list(log.notes.items())
        if not notes:
            self._first = kept
            return
        if self._first is None:
            self._first = _Fork(notes[0][0])
        node: object = self._first
        for index, (question, told) in enumerate(notes):
            if not isinstance(node, _Fork) or node.question != question:
                return
            if index + 1 == len(notes):
                node.lead(told, kept)
                return
            way = node.to(told)
            if way is None:
                way = _Fork(notes[index + 1][0])
                node.lead(told, way)
            node = way

    def meanwhile(self, given: Given) -> _Meanwhile[T] | None:
        return next((each for each in self._meanwhile if each.log.agrees(given)), None)

    def add(self, each: _Meanwhile[T]) -> None:
        self._meanwhile.append(each)

    def drop(self, each: _Meanwhile[T]) -> None:
        self._meanwhile.remove(each)


@dataclass(slots=True, eq=False)
class Activation(Generic[T]):
    """One that is at work: whom it has met, and what holds until it ends."""

    known: Known[T]
    log: Log
    depth: int
    met: set[Activation[Any]] = field(default_factory=set)
    through: set[Known[Any]] = field(default_factory=set)
    until: list[tuple[Known[Any], _Meanwhile[Any]]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Activations:
    """The way to results: known, or worked out now. Each comes with what was looked at for it."""

    trail: Trail
    made: int = 0
    _stack: list[Activation[Any]] = field(default_factory=list)

    def result(self, known: Known[T], given: Given, work: Callable[[Log], T], cut: T) -> T:
        """The result for arguments; ``cut`` where it would be needed for itself."""
        kept = known.kept(given)
        if kept is not None and not any(each.running for each in kept.through):
            self.trail.noted |= kept.noted
            return kept.result
        held = known.meanwhile(given)
        if held is not None:
            self.trail.noted |= held.noted
            self._meets(held.met, held.through | {known})
            return held.result
        again = self._again(known, given)
        if again is not None:
            self._meets((again,))
            return cut
        return self._worked(known, given, work, cut)

    def _again(self, known: Known[T], given: Given) -> Activation[Any] | None:
        """The one at work that this would be once more, or that has gone too deep."""
        for each in known.running:
            if each.log.agrees(given):
                return each
        if len(known.running) >= _MOST:
            return known.running[0]
        return self._stack[0] if len(self._stack) > _DEEPEST else None

    def _meets(self, met: Iterable[Activation[Any]], through: Iterable[Known[Any]] = ()) -> None:
        if self._stack:
            self._stack[-1].met.update(met)
            self._stack[-1].through.update(through)

    def _worked(self, known: Known[T], given: Given, work: Callable[[Log], T], cut: T) -> T:
        self.made += 1
        own = Activation(known, Log(given), len(self._stack))
        self._stack.append(own)
        known.running.append(own)
        outer = self.trail.begin()
        try:
            result = work(own.log)
        except RecursionError:
            result = cut
            own.met.add(self._stack[0])
        finally:
            self._stack.pop()
            known.running.pop()
            noted = self.trail.end(outer)
            for each, until in own.until:
                each.drop(until)
        self._ended(own, result, noted)
        return result

    def _ended(self, own: Activation[T], result: T, noted: int) -> None:
        own.met.discard(own)
        if not own.met:
            own.known.keep(own.log, _Kept(result, noted, frozenset(own.through - {own.known})))
            return
        held = _Meanwhile(own.log, result, noted, frozenset(own.met), frozenset(own.through))
        own.known.add(held)
        max(own.met, key=lambda each: each.depth).until.append((own.known, held))
        self._meets(own.met, own.through | {own.known})
