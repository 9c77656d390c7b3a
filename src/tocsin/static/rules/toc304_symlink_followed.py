"""TOC304: a path was no link when it was asked about, and is opened as if it could be none."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.model.anomaly import Name
from tocsin.model.verdict import Severity
from tocsin.static.effect import Effect, Kind
from tocsin.static.entries import Trace
from tocsin.static.rules.base import Match, Observer, Sighting
from tocsin.static.world import World

_FOLLOWS = frozenset({"read", "write", "mode"})
_LOOKS = frozenset({"islink"})
_OWNED = frozenset({"st_uid", "st_gid", "st_mode", "st_nlink"})


def sightings(trace: Trace, world: World) -> Iterator[Sighting]:
    """Files that are opened, or changed in mode, by the name that was looked at before."""
    for effect in trace.effects:
        item = effect.item
        if item is None or item.store != "file" or effect.verb not in _FOLLOWS:
            continue
        check = _checked(trace, effect)
        if check is not None:
            yield Sighting(
                check,
                effect,
                Match(
                    f"{item.name} is looked at by name, and then opened by name, which follows "
                    "links: it may have been made one in between.",
                    Severity.MEDIUM,
                    "medium" if trace.entry.routed else "low",
                    advice="Open with os.O_NOFOLLOW first, and ask the descriptor: os.fstat().",
                ),
            )


def _checked(trace: Trace, effect: Effect) -> Effect | None:
    for guard in effect.guards:
        for dep in guard.deps:
            if not isinstance(dep.source, int) or dep.source >= len(trace.effects):
                continue
            check = trace.effects[dep.source]
            if check.kind is not Kind.READ or check.item != effect.item:
                continue
            if check.verb in _LOOKS or dep.column in _OWNED:
                return check
    return None


OBSERVER = Observer("TOC304", Name.STALE_AUTHORIZATION, sightings)
