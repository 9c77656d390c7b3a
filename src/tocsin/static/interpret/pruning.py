"""Summaries made small: what nobody can trust, and what leads nowhere, is left out."""

from __future__ import annotations

from dataclasses import replace

from tocsin.static.effect import Effect, Guard, Kind
from tocsin.static.summary import Summary, Suspended
from tocsin.static.value import Bindings, Deps, Value, dep, deps_of
from tocsin.stores.calls.telling import TELLS

_PASSING = frozenset({Kind.CALL, Kind.AWAIT})
_UNWANTED = frozenset({Kind.READ, Kind.ORIGIN})
_WRITING = frozenset({Kind.WRITE, Kind.SET})
ACCOMPANIED = "accompanied"
"""The option of a write beside which unknown code is called, under a test of both."""

_DENIED = frozenset({"403"})


def pruned(summary: Summary) -> Summary:
    """The same summary without reads that nothing depends on, and without idle neighbours."""
    summary = _accompanied(summary)
    wanted = _wanted(summary)
    # Where nothing in memory is touched, one chance to switch says as much as many.
    memory = any(
        effect.item and effect.item.store in {"memory", "cache"} for effect in summary.effects
    )
    passing: set[Kind] | None = None if memory else set()
    keep: list[int] = []
    for index, effect in enumerate(summary.effects):
        if effect.kind in _UNWANTED and not _matters(effect) and index not in wanted:
            continue
        if effect.kind in _PASSING:
            if passing is not None and (effect.kind in passing or effect.verb == TELLS):
                continue
            if _repeats(summary, keep, effect):
                continue
            if passing is not None:
                passing.add(effect.kind)
        keep.append(index)
    if len(keep) == len(summary.effects):
        return summary
    return _renumbered(summary, keep)


def _accompanied(summary: Summary) -> Summary:
    """Writes that a refusal would have kept away, with unknown code that it would have, too.

    What is left of calls does not say that; of a write it does.
    """
    called: set[tuple[int, bool]] = set()
    for effect in summary.effects:
        if effect.kind is Kind.CALL and not effect.verb:
            called.update((g.number, g.holds) for g in effect.guards if g.refusal)
    if not called:
        return summary
    effects = tuple(
        replace(each, options=each.options | {ACCOMPANIED})
        if each.kind in _WRITING
        and ACCOMPANIED not in each.options
        and any((g.number, g.holds) in called for g in each.guards)
        else each
        for each in summary.effects
    )
    return replace(summary, effects=effects)


def _matters(effect: Effect) -> bool:
    """A lock protects by itself, and what is shown after a refusal is a use by itself."""
    return (
        bool(effect.lock)
        or effect.verb == "mktemp"
        or any(guard.refusal in _DENIED for guard in effect.guards)
    )


def _repeats(summary: Summary, keep: list[int], effect: Effect) -> bool:
    if not keep:
        return False
    last = summary.effects[keep[-1]]
    if last.kind is not effect.kind or last.verb not in {"", effect.verb}:
        return False
    return (last.guards, last.scopes) == (effect.guards, effect.scopes)


def _wanted(summary: Summary) -> frozenset[int]:
    """The indexes that something depends on. Neighbours share dependencies: each is seen once."""
    every: dict[int, Deps] = {}
    paths: dict[int, tuple[Guard, ...]] = {}
    for effect in summary.effects:
        if effect.deps:
            every[id(effect.deps)] = effect.deps
        for each in effect.written:
            every[id(each.deps)] = each.deps
        if effect.item is not None:
            for condition in effect.item.where:
                every[id(condition.deps)] = condition.deps
        if effect.guards:
            paths[id(effect.guards)] = effect.guards
    guards: dict[int, Guard] = {}
    for path in (*paths.values(), summary.passed, summary.yields.guards if summary.yields else ()):
        guards.update(zip(map(id, path), path, strict=True))
    every.update((id(guard.deps), guard.deps) for guard in guards.values())
    yielded = summary.yields.value if summary.yields else None
    values = (summary.returns, yielded, *(value for _, value in summary.left))
    told = [deps_of(value) for value in values if value is not None]
    return frozenset(
        dep.source
        for deps in (*every.values(), *told)
        for dep in deps
        if isinstance(dep.source, int)
    )


class _Moved(Bindings):
    """Dependencies on effects that have moved up."""

    def __init__(self, places: dict[int, int]) -> None:
        super().__init__({}, 0)
        self._places = places

    def moved(self, deps: Deps) -> Deps:
        """The same dependencies at their new places; parameters stay."""
        moved = set()
        for each in deps:
            if not isinstance(each.source, int):
                moved.add(each)
            elif each.source in self._places:
                moved.add(dep(self._places[each.source], each.column))
        return frozenset(moved)


def _renumbered(summary: Summary, keep: list[int]) -> Summary:
    from tocsin.static.effect import Transplant

    places = {old: new for new, old in enumerate(keep)}
    moved = _Moved(places)
    carried = Transplant(moved, 0, (), ())
    yields = summary.yields
    if yields is not None:
        index = sum(1 for old in keep if old < yields.index)
        yields = Suspended(
            moved.value(yields.value),
            index,
            tuple(map(carried.guard, yields.guards)),
            tuple(map(carried.scope, yields.scopes)),
        )
    returns: Value | None = summary.returns
    # What comes before the first that is left out depends on none that has moved.
    still = next(new for new, old in enumerate((*keep, -1)) if new != old)
    moved_up = (carried.effect(summary.effects[old]) for old in keep[still:])
    return replace(
        summary,
        effects=(*summary.effects[:still], *moved_up),
        returns=moved.value(returns) if returns is not None else None,
        passed=tuple(map(carried.guard, summary.passed)),
        yields=yields,
        left=moved.parts(summary.left),
    )
