"""The window: a check, the use that trusts it, what can happen between, what closes it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tocsin.frameworks.routes.base import Entry
from tocsin.model.location import Location
from tocsin.static.effect import Effect, Guard, Kind, Scope, ScopeKind, Written
from tocsin.static.models import Model
from tocsin.stores.calls.telling import TELLS


class Trust(StrEnum):
    """How the use trusts the check."""

    TESTED = "tested"  # a branch was taken because of it
    COMPUTED = "computed"  # what is written was computed from it
    SEEN = "seen"  # not at all: the two places are what an observer has seen


class Shield(StrEnum):
    """What may close a window."""

    ROW_LOCK = "row lock"
    EARLIER_LOCK = "lock taken before"
    CONDITIONAL = "conditional write"
    UNIQUE = "unique constraint"
    UPSERT = "upsert"
    CHECK = "check constraint"
    VERSION = "version column"
    ISOLATION = "isolation level"
    MUTEX = "mutual exclusion"
    LOOP = "one event loop"
    EXCLUSIVE = "exclusive creation"
    RECHECKED = "checked again"
    HANDLED = "error handled"


ONE_PROCESS = "one process"
"""The flaw of what protects, as long as there is one process."""


@dataclass(frozen=True, slots=True)
class Protection:
    """Something that closes a window, or looks as if it did (``closes`` is false).

    ``flaw`` says why it does not, in the words of the rules: ``late``, ``outside``, ``lazy``,
    ``stale``, ``nothing to lock``, ``per call``, ``several``, ``early release``, ``unhandled``,
    ``one process``, ``not shared``;
    ``others`` are then the endpoints that do not keep to it.
    """

    shield: Shield
    at: Location
    closes: bool = True
    flaw: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Use:
    """The access that trusts: ``columns`` it sets, ``row`` whether it writes a whole one."""

    index: int
    effect: Effect
    written: tuple[Written, ...]
    full: bool = False

    @property
    def verb(self) -> str:
        return self.effect.verb

    @property
    def columns(self) -> frozenset[str]:
        return frozenset(each.column for each in self.written)


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """What rules judge.

    ``columns`` are those of the check that are trusted; an empty name among them is the row's
    existence. ``rivals`` are the endpoints whose writes make the check untrue; with ``own`` two
    of the same request race. ``same_row`` says that check and use are about one row, ``copied``
    that what is trusted is a copy which a hook or a dependency has handed on, ``last`` that a row
    is taken out of those that were looked at, because others are left.
    """

    entry: Entry
    trust: Trust
    index: int
    check: Effect
    use: Use
    columns: frozenset[str]
    guard: Guard | None
    crossings: tuple[Effect, ...]
    protections: tuple[Protection, ...]
    rivals: tuple[str, ...]
    own: bool
    same_row: bool
    effects: tuple[Effect, ...]
    copied: bool = False
    last: bool = False

    @classmethod
    def seen(cls, entry: Entry, check: Effect, use: Effect, effects: tuple[Effect, ...]) -> Window:
        """Two places in a trace, as a window of which nothing else is asked."""
        index = next((i for i, each in enumerate(effects) if each is check), 0)
        last = next((i for i, each in enumerate(effects) if each is use), index)
        used = Use(last, use, use.written)
        return cls(
            entry,
            Trust.SEEN,
            index,
            check,
            used,
            frozenset(),
            None,
            (),
            (),
            (),
            False,
            False,
            effects,
        )

    @property
    def closed(self) -> Protection | None:
        """The protection that closes the window, if one does."""
        return next((each for each in self.protections if each.closes), None)

    def flawed(self, flaw: str) -> Protection | None:
        """A protection that does not protect, for this reason."""
        return next((each for each in self.protections if each.flaw == flaw), None)

    @property
    def sought(self) -> frozenset[str]:
        """The columns by which a row like the new one was looked for.

        By the database, or by going through rows: ``any(row.email == email for row in rows)``.
        """
        asked = (
            frozenset(self.check.item.equal_to()) if self.check.item is not None else frozenset()
        )
        through = self.check.verb == "rows" and self.use.verb == "insert"
        return asked | (self.columns & self.use.columns) if through else asked

    @property
    def same_item(self) -> bool:
        """Whether check and use are about the same table, file or variable."""
        one, other = self.check.item, self.use.effect.item
        return (
            one is not None
            and other is not None
            and (one.store, one.name)
            == (
                other.store,
                other.name,
            )
        )

    @property
    def followed(self) -> tuple[Effect, ...]:
        """What else is done, or handed on, because of the test."""
        guard = self.guard
        if guard is None:
            return ()
        return tuple(
            each
            for each in self.effects
            if each.kind in {Kind.WRITE, Kind.SPAWN, Kind.CALL}
            and each.verb != TELLS
            and each.item != self.use.effect.item
            and any((g.number, g.holds) == (guard.number, guard.holds) for g in each.guards)
        )

    @property
    def split(self) -> bool:
        """Whether the check's transaction has ended before the one of the use has begun."""
        blocks = self.check.inside(ScopeKind.TRANSACTION)
        if blocks:
            mine = self.use.effect.inside(ScopeKind.TRANSACTION)
            return bool(mine) and blocks[0].number not in {each.number for each in mine}
        session = self.check.session
        return session not in {"", "django"} and any(
            each.kind is Kind.COMMIT and each.session == session for each in self.crossings
        )

    @property
    def heard(self) -> bool:
        """Whether what the use answers is tested: then it says itself who was first."""
        return any(
            dep.source == self.use.index
            for each in self.effects[self.use.index + 1 :]
            for guard in each.guards
            for dep in guard.deps
        )

    @property
    def job(self) -> Scope | None:
        """The job in which the use is, when the check was made before it began."""
        mine = {each.number for each in self.check.inside(ScopeKind.JOB)}
        jobs = self.use.effect.inside(ScopeKind.JOB)
        return next((each for each in jobs if each.number not in mine), None)

    @property
    def handed(self) -> bool:
        """Whether the job was handed what was checked, as it was then."""
        job = self.job
        return job is not None and any(
            each.kind is Kind.SPAWN
            and job.number in {scope.number for scope in each.scopes}
            and any(
                dep.source == self.index and (not dep.column or dep.column in self.columns)
                for dep in each.deps
            )
            for each in self.effects
        )

    @property
    def store(self) -> str:
        return self.check.item.store if self.check.item else ""

    @property
    def model(self) -> Model | None:
        return self.check.model if isinstance(self.check.model, Model) else None

    @property
    def refusal(self) -> str:
        return self.guard.refusal if self.guard else ""

    @property
    def asked_first(self) -> bool:
        """Whether a permission class has asked before the handler, or a decorator around it."""
        if self.guard is None:
            return False
        function, guard = self.entry.function, self.guard.at
        if not guard.function:
            return True
        handler, asking = (function.module.path, function.qualname), (guard.path, guard.function)
        use = self.effects[self.use.index]
        outwards = [(each.path, each.function) for each in (use.at, *use.sites)]
        if handler not in outwards:
            return False
        path, view = handler[0], handler[1].rpartition(".")[0]
        mine = [
            each
            for each in outwards
            if view and (each[0], each[1].rpartition(".")[0]) == (path, view)
        ]
        inner = outwards.index(mine[0] if mine else handler)
        return asking in outwards[inner + 1 :] and asking not in mine

    @property
    def threaded(self) -> bool:
        """Whether requests run in threads, rather than on one event loop."""
        return not self.entry.asynchronous
