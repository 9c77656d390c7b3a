"""From a trace to its windows: every use with the reads that it trusts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from tocsin.model.location import Location
from tocsin.static.effect import Effect, Guard, Kind, Written
from tocsin.static.entries import GIVEN, Trace
from tocsin.static.interpret.attributes import AUTHENTICATED
from tocsin.static.interpret.remembering import RECALL
from tocsin.static.models import Model
from tocsin.static.overlap import (
    ROW,
    apart,
    covers,
    gone_through,
    inserted,
    last,
    named,
    same_object,
    same_row,
    same_store,
    trusted,
)
from tocsin.static.places import told
from tocsin.static.protections.registry import protections
from tocsin.static.term import short
from tocsin.static.uses import uses
from tocsin.static.value import Dep, Deps
from tocsin.static.window import Trust, Use, Window
from tocsin.static.words import versions
from tocsin.static.world import World

DENIALS = frozenset({"403"})
_CROSSINGS = frozenset({Kind.AWAIT, Kind.CALL, Kind.READ, Kind.WRITE, Kind.COMMIT, Kind.FLUSH})


def windows(trace: Trace, world: World) -> Iterator[Window]:
    """Every window of a trace, closed ones too: rules and protections decide what is said."""
    finder = _Finder(trace, world)
    for use in uses(trace.effects):
        yield from finder.tested(use)
        yield from finder.changed(use)
        yield from finder.either(use)
        yield from finder.computed(use)
    yield from finder.shown()


@dataclass(eq=False)
class _Finder:
    trace: Trace
    world: World
    _tested: dict[int, Sequence[tuple[int, frozenset[str]]]] = field(default_factory=dict)
    _apart: dict[tuple[int, int], bool] = field(default_factory=dict)

    @property
    def effects(self) -> tuple[Effect, ...]:
        return self.trace.effects

    def tested(self, use: Use) -> Iterator[Window]:
        """A branch was taken because of a read; on it, something is written."""
        for index, guard, columns in self._checks(use.effect.guards, use.index):
            check = self.effects[index]
            if self._exclusive(check, use.effect):
                continue
            if _makes(check, use) and _there(guard, check) and same_store(check, use.effect):
                continue  # created because there is one: no second can come of that
            if use.verb == "delete" and guard.found < 0 and same_store(check, use.effect):
                continue  # there was nothing: what is taken away came after that
            edited = _edits(check, use, index, guard, columns)
            # The row of whoever asks, and one of the same table: two may take each other's right.
            another = guard.refusal in DENIALS and _another(check, use, index)
            among = ROW in columns and last(check, guard, use)
            conflict = edited or among or self._self_conflict(check, index, use, columns)
            conflict = conflict or gone_through(check, guard, use, columns)
            own = conflict and not another
            if own:
                yield self._window(
                    Trust.TESTED,
                    index,
                    use,
                    columns,
                    guard,
                    (self.trace.entry.endpoint,),
                    own=True,
                )
            elif guard.refusal in DENIALS and (
                rivals := self._others(check, columns, itself=another)
            ):
                yield self._window(Trust.TESTED, index, use, columns, guard, rivals)

    def changed(self, use: Use) -> Iterator[Window]:
        """A row was changed in memory because of a test, and more was done; then it is saved."""
        row = use.effect.item.row if use.effect.item else ""
        for place, effect in enumerate(self.effects[: use.index] if use.verb == "save" else ()):
            if effect.kind is not Kind.SET or effect.item is None or effect.item.row != row:
                continue
            part = replace(use, written=effect.written)
            inner = [each for each in effect.guards if each not in use.effect.guards]
            for index, guard, columns in self._checks(inner, place):
                own = (self.trace.entry.endpoint,)
                if not self._besides(guard, use):
                    continue
                if self._self_conflict(self.effects[index], index, part, columns):
                    yield self._window(Trust.TESTED, index, part, columns, guard, own, own=True)

    def _besides(self, guard: Guard, use: Use) -> bool:
        """Whether something else is done because of a test: a row added, a job begun."""
        return any(
            each.kind is Kind.SPAWN
            or (each.kind is Kind.WRITE and not same_store(each, use.effect))
            for each in self._acts.get((guard.number, guard.holds), ())
        )

    @cached_property
    def _acts(self) -> Mapping[tuple[int, bool], Sequence[Effect]]:
        """What is written and begun on each way out of a test: asked for once for each window."""
        found: dict[tuple[int, bool], list[Effect]] = {}
        for each in self.effects:
            if each.kind in {Kind.SPAWN, Kind.WRITE}:
                for way in {(guard.number, guard.holds) for guard in each.guards}:
                    found.setdefault(way, []).append(each)
        return found

    def either(self, use: Use) -> Iterator[Window]:
        """A row is stored that is new, or the one that was found: which of them, a read said."""
        if use.verb != "insert":
            return
        told = {dep.source for guard in use.effect.guards for dep in guard.deps}
        for dep in in_order(use.effect.deps):
            check = self._read(dep, use.index)
            if check is None or not isinstance(dep.source, int) or dep.source in told:
                continue
            if not dep.column and same_store(check, use.effect) and inserted(check, use):
                own = (self.trace.entry.endpoint,)
                columns = frozenset({ROW})
                yield self._window(Trust.TESTED, dep.source, use, columns, None, own, own=True)

    def numbered(self, use: Use) -> Iterator[Window]:
        """A new row gets a number that was computed from those that were there."""
        if use.verb != "insert":
            return
        for each in use.written:
            for dep in in_order(each.deps):
                check = self._read(dep, use.index)
                if check is None or not isinstance(dep.source, int):
                    continue
                if _counted(check, dep, each, use) and inserted(check, use):
                    own = (self.trace.entry.endpoint,)
                    columns = frozenset({each.column})
                    yield self._window(
                        Trust.COMPUTED, dep.source, use, columns, None, own, own=True
                    )

    def computed(self, use: Use) -> Iterator[Window]:
        """A column is written with a value that was computed from what it was."""
        if use.verb == "insert":
            yield from self.numbered(use)
            return
        for each in use.written:
            for dep in in_order(each.deps):
                check = self._read(dep, use.index)
                if check is None or each.relative or not isinstance(dep.source, int):
                    continue
                if self._recomputed(check, dep, each, use):
                    columns = frozenset({dep.column})
                    endpoint = self.trace.entry.endpoint
                    yield self._window(
                        Trust.COMPUTED, dep.source, use, columns, None, (endpoint,), own=True
                    )

    def _recomputed(self, check: Effect, dep: Dep, written: Written, use: Use) -> bool:
        if not same_store(check, use.effect) or not isinstance(dep.source, int):
            return False
        if _itself(check, written, use):
            return False
        if check.item is not None and check.item.store == "memory":
            return use.effect.item is not None and covers(use.effect.item, check.item)
        if check.item is not None and check.item.store == "cache":  # a key has one value
            return use.effect.item is not None and not apart(check.item, use.effect.item)
        mine = named(frozenset({dep.column}), check.model)
        theirs = named(frozenset({written.column}), use.effect.model)
        return mine == theirs and same_row(check, use, dep.source)

    def shown(self) -> Iterator[Window]:
        """A read that was allowed by an earlier one, and is answered with: nothing is written."""
        for place, effect in enumerate(self.effects):
            if (
                effect.kind is not Kind.READ
                or effect.verb in {"lazy", RECALL}
                or effect.item is None
            ):
                continue
            for index, guard, columns in self._checks(effect.guards, place):
                check = self.effects[index]
                if guard.refusal not in DENIALS or same_store(check, effect):
                    continue
                if self._exclusive(check, effect):
                    continue
                use = Use(place, effect, ())
                rivals = self._others(check, columns)
                if rivals:
                    yield self._window(Trust.TESTED, index, use, columns, guard, rivals)

    def _checks(
        self, guards: Sequence[Guard], before: int
    ) -> Iterator[tuple[int, Guard, frozenset[str]]]:
        """The reads that each guard depends on, with the columns that were tested."""
        for guard in dict.fromkeys(guards):
            for index, columns in self._tests(guard):
                if index < before:
                    yield index, guard, columns

    def _tests(self, guard: Guard) -> Sequence[tuple[int, frozenset[str]]]:
        """The reads of the whole trace that a guard depends on: many uses have the same guards."""
        known = self._tested.get(id(guard))
        if known is None:
            found: dict[int, set[str]] = {}
            for dep in in_order(guard.deps - self._ways(guard)):
                check = self._read(dep, len(self.effects))
                if check is None or not isinstance(dep.source, int) or _no_row(check, dep):
                    continue
                # That somebody is logged in is no right that is taken away.
                if dep.column or check.verb != AUTHENTICATED:
                    found.setdefault(dep.source, set()).add(dep.column)
            known = [(index, frozenset(columns)) for index, columns in found.items()]
            self._tested[id(guard)] = known
        return known

    def _ways(self, guard: Guard) -> frozenset[Dep]:
        """Columns by which another row was found, of which then a column was tested."""
        reached = {d.source for d in guard.deps if d.column} - {
            d.source for d in guard.deps if not d.column
        }
        rows = (self.effects[i] for i in reached if isinstance(i, int) and i < len(self.effects))
        return frozenset(
            dep for row in rows if row.verb == "lazy" for dep in row.deps if dep.column
        )

    def _read(self, dep: Dep, before: int) -> Effect | None:
        if not isinstance(dep.source, int) or dep.source >= min(before, len(self.effects)):
            return None
        effect = self.effects[dep.source]
        return effect if effect.kind is Kind.READ and effect.item is not None else None

    def _self_conflict(self, check: Effect, index: int, use: Use, columns: frozenset[str]) -> bool:
        """Whether the use makes the check of another such request untrue."""
        if not same_store(check, use.effect):
            return False
        if check.item is not None and check.item.store == "memory":
            return use.effect.item is not None and covers(use.effect.item, check.item)
        if check.item is not None and check.item.store in {"file", "cache"}:
            return use.effect.item is not None and not apart(check.item, use.effect.item)
        if use.verb == "insert":
            return ROW in columns and inserted(check, use)
        if not same_row(check, use, index):
            return False
        if use.verb == "delete":
            return ROW in columns
        changed = trusted(check, columns) & named(use.columns, use.effect.model)
        return bool(changed - _renamed(check, use, columns) - _kept(check, use, columns))

    def _exclusive(self, one: Effect, other: Effect) -> bool:
        """Whether no run does both: they are on different branches of one test.

        Neighbours share their guards, all of which are there as long as the trace is.
        """
        if not one.guards or not other.guards:
            return False
        key = (id(one.guards), id(other.guards))
        known = self._apart.get(key)
        if known is None:
            mine = {(guard.number, not guard.holds) for guard in one.guards}
            known = any((guard.number, guard.holds) in mine for guard in other.guards)
            self._apart[key] = known
        return known

    def _set(self, use: Use, columns: frozenset[str]) -> Location:
        """Where a column got the value that is stored."""
        row = use.effect.item.row if use.effect.item else ""
        for effect in reversed(self.effects[: use.index]):
            mine = effect.item is not None and effect.item.row == row
            if effect.kind is Kind.SET and mine and columns & {w.column for w in effect.written}:
                return effect.at
        return use.effect.at

    def _others(
        self, check: Effect, columns: frozenset[str], *, itself: bool = False
    ) -> tuple[str, ...]:
        """The endpoints that change what was tested; this one too, if it may be of another row."""
        if check.item is None:
            return ()
        changing = self.world.changing(check.item.store, check.item.name, trusted(check, columns))
        if ROW in columns:
            changing += self.world.removing(check.item.store, check.item.name)
        mine = self.trace.entry.endpoint
        return tuple(name for name in dict.fromkeys(changing) if itself or name != mine)

    def _window(
        self,
        trust: Trust,
        index: int,
        use: Use,
        columns: frozenset[str],
        guard: Guard | None,
        rivals: tuple[str, ...],
        *,
        own: bool = False,
    ) -> Window:
        check = self.effects[index]
        if check.verb == GIVEN:  # what is seen of it is the test, or the computation
            at = guard.at if guard is not None else self._set(use, columns)
            check = replace(check, at=at, sites=())
        first, second = told(check, use.effect, guard)
        if guard is None and trust is Trust.TESTED and check.verb != GIVEN:
            first = check.at  # who has made a row of what was not found, whoever stores it
        if first != check.at:
            check = replace(check, at=first)
        if second != use.effect.at:
            use = replace(use, effect=replace(use.effect, at=second))
        crossings = tuple(
            each
            for each in self.effects[index + 1 : use.index]
            if each.kind in _CROSSINGS and not self._exclusive(each, use.effect)
        )
        denied = guard is not None and guard.refusal in DENIALS and not own
        same = same_object if denied else same_row
        among = own and guard is not None and ROW in columns and last(check, guard, use)
        window = Window(
            self.trace.entry,
            trust,
            index,
            check,
            use,
            columns,
            guard,
            crossings,
            (),
            rivals,
            own,
            same_store(check, use.effect) and same(check, use, index) and not among,
            self.effects,
            any((index, column) in self.trace.copies for column in columns),
            among,
        )
        return replace(window, protections=protections(window, self.world))


def in_order(deps: Deps) -> list[Dep]:
    """Dependencies on reads, the first ones first: what is told must not be left to chance."""
    read = (each for each in deps if isinstance(each.source, int))
    return sorted(read, key=lambda each: (each.source, each.column))


def _no_row(check: Effect, dep: Dep) -> bool:
    """Whether a column is named of what gives none: a number, or whether there is anything."""
    model = check.model
    known = isinstance(model, Model) and dep.column in model.columns
    return known and check.verb in {"count", "exists"}


def _itself(check: Effect, written: Written, use: Use) -> bool:
    """``self.phone = self.phone``: nothing was computed."""
    rows = {each.item.row for each in (check, use.effect) if each.item is not None}
    names = [f"{row}.{written.column}" for row in rows if row]
    return written.term in {*names, *map(short, names)}


_LITERAL = re.compile(
    r"""^(?:['"\d\[(-]|True$|False$|None$)|^[\w.]+\.[A-Z][A-Z0-9_]*(?:\.value)?$"""
)


def _kept(check: Effect, use: Use, columns: frozenset[str]) -> frozenset[str]:
    """What is written as it was asked for: the next one finds it so, but counts one more."""
    if check.item is None or check.verb == "count":
        return frozenset()
    fixed = check.item.equal_to()
    same = {e.column for e in use.written if e.constant and fixed.get(e.column) == e.term}
    return named(frozenset(same), use.effect.model) - named(columns, check.model)


def _renamed(check: Effect, use: Use, columns: frozenset[str]) -> frozenset[str]:
    """What the row was looked up by, and gets anew: a key that was given, no state that was asked.

    One that is taken away, as a token that is set to nothing, is asked for once.
    """
    if check.item is None:
        return frozenset()
    keys = {e.column for e in check.item.where if e.op == "=" and not _LITERAL.match(e.term)}
    anew = {each.column for each in use.written if not each.constant}
    asked = named(frozenset(keys & {e for e in keys if e}), check.model)
    return (asked & named(frozenset(anew), use.effect.model)) - named(columns, check.model)


def _another(check: Effect, use: Use, index: int) -> bool:
    """Whether the row that is written is not known to be the one that was tested."""
    if use.verb == "insert" or not same_store(check, use.effect):
        return False
    return not same_object(check, use, index)


def _makes(check: Effect, use: Use) -> bool:
    """Whether what is written can only be there after it: a row, or a key that was asked for."""
    return use.verb == "insert" or (use.verb == "put" and check.verb == "contains")


def _there(guard: Guard, check: Effect) -> bool:
    """Whether the test was passed because something was there, as a right has to be.

    Who is refused because there are too many is not told that a right is missing.
    """
    denied = guard.refusal in DENIALS and check.verb != "count"
    return guard.found > 0 or (guard.found == 0 and denied)


def _edits(check: Effect, use: Use, index: int, guard: Guard, columns: frozenset[str]) -> bool:
    """Whether a version was compared: any write of the row makes it another one."""
    if not guard.refusal or use.verb in {"insert", "delete"} or not same_store(check, use.effect):
        return False
    found = versions(trusted(check, columns), guard.refusal)
    return bool(found) and same_row(check, use, index)


def _counted(check: Effect, dep: Dep, written: Written, use: Use) -> bool:
    """Whether a count, a maximum or the last row's own number went into this one."""
    if not same_store(check, use.effect) or written.relative or written.constant:
        return False
    if check.verb == "count":
        return True
    mine = named(frozenset({dep.column}), check.model)
    theirs = named(frozenset({written.column}), use.effect.model)
    return bool(dep.column) and mine == theirs and " + " in written.term
