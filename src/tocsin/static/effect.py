"""What code does to what other requests see: effects, under guards, inside scopes."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from tocsin.model.location import Location
from tocsin.static.models import Model
from tocsin.static.noun import noun
from tocsin.static.term import Term
from tocsin.static.value import NO_DEPS, Bindings, Condition, Deps


class Kind(StrEnum):
    """What an effect is.

    ``SET`` changes a loaded object in memory; a later ``WRITE`` or the mapper's flush stores it.
    ``BUILT`` is a statement that would lock rows, and is never run. ``ORIGIN`` is where a value
    came from, which nobody else can change: what the client has sent, chance, a test of a text.
    ``AWAIT`` lets the event loop run others, ``CALL`` lets the interpreter switch threads.
    """

    READ = "read"
    WRITE = "write"
    SET = "set"
    BEGIN = "begin"
    COMMIT = "commit"
    ROLLBACK = "rollback"
    FLUSH = "flush"
    REFRESH = "refresh"
    ISOLATE = "isolate"
    BUILT = "built"
    ORIGIN = "origin"
    AWAIT = "await"
    CALL = "call"
    SPAWN = "spawn"
    RESPOND = "respond"
    GUARDED = "guarded"  # a guard refuses, or lets pass; `verb` is its name
    COMPARE = "compare"  # a secret with ==, `verb` says whether with what is stored
    CLAIM = "claim"  # the client says who it is, in a parameter that nothing vouches for


@noun(frozen=True, slots=True)
class Item:
    """What is touched, symbolically.

    ``store`` is ``database``, ``memory``, ``file`` or ``cache``; ``name`` the table, variable or
    path's term; ``where`` which rows of it; ``row`` names the one object, where it is one.
    """

    store: str
    name: str
    where: tuple[Condition, ...] = ()
    row: Term = ""

    def equal_to(self) -> dict[str, Term]:
        """The columns that are fixed to one value."""
        return {each.column: each.term for each in self.where if each.op == "=" and each.column}

    def __str__(self) -> str:
        keys = ", ".join(f"{column}={term}" for column, term in self.equal_to().items())
        return f"{self.name}[{keys}]" if keys else self.name


@noun(frozen=True, slots=True)
class Written:
    """One column that a write sets: from which reads, and whether the database calculates it.

    ``constant`` values are written in the source: setting them twice is setting them once.
    """

    column: str
    deps: Deps = NO_DEPS
    relative: bool = False
    term: Term = ""
    constant: bool = False


@noun(frozen=True, slots=True)
class Guard:
    """A test that had to be passed to get here.

    ``number`` names the test, ``holds`` which of its branches this is. ``refusal`` is what the
    other branch does, when it gives up: an HTTP status, the name of an exception, ``return``.
    ``found`` is 1 where passing means that something was found, -1 that nothing was, 0 neither.
    """

    number: int
    holds: bool
    deps: Deps
    at: Location
    refusal: str = ""
    text: str = ""
    found: int = 0


ADVISORY = "(advisory lock)"
"""The item of a lock that stands for no row, and that ends with the transaction."""

TRIED = "try lock"
"""The verb of such a lock that does not wait: whether it is held, its answer says."""


REFUSED = frozenset({"IntegrityError", "UniqueViolation", "UniqueViolationError"})
"""Errors that only a constraint raises: nobody catches them who knows of none."""


class ScopeKind(StrEnum):
    """What a block of code is inside of."""

    TRANSACTION = "transaction"
    SAVEPOINT = "savepoint"
    LOCK = "lock"
    TRY = "try"
    SESSION = "session"
    LOOP = "loop"
    JOB = "job"
    VALIDATION = "validation"


@noun(frozen=True, slots=True)
class Scope:
    """A block: a transaction, a lock held, a ``try`` with its handlers' exceptions.

    ``term`` says which lock or session; ``detail`` of what kind it is (``asyncio``, ``thread``,
    ``redis``, ``advisory``, an isolation level), ``caught`` what a ``try`` handles. ``fresh``
    locks were made by the very call that takes them; ``ignored`` are exceptions that a ``try``
    handles by going on.
    """

    number: int
    kind: ScopeKind
    term: Term = ""
    detail: str = ""
    caught: tuple[str, ...] = ()
    fresh: bool = False
    ignored: tuple[str, ...] = ()


@noun(frozen=True, slots=True)
class Effect:
    """One step. ``session`` is the term of the session or connection that it goes through.

    ``lock`` is ``update`` or ``share`` for a read that locks its rows, ``watch`` for one that makes
    what is stored later conditional on them. ``columns`` are those read (empty: all).
    ``options`` are words of the table, as ``full`` for a save of all columns.
    An effect is ``generic`` in a function that was handed the model: its place is the call's.
    ``sites`` are the calls that led here, innermost first.
    """

    kind: Kind
    at: Location
    verb: str = ""
    item: Item | None = None
    model: object = None
    columns: tuple[str, ...] = ()
    written: tuple[Written, ...] = ()
    lock: str = ""
    session: Term = ""
    deps: Deps = NO_DEPS
    options: frozenset[str] = frozenset()
    guards: tuple[Guard, ...] = ()
    scopes: tuple[Scope, ...] = ()
    generic: bool = False
    sites: tuple[Location, ...] = ()

    def inside(self, kind: ScopeKind) -> tuple[Scope, ...]:
        """The scopes of a kind around this effect, outermost first."""
        return tuple(scope for scope in self.scopes if scope.kind is kind)


def answered(effects: Iterable[Effect], guard: Guard) -> str:
    """The status of the refusal at the other way out of a test; empty if there is none."""
    other = (guard.number, not guard.holds)
    return next(
        (
            each.verb
            for each in effects
            if each.kind is Kind.RESPOND and any((g.number, g.holds) == other for g in each.guards)
        ),
        "",
    )


@dataclass(eq=False, slots=True)
class Transplant:
    """Carries effects of a summary into a caller's trace: new numbers, the caller's words."""

    bindings: Bindings
    numbers: int
    guards: tuple[Guard, ...]
    scopes: tuple[Scope, ...]
    site: Location | None = None
    given: Container[str] = frozenset()
    _sites: dict[int, tuple[Location, ...]] = field(default_factory=dict)
    _paths: dict[int, tuple[Guard, ...]] = field(default_factory=dict)
    _blocks: dict[int, tuple[Scope, ...]] = field(default_factory=dict)
    _guards: dict[int, Guard] = field(default_factory=dict)
    _scopes: dict[int, Scope] = field(default_factory=dict)

    def effect(self, effect: Effect) -> Effect:
        """Every field is given here: `replace` takes three times as long, and this runs most."""
        bind = self.bindings
        here = self.site
        site = here if effect.generic else None
        generic, sites = effect.generic, effect.sites
        if here is not None:
            generic = generic and getattr(effect.model, "name", "") in self.given
            sites = sites if site is not None else self._further(sites, here)
        item, model = effect.item, effect.model
        if item is not None:
            if "`" in item.name and isinstance(model, Model):
                model = bind.model(model)
                item = replace(item, name=getattr(model, "table", item.name))
            item = self._item(item)
        return Effect(
            effect.kind,
            site or effect.at,
            effect.verb,
            item,
            model,
            effect.columns,
            tuple(map(self._written, effect.written)) if effect.written else (),
            effect.lock,
            bind.term(effect.session) if effect.session else "",
            bind.deps(effect.deps) if effect.deps else effect.deps,
            effect.options,
            self._path(effect.guards),
            self._block(effect.scopes),
            generic,
            sites,
        )

    def _further(self, sites: tuple[Location, ...], here: Location) -> tuple[Location, ...]:
        """One more call further out. Neighbours are from the same place."""
        known = self._sites.get(id(sites))
        if known is None:
            known = self._sites[id(sites)] = (*sites, here)
        return known

    def _item(self, item: Item) -> Item:
        bind = self.bindings
        where = bind.where(item.where) if item.where else ()
        name, row = bind.term(item.name), bind.term(item.row)
        if where is item.where and name is item.name and row is item.row:
            return item
        return Item(item.store, name, where, row)

    def _written(self, each: Written) -> Written:
        deps, term = self.bindings.deps(each.deps), self.bindings.term(each.term)
        if deps is each.deps and term is each.term:
            return each
        return Written(each.column, deps, each.relative, term, each.constant)

    def _path(self, guards: tuple[Guard, ...]) -> tuple[Guard, ...]:
        """Neighbours share their guards: so do they here."""
        if not guards:
            return self.guards
        known = self._paths.get(id(guards))
        if known is None:
            carried = self._guards
            for guard in reversed(guards):  # paths are long, and grow at their ends
                if id(guard) in carried:
                    break
                self.guard(guard)
            try:
                own = tuple(map(carried.__getitem__, map(id, guards)))
            except KeyError:
                own = tuple(map(self.guard, guards))
            known = self._paths[id(guards)] = (*self.guards, *own)
        return known

    def _block(self, scopes: tuple[Scope, ...]) -> tuple[Scope, ...]:
        if not scopes:
            return self.scopes
        known = self._blocks.get(id(scopes))
        if known is None:
            # A job begins when the request is over: it is in none of the caller's blocks.
            around = () if scopes[0].kind is ScopeKind.JOB else self.scopes
            known = self._blocks[id(scopes)] = around + tuple(map(self.scope, scopes))
        return known

    def guard(self, guard: Guard) -> Guard:
        known = self._guards.get(id(guard))
        if known is None:
            deps, number = self.bindings.deps(guard.deps), guard.number + self.numbers
            known = guard
            if deps is not guard.deps or number != guard.number:
                known = Guard(
                    number, guard.holds, deps, guard.at, guard.refusal, guard.text, guard.found
                )
            self._guards[id(guard)] = known
        return known

    def scope(self, scope: Scope) -> Scope:
        known = self._scopes.get(id(scope))
        if known is None:
            number, term = scope.number + self.numbers, self.bindings.term(scope.term)
            known = scope
            if number != scope.number or term is not scope.term:
                known = Scope(
                    number, scope.kind, term, scope.detail, scope.caught, scope.fresh, scope.ignored
                )
            self._scopes[id(scope)] = known
        return known
