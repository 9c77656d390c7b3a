"""Summaries made small: what nobody can trust, and what leads nowhere, is left out."""

from __future__ import annotations

from dataclasses import replace

from tocsin.static.effect import Effect, Guard, Kind
from tocsin.static.summary import Summary
from tocsin.static.value import Deps, deps_of
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
    return _kept(summary, keep)


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


def _kept(summary: Summary, keep: list[int]) -> Summary:
    """Only these effects. What names them is left as it is: each call moves it once anyway."""
    yields = summary.yields
    if yields is not None:
        yields = replace(yields, index=sum(1 for old in keep if old < yields.index))
    places = [-1] * len(summary.effects)
    for new, old in enumerate(keep):
        places[old] = new
    effects = tuple(map(summary.effects.__getitem__, keep))
    return replace(summary, effects=effects, yields=yields, places=tuple(places))
