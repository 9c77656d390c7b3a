"""TOC306: a file is written under the name that the client sent."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tocsin.model.anomaly import Name
from tocsin.static.effect import Effect, Kind
from tocsin.static.entries import Trace
from tocsin.static.rules.base import Match, Observer, Sighting, origins
from tocsin.static.world import World

_ENDING = re.compile(r"splitext\(|guess_extension\(|split\(|\.suffix|partition\(|lower\(\)\[")
"""How the ending of a name is taken: what stands before it is somebody else's matter."""
_WRITES = frozenset({"write", "move"})


def sightings(trace: Trace, world: World) -> Iterator[Sighting]:
    """Files whose name is the client's, without anything that makes it the only one."""
    for effect in trace.effects:
        if effect.kind is not Kind.WRITE or effect.verb not in _WRITES or _own(effect):
            continue
        came = origins(trace, effect)
        if any(each.verb == "chance" for each in came):
            continue
        sent = next((each for each in came if each.verb == "client"), None)
        if sent is not None:
            yield Sighting(
                sent,
                effect,
                Match(
                    "The file is stored under the name that the client sent: two clients that "
                    "send the same name write one file, and the name may lead elsewhere.",
                    advice="Choose the name yourself, uuid4() for one, open with mode 'x', and "
                    "keep the client's name as data.",
                ),
            )


def _own(effect: Effect) -> bool:
    """Whether it is no such file: opened exclusively, or only the ending is the client's."""
    if effect.item is None or effect.item.store != "file" or "exclusive" in effect.options:
        return True
    return _ENDING.search(effect.item.name) is not None or "…" in effect.item.name


OBSERVER = Observer("TOC306", Name.LOST_UPDATE, sightings)
