"""What is protected as long as there is one process: no finding, and no silence either.

A lock of ``asyncio`` or ``threading`` is not shared by workers, nor is what a module holds. Said is
only what would be a finding if the protection were not there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tocsin.model.location import Location
from tocsin.static.effect import ScopeKind
from tocsin.static.interpret.frame import LEAVES_LOOP
from tocsin.static.window import ONE_PROCESS, Window


@dataclass(frozen=True, slots=True, order=True)
class Caveat:
    """The check at ``at`` is protected by ``name``: a lock, or (``memory``) the state itself."""

    at: Location
    name: str
    memory: bool = False

    def __str__(self) -> str:
        name = self.name.rpartition(".")[2]
        if self.memory:
            return (
                f"what is checked in {name} holds within one process; with several workers each "
                "has its own"
            )
        return f"{name} holds within one process; with several workers it keeps nobody out"


def bared(window: Window) -> Window | None:
    """The window without what holds in one process; ``None`` if nothing depends on that."""
    rest = tuple(each for each in window.protections if each.flaw != ONE_PROCESS)
    if len(rest) == len(window.protections) or any(each.closes for each in rest):
        return None
    if window.store == "memory" and not _refused(window):
        return None
    return replace(window, protections=rest)


def _refused(window: Window) -> bool:
    """Whether somebody is told no: a cache or a counter may well be each worker's own."""
    return bool(window.refusal) and window.refusal not in LEAVES_LOOP


def caveat(window: Window) -> Caveat:
    """What to say of a window that such a protection closes."""
    item = window.check.item
    if window.store == "memory" and item is not None:
        return Caveat(window.check.at, item.name, memory=True)
    held = {scope.number for scope in window.use.effect.inside(ScopeKind.LOCK)}
    locks = (s.term for s in window.check.inside(ScopeKind.LOCK) if s.number in held)
    return Caveat(window.check.at, next(locks, "the lock"))


def once(found: Iterable[Caveat]) -> tuple[Caveat, ...]:
    """One for each lock and each state, at the first place that relies on it."""
    kept: dict[tuple[str, bool], Caveat] = {}
    for each in sorted(found):
        kept.setdefault((each.name, each.memory), each)
    return tuple(sorted(kept.values()))
