"""TOC303: a path is inside a folder, says the beginning of its text."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.model.verdict import Severity
from tocsin.static.effect import Effect, Kind
from tocsin.static.entries import Trace
from tocsin.static.rules.base import Match, Observer, Sighting
from tocsin.static.world import World

_SOUND = frozenset({"resolved", "separated"})


def sightings(trace: Trace, world: World) -> Iterator[Sighting]:
    """Files used because of how their path begins, where that says too little."""
    for effect in trace.effects:
        item = effect.item
        if effect.kind not in {Kind.READ, Kind.WRITE} or item is None or item.store != "file":
            continue
        check = _checked(trace, effect, item.name)
        if check is not None:
            yield Sighting(check, effect, _match(check))


def _checked(trace: Trace, effect: Effect, name: str) -> Effect | None:
    for guard in effect.guards:
        for dep in guard.deps:
            if not isinstance(dep.source, int) or dep.source >= len(trace.effects):
                continue
            origin = trace.effects[dep.source]
            if origin.verb != "prefix" or origin.item is None or origin.options >= _SOUND:
                continue
            if name in origin.item.name:
                return origin
    return None


def _match(check: Effect) -> Match:
    resolved = "resolved" in check.options
    through = (
        "/srv/files_of_others begins with /srv/files"
        if resolved
        else "a path with .. in it begins with the folder, and leads out of it"
    )
    return Match(
        f"That a path lies in a folder is told from the beginning of its text: {through}.",
        Severity.MEDIUM if resolved else Severity.HIGH,
        advice="Resolve the path and ask is_relative_to(), or let the framework look: "
        "send_from_directory().",
    )


OBSERVER = Observer("TOC303", None, sightings)
