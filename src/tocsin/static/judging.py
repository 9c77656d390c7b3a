"""From a trace to reports: windows that nothing closes, each with the rule that knows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tocsin.model.window import Site
from tocsin.static.caveats import Caveat, bared, caveat
from tocsin.static.doubts import doubted
from tocsin.static.entries import GIVEN, Trace
from tocsin.static.exemptions import EXEMPTIONS
from tocsin.static.rules.base import Judge, Match, Observer
from tocsin.static.rules.registry import JUDGES, OBSERVERS
from tocsin.static.window import Window
from tocsin.static.windows import windows
from tocsin.static.world import World


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """A judge that knows a window, and the endpoints that run through it.

    ``more`` are the other windows with the same cause, each once; ``pairs`` the endpoints whose
    requests race in any of them.
    """

    judge: Judge | Observer
    match: Match
    window: Window
    endpoints: tuple[str, ...]
    more: tuple[Site, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()

    @property
    def site(self) -> Site:
        return Site(self.endpoints[0], self.window.check.at, self.window.use.effect.at)


def judged(trace_: Trace, world: World) -> Iterator[tuple[int, Report] | Caveat]:
    """The reports of one trace, each with the rank of its rule; and what holds with a caveat."""
    for window in windows(trace_, world):
        if window.closed:
            if _relied_on(window, world):
                yield caveat(window)
            continue
        if any(exempt(window) for exempt in EXEMPTIONS):
            continue
        judged = _judged(window, world)
        if judged is not None:
            rank, judge, match = judged
            name = window.entry.endpoint
            pairs = tuple((name, rival) for rival in window.rivals)
            yield rank, Report(judge, match, window, (name,), _asked(window), pairs)
    for rank, observer in enumerate(OBSERVERS, len(JUDGES)):
        for each in observer.sightings(trace_, world):
            window = Window.seen(trace_.entry, each.check, each.use, trace_.effects)
            match = doubted(window, each.match, world)
            yield rank, Report(observer, match, window, (trace_.entry.endpoint,))


def _relied_on(window: Window, world: World) -> bool:
    """Whether this would be a finding if there were several processes."""
    bare = bared(window)
    if bare is None or any(exempt(bare) for exempt in EXEMPTIONS):
        return False
    found = _judged(bare, world)
    return found is not None and found[2].confidence != "low"


def _asked(window: Window) -> tuple[Site, ...]:
    """Where the store itself is asked and written, if a function further out is told of."""
    check, use = window.effects[window.index], window.effects[window.use.index]
    at = window.check.at if check.verb == GIVEN else check.at
    site = Site(window.entry.endpoint, at, use.at)
    return () if (at, use.at) == (window.check.at, window.use.effect.at) else (site,)


def _judged(window: Window, world: World) -> tuple[int, Judge, Match] | None:
    for rank, judge in enumerate(JUDGES):
        match = judge.match(window)
        if match is not None:
            return rank, judge, doubted(window, match, world)
    return None
