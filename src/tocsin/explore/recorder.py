"""Turns calls into the operations of a history: transactions named, values shown, places found."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tocsin.model.access import Access, Item, Mode
from tocsin.model.history import History, Op, OpKind
from tocsin.model.location import Location
from tocsin.stores import sql
from tocsin.stores.control import Call

DATABASE_LOCK = "(database lock)"
"""SQLite locks the whole database: its writers meet on this item whatever tables they write."""

_SNAPSHOT = "REPEATABLE READ"
GAPS = "(gaps of {})"
"""In MySQL and MariaDB those who lock rows of one table meet on this item."""

_ENDS = frozenset({OpKind.COMMIT, OpKind.ROLLBACK})
_SHOWN = 160
_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Prepared:
    """A call, understood. ``implied`` accesses matter to the search, not to people."""

    kind: OpKind
    label: str
    accesses: tuple[Access, ...] = ()
    implied: tuple[Access, ...] = ()


UniqueKeys = Callable[[str], Mapping[str, Collection[Collection[str]]]]
"""The unique column sets of a store's tables, by table."""

Touches = Callable[[str, str, object], tuple[Access, ...]]
"""What a statement's text touches in a store, given its values."""


class Understood:
    """Remembers what statements touch: the same few come again in every schedule."""

    def __init__(self, unique: UniqueKeys) -> None:
        self._unique = unique
        self._known: dict[object, tuple[Access, ...]] = {}

    def __call__(self, text: str, store: str, parameters: object) -> tuple[Access, ...]:
        key = (text, store, _identity(parameters))
        try:
            known = self._known.get(key)
        except TypeError:  # a value that cannot be hashed
            return self._read(text, store, parameters)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[key] = self._read(text, store, parameters)
        return known

    def _read(self, text: str, store: str, parameters: object) -> tuple[Access, ...]:
        statement = sql.read(text, sql.dialect_of(store))
        return statement.accesses(store, parameters, self._unique(store))


def _identity(parameters: object) -> object:
    """Values with their types: ``1`` and ``True`` are equal, and not the same to a database."""
    if isinstance(parameters, Mapping):
        return tuple((name, type(value), value) for name, value in parameters.items())
    if isinstance(parameters, tuple | list):
        return type(parameters), tuple((type(value), value) for value in parameters)
    return type(parameters), parameters


class Recorder:
    """The history of one run, as it grows. Callers hold the run's lock."""

    def __init__(self, locate: Callable[[], Location | None], touches: Touches) -> None:
        self._locate = locate
        self._touches = touches
        self._ops: list[Op] = []
        self._open: dict[int, str] = {}
        self._counted: dict[str, int] = {}
        self._held: dict[str, tuple[Access, ...]] = {}

    def history(self) -> History:
        return History(tuple(self._ops))

    def held_by_others(self, task: str, accesses: Sequence[Access]) -> bool:
        """Whether another task's open transaction has locked what these accesses would lock."""
        wanted = [access.item for access in accesses if access.writes or access.locks]
        return any(
            kept.item.overlaps(item)
            for name, held in self._held.items()
            if name.partition(".")[0] != task
            for kept in held
            for item in wanted
        )

    def prepare(self, call: Call) -> Prepared:
        """What a call is: its kind (``COMMIT`` may come as a statement), label and accesses."""
        if call.session is None or call.kind not in {OpKind.STATEMENT, *_ENDS, OpKind.BEGIN}:
            return Prepared(call.kind, call.text, call.accesses)
        store, key = call.session.store, call.session.key
        if call.kind is OpKind.STATEMENT:
            statement = sql.read(call.text, sql.dialect_of(store))
            kind, label = statement.kind, statement.label
            accesses: tuple[Access, ...] = ()
            if kind is call.kind:
                accesses = self._touches(call.text, store, call.parameters)
        else:
            kind, label, accesses = call.kind, call.text, call.accesses
        if kind in _ENDS:
            accesses = self._held.get(self._open.get(key, ""), ())
        begins = key not in self._open and not call.autocommit
        locks = kind in _ENDS or (kind is OpKind.BEGIN and call.pauses)
        implied = _implied(store, accesses, begins=begins, locks=locks)
        return Prepared(kind, label, accesses, implied)

    def locate(self) -> Location | None:
        return self._locate()

    def record(
        self,
        task: str,
        kind: OpKind,
        label: str,
        accesses: Sequence[Access] = (),
        *,
        call: Call | None = None,
        location: Location | None = None,
        rows: int | None = None,
        waited: bool = False,
        held_loop: bool = False,
        error: BaseException | None = None,
    ) -> None:
        """Add an operation that is over."""
        self._ops.append(
            Op(
                index=len(self._ops),
                task=task,
                kind=kind,
                label=label,
                accesses=tuple(accesses),
                location=location,
                transaction=self._transaction(task, kind, accesses, call),
                detail=detail(call) if call is not None else label,
                store=call.session.store if call is not None and call.session else "",
                isolation=_SNAPSHOT if call is not None and call.snapshot else "",
                rows=rows,
                waited=waited,
                held_loop=held_loop,
                error=f"{type(error).__name__}: {error}".strip()[:_SHOWN] if error else None,
            )
        )

    def _transaction(
        self, task: str, kind: OpKind, accesses: Sequence[Access], call: Call | None
    ) -> str | None:
        if call is None or call.session is None:
            return None
        key = call.session.key
        name = self._open.get(key)
        if name is None:
            self._counted[task] = self._counted.get(task, 0) + 1
            name = f"{task}.{self._counted[task]}"
        alone = call.autocommit and not call.in_transaction and kind is not OpKind.BEGIN
        if kind in _ENDS or alone:
            self._open.pop(key, None)
            self._held.pop(name, None)
        else:
            self._open[key] = name
            kept = tuple(access for access in accesses if access.writes or access.locks)
            self._held[name] = self._held.get(name, ()) + kept
        return name


def _implied(
    store: str, accesses: Sequence[Access], *, begins: bool, locks: bool
) -> tuple[Access, ...]:
    """What an operation touches besides what it names: the snapshot, SQLite's database lock."""
    found = []
    if begins and accesses:
        # The first statement of a transaction may fix what all of it sees.
        found.append(Access(Item(store, None), Mode.READ, "snapshot"))
    if store.startswith("mysql:"):
        # InnoDB locks the gaps between rows too: who writes other rows may have to wait.
        locked = (each for each in accesses if each.writes or each.locks)
        gaps = (Item(store, GAPS.format(each.item.name or "everything")) for each in locked)
        found += (Access(gap, Mode.WRITE, "lock") for gap in dict.fromkeys(gaps))
    if store.startswith("sqlite:"):
        item = Item(store, DATABASE_LOCK)
        if locks or any(access.writes for access in accesses):
            found.append(Access(item, Mode.WRITE, "lock"))
        elif accesses and not begins:
            found.append(Access(item, Mode.READ, "lock"))
    return tuple(found)


def detail(call: Call) -> str:
    """The call's text with its values, for readers."""
    if call.parameters is None or call.session is None:
        return call.text
    return f"{' '.join(call.text.split())}  ⟨{', '.join(_values(call.parameters))}⟩"


def _values(parameters: object) -> Iterator[str]:
    values: object = parameters.values() if isinstance(parameters, Mapping) else parameters
    if not isinstance(values, str) and hasattr(values, "__iter__"):
        for value in values:
            text = repr(value)
            yield text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    else:
        yield repr(values)
