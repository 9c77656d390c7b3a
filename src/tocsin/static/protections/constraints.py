"""What the database itself refuses: a second row, an old version."""

from __future__ import annotations

import re

from tocsin.static.effect import REFUSED, Effect, Item, Kind, ScopeKind
from tocsin.static.interpret.rows import LOOKED
from tocsin.static.models import Model
from tocsin.static.overlap import keys, literal, named, trusted
from tocsin.static.uses import MAPPERS
from tocsin.static.window import Protection, Shield, Trust, Window
from tocsin.static.world import World

_CAUGHT = frozenset(
    [
        "IntegrityError",
        "UniqueViolation",
        "UniqueViolationError",
        "ExclusionViolation",
        "ExclusionViolationError",
        "CheckViolation",
        "CheckViolationError",
        "DatabaseError",
        "DBAPIError",
        "SQLAlchemyError",
        "Exception",
        "BaseException",
        "DuplicateKeyError",
        "BulkWriteError",
        "WriteError",
        "OperationFailure",
        "PyMongoError",
    ]
)

_CHANCE = re.compile(r"uuid|random|secrets|choice|now\(|…|^None")
"""Values of which two requests have different ones, or of which nothing is known."""


def unique(window: Window, world: World) -> Protection | None:
    """A unique constraint on what was looked for; without a handler its error is nobody's.

    Where columns are declared elsewhere, or the row sets them by itself, whoever catches the error
    knows the constraint.
    """
    use, item, model = window.use, window.use.effect.item, window.use.effect.model
    if use.verb != "insert" or item is None:
        return None
    if not isinstance(model, Model):  # a table of which nothing is known, but to its own code
        known = window.same_item and _listens(use.effect, REFUSED)
        return Protection(Shield.UNIQUE, use.effect.at) if known else None
    if "upsert" in use.effect.options:
        return Protection(Shield.UPSERT, use.effect.at)
    if not window.same_item or window.check.item is None:
        return None
    heard = handled(window) or (world.settings.retried and model.kind in MAPPERS)
    if _excluded(window.check.item, model):
        flaw = "" if heard else "unhandled"
        return Protection(Shield.UNIQUE, use.effect.at, closes=heard, flaw=flaw)
    if model.unique_within(window.sought) is None:
        unseen = _elsewhere(model, use.columns) or _derived(window, model)
        counted = window.check.verb == "count"  # of rows that no constraint has anything against
        if unseen and not counted and _keyed(window) and handled(window, REFUSED):
            return Protection(Shield.UNIQUE, use.effect.at)
        if alike(window) is None:
            return None
        flaw = "on others" if heard else "unhandled"
        return Protection(Shield.UNIQUE, use.effect.at, closes=False, flaw=flaw)
    if heard:
        return Protection(Shield.UNIQUE, use.effect.at)
    return Protection(Shield.UNIQUE, use.effect.at, closes=False, flaw="unhandled")


def _excluded(looked: Item, model: Model) -> bool:
    """Whether an exclusion constraint is about what was looked for, and about nothing else."""
    fixed = {name for name, term in keys(looked, model).items() if not literal(term)}
    asked = {model.plain(each.column) for each in looked.where if each.column}
    return any(
        fixed <= own and asked & own
        for own in (frozenset(map(model.plain, each)) for each in model.excluded)
    )


def alike(window: Window) -> frozenset[str] | None:
    """Columns of a new row that whoever has looked for the same row sets alike.

    The others among them are the same for all, or were looked for by something they lead to.
    """
    looked, made, model = window.check.item, window.use.effect.item, window.model
    if looked is None or made is None or model is None or window.check.verb == "count":
        return None
    asked, given = keys(looked, model), keys(made, model)
    same = {each for each in asked.keys() & given.keys() if asked[each] == given[each]}
    led = {each.partition("__")[0] for each in asked if "__" in each}
    own = [each for each in asked.values() if not literal(each)]
    known = same | {
        each
        for each, term in given.items()
        if not _CHANCE.search(term)
        and (literal(term) or each.removesuffix("_id") in led or any(it in term for it in own))
    }
    return next(
        (
            each
            for each in model.unique
            if each != {*model.primary}
            and {*map(model.plain, each)} <= known
            and any(not literal(given[name]) for name in {*map(model.plain, each)} & same)
        ),
        None,
    )


def _keyed(window: Window) -> bool:
    """Whether a row was looked for by something that is its own, and not by flags alone."""
    fixed = window.check.item.equal_to().values() if window.check.item is not None else ()
    return not fixed or not all(map(literal, fixed))


def _elsewhere(model: Model, written: frozenset[str]) -> bool:
    """Whether columns are written that neither the class nor its bases in the project declare.

    Of a table that SQL alone names, nothing is declared.
    """
    if not model.columns:
        return True
    own = {*model.columns, *model.primary, *(each.name for each in model.relations)}
    return model.kind in MAPPERS and bool({*map(model.plain, written)} - own)


def _derived(window: Window, model: Model) -> bool:
    """Whether a constraint is on a column that nobody gives: a digest, a normal form.

    ``get_or_create`` listens to the error whatever constraints there are.
    """
    if LOOKED in window.use.effect.options:
        return False
    given = frozenset(map(model.plain, window.use.columns))
    several = (frozenset(map(model.plain, each)) for each in model.unique)
    return any(each != {*model.primary} and not each & given for each in several)


def check(window: Window, world: World) -> Protection | None:
    """A CHECK on the column that the database calculates: past the limit there is an error."""
    use, model = window.use, window.use.effect.model
    if not isinstance(model, Model) or window.trust is not Trust.TESTED or not window.same_row:
        return None
    tested = trusted(window.check, window.columns) & named(use.columns, model)
    relative = named(frozenset(each.column for each in use.written if each.relative), model)
    if not tested or not tested <= relative & model.checked:
        return None
    if handled(window):
        return Protection(Shield.CHECK, use.effect.at)
    return Protection(Shield.CHECK, use.effect.at, closes=False, flaw="unhandled")


def handled(window: Window, errors: frozenset[str] = _CAUGHT) -> bool:
    """Whether somebody listens to the error, at the write or where it is flushed."""
    if _listens(window.use.effect, errors):
        return True
    later = window.effects[window.use.index + 1 :]
    model = window.use.effect.model
    if not isinstance(model, Model) or model.kind not in MAPPERS:
        return False
    flush = next((e for e in later if e.kind in {Kind.COMMIT, Kind.FLUSH}), None)
    return flush is not None and _listens(flush, errors)


def _listens(effect: Effect, errors: frozenset[str]) -> bool:
    return any(errors & set(scope.caught) for scope in effect.inside(ScopeKind.TRY))


def version(window: Window, world: World) -> Protection | None:
    """The mapper counts versions, and refuses to write over one that it has not read."""
    model = window.use.effect.model
    stored = window.use.verb in {"set", "save"}
    if not isinstance(model, Model) or not model.version or not stored:
        return None
    if not window.same_item:
        return None
    return Protection(Shield.VERSION, window.use.effect.at)
