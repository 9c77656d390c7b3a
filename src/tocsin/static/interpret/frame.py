"""The state of interpreting one function: names, guards, scopes, and how it may end."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tocsin.model.location import Location
from tocsin.source.module import Module
from tocsin.source.project import ClassSymbol, FunctionSymbol
from tocsin.static.effect import Effect, Guard, Item, Kind, Scope, ScopeKind, Transplant, Written
from tocsin.static.interpret.trace import LONGEST, Trace
from tocsin.static.summary import Summary, Suspended
from tocsin.static.term import Term
from tocsin.static.value import NO_DEPS, Bindings, Constant, Deps, Value

if TYPE_CHECKING:
    from tocsin.static.interpret.machine import Machine

Environment = dict[str, Value]
LEAVES_LOOP = frozenset({"continue", "break"})


@dataclass(slots=True, eq=False)
class Frame:
    """One activation. ``live`` is false once every path has returned or raised.

    ``ending`` says how the last dead path ended: a status, the name of an exception, ``return``.
    ``suspends`` tells an ``await`` whether what it awaited was outside the project. ``rest`` are
    the statements after the one that runs, in its block; ``bare`` is one that stands alone.
    """

    machine: Machine
    module: Module
    function: FunctionSymbol | None = None
    owner: ClassSymbol | None = None
    env: Environment = field(default_factory=dict)
    closure: Mapping[str, Value] = field(default_factory=dict)
    trace: Trace = field(default_factory=Trace)
    guards: tuple[Guard, ...] = ()
    scopes: tuple[Scope, ...] = ()
    live: bool = True
    ending: str = ""
    suspends: bool = True
    returned: list[tuple[Value, tuple[Guard, ...]]] = field(default_factory=list)
    yields: Suspended | None = None
    given: Container[str] = frozenset()
    rest: Sequence[ast.stmt] = ()
    bare: ast.expr | None = None
    places: dict[int, Location] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.function.qualname if self.function else ""

    def at(self, node: ast.AST) -> Location:
        line = getattr(node, "lineno", 0)
        known = self.places.get(line)
        if known is None:
            known = self.places[line] = Location(self.module.path, line, self.name)
        return known

    def emit(
        self,
        kind: Kind,
        node: ast.AST,
        verb: str = "",
        item: Item | None = None,
        *,
        model: object = None,
        columns: tuple[str, ...] = (),
        written: tuple[Written, ...] = (),
        lock: str = "",
        session: Term = "",
        deps: Deps = NO_DEPS,
        options: frozenset[str] = frozenset(),
    ) -> int:
        """Append an effect here and now; its index is what values depend on."""
        return self.trace.add(
            Effect(
                kind,
                self.at(node),
                verb,
                item,
                model,
                columns,
                written,
                lock,
                session,
                deps,
                options,
                self.guards,
                self.scopes,
                getattr(model, "name", "") in self.given,
            )
        )

    def guard(self, number: int, value: Value, node: ast.AST, *, holds: bool, refusal: str) -> None:
        """From here on, a test has gone one way."""
        found = value.sense if holds else -value.sense
        added = Guard(number, holds, value.deps, self.at(node), refusal, value.term, found)
        self.guards = (*self.guards, added)

    def scope(self, kind: ScopeKind, term: Term = "", detail: str = "", **more: object) -> Scope:
        """A scope with a number of its own."""
        made = Scope(self.trace.number(), kind, term, detail)
        return replace(made, **more) if more else made  # type: ignore[arg-type]

    @contextmanager
    def inside(self, *scopes: Scope) -> Iterator[None]:
        """What happens within is within these scopes."""
        before = self.scopes
        self.scopes = (*before, *scopes)
        try:
            yield
        finally:
            self.scopes = before

    def end(self, how: str) -> None:
        """This path is over."""
        self.live = False
        self.ending = how

    def leave(self, value: Value) -> None:
        """This path returns; what it proves on the way is part of a constant answer."""
        if isinstance(value.data, Constant) or not value.deps:
            implied = frozenset(dep for guard in self.guards for dep in guard.deps)
            value = value.depending(implied)
        self.returned.append((value, self.guards))
        self.end("return")

    def graft(self, summary: Summary, bindings: Mapping[str, Value], node: ast.AST) -> Transplanted:
        """Append a callee's effects to this trace, in this function's words."""
        carried = Transplant(
            Bindings(
                bindings,
                len(self.trace.effects),
                summary.places,
                self.machine.models.documents,
            ),
            self.trace.numbers,
            self.guards,
            self.scopes,
            self.at(node) if self.function else None,
            self.given,
        )
        self.trace.numbers += summary.numbers
        self.trace.cut = self.trace.cut or summary.cut
        return Transplanted(self, summary, carried)


@dataclass(slots=True, eq=False)
class Transplanted:
    """A summary being put into a frame: all at once, or up to its ``yield`` and then the rest."""

    frame: Frame
    summary: Summary
    carried: Transplant
    _next: int = 0

    def effects(self, until: int | None = None) -> None:
        """Append the effects up to an index, or all that are left.

        Effects keep their distance to each other, which is what their dependencies name.
        """
        end = len(self.summary.effects) if until is None else until
        trace = self.frame.trace
        given = self.summary.effects[self._next : end]
        room = LONGEST - len(trace.effects)
        if len(given) > room:
            trace.cut = True
            given = given[:room]
        trace.effects.extend(map(self.carried.effect, given))
        self._next = end

    def passed(self) -> None:
        """What the callee has tested, the caller has tested."""
        self.frame.guards += tuple(map(self.carried.guard, self.summary.passed))

    def value(self) -> Value | None:
        returns = self.summary.returns
        return None if returns is None else self.carried.bindings.value(returns)
