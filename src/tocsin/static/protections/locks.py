"""Row locks: taken by the check or before it, in the transaction of the use, and fresh."""

from __future__ import annotations

from tocsin.static.effect import ADVISORY, TRIED, Effect, Kind
from tocsin.static.interpret.rows import UPSERTS
from tocsin.static.overlap import ROW, keys, same_store
from tocsin.static.protections.transactions import together
from tocsin.static.window import Protection, Shield, Trust, Window
from tocsin.static.world import World


def row_lock(window: Window, world: World) -> Protection | None:
    """The lock that holds the checked rows until the use is committed, or the one that fails to.

    Sources: PostgreSQL 18, "Explicit Locking"; measured for SQLAlchemy's identity map.
    """
    own = _own(window)
    if own is not None and own.closes:
        return own
    earlier = [i for i in range(window.index) if _locks(window, i)]
    for place in earlier:
        if together(window.effects, place, window.use.index):
            return Protection(Shield.EARLIER_LOCK, window.effects[place].at)
    if own is not None:
        return own
    # A lock that was taken for something else, and is given back, is no fault of this window.
    given_back = next((i for i in earlier if _meant(window, i)), None)
    if given_back is not None:
        at = window.effects[given_back].at
        return Protection(Shield.EARLIER_LOCK, at, closes=False, flaw="outside")
    late = [i for i in range(window.index + 1, window.use.index) if _locks(window, i)]
    for place in late:
        if same_store(window.effects[place], window.check):
            at = window.effects[place].at
            return Protection(Shield.ROW_LOCK, at, closes=False, flaw="late")
    return _lazy(window)


def _meant(window: Window, place: int) -> bool:
    """Whether a lock is of the checked rows, or of none and with nothing else written under it."""
    lock = window.effects[place]
    if UPSERTS in lock.options:
        return False
    if same_store(lock, window.check):
        return True
    return (lock.item is not None and lock.item.name == ADVISORY) and not any(
        window.effects[i].kind is Kind.WRITE and together(window.effects, place, i)
        for i in range(place + 1, window.use.index)
    )


def _lazy(window: Window) -> Protection | None:
    """A lock that was meant, and that no statement has taken."""
    if "lock dropped" in window.check.options:
        return Protection(Shield.ROW_LOCK, window.check.at, closes=False, flaw="lazy")
    for each in window.effects:
        if each.kind is Kind.BUILT and same_store(each, window.check):
            return Protection(Shield.ROW_LOCK, each.at, closes=False, flaw="lazy")
    return None


def _own(window: Window) -> Protection | None:
    check = window.check
    if not check.lock:
        return None
    if _absent(window):
        return Protection(Shield.ROW_LOCK, check.at, closes=False, flaw="nothing to lock")
    if _stale(window):
        return Protection(Shield.ROW_LOCK, check.at, closes=False, flaw="stale")
    if together(window.effects, window.index, window.use.index):
        return Protection(Shield.ROW_LOCK, check.at)
    if UPSERTS in check.options:
        return None
    return Protection(Shield.ROW_LOCK, check.at, closes=False, flaw="outside")


def _absent(window: Window) -> bool:
    """Whether a row is created because none was found: one that is not there cannot be locked.

    Nor do the locks of those that are there keep others away.
    """
    if window.use.verb != "insert" or not same_store(window.check, window.use.effect):
        return False
    guard = window.guard
    if guard is None:
        return window.trust is Trust.TESTED
    return guard.found < 0 or (guard.found == 0 and ROW in window.columns)


def _stale(window: Window) -> bool:
    """Whether the identity map gives an object back as it was loaded before the lock."""
    check = window.check
    if check.session in {"", "django"} or check.columns:
        return False
    if "populate_existing" in check.options or check.item is None:
        return False
    for place in range(window.index):
        earlier = window.effects[place]
        if earlier.kind is not Kind.READ or earlier.columns or earlier.item is None:
            continue
        if earlier.session != check.session or not same_store(earlier, check):
            continue
        if earlier.verb in {"count", "exists"} or earlier.lock or earlier.verb == "lazy":
            continue
        if earlier.item.row == check.item.row and together(window.effects, place, window.index):
            return True
    return False


def _locks(window: Window, place: int) -> bool:
    """Whether an effect locks the rows of the check, or one that stands for them.

    Locking a parent row is how rows that are not there yet are protected; an advisory lock is
    taken for nothing else.
    """
    effect = window.effects[place]
    if not effect.lock or effect.item is None or window.check.item is None:
        return False
    if effect.item.name == ADVISORY:
        return effect.verb != TRIED or _asked(window, place)
    if same_store(effect, window.check):
        mine, theirs = keys(effect.item, effect.model), keys(window.check.item, window.check.model)
        common = mine.keys() & theirs.keys()
        if window.last and not mine.keys() <= theirs.keys():
            return False  # one of the rows, and another request locks another one
        rows = {effect.item.row, *map(_object, mine.values())}
        if mine and theirs and not common and window.check.item.row not in rows:
            return False  # looked up in another way: another row, as far as can be seen
        return not any(mine[column] != theirs[column] for column in common)
    return _parent(effect, window.check) or (
        window.same_item and _parent(effect, window.use.effect)
    )


def _asked(window: Window, place: int) -> bool:
    """Whether the use is done only because of what a read has answered."""
    return any(dep.source == place for guard in window.use.effect.guards for dep in guard.deps)


def _parent(effect: Effect, below: Effect) -> bool:
    if effect.item is None or below.item is None:
        return False
    terms = set(keys(effect.item, effect.model).values()) | {effect.item.row}
    used = set(keys(below.item, below.model).values())
    if any(term and any(term in each for each in used) for term in terms):
        return True
    return not {_object(term) for term in terms if term}.isdisjoint(map(_object, used))


def _object(term: str) -> str:
    """A row and its key name the same row."""
    return term.removesuffix(".pk").removesuffix(".id")
