"""TOC302: a file in a folder that all share, under a name that can be known."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tocsin.model.anomaly import Name
from tocsin.model.verdict import Severity
from tocsin.static.effect import Effect, Kind
from tocsin.static.entries import Trace
from tocsin.static.rules.base import Match, Observer, Sighting, origins
from tocsin.static.world import World

_SHARED = re.compile(r"""^(?:\w+\(|\(|f)*["']{1,2}(?:/var|/private)?/(?:tmp|dev/shm)\b""")
"""How the term of a path begins that lies in a folder where everybody may write."""
_CALLS = re.compile(r"([\w.]+)\(")
_KNOWN = re.compile(
    r"^(?:join|Path|str|int|f|abspath|realpath|normpath|resolve|getpid|getuid|getuser|time|now"
    r"|utcnow|today|strftime|isoformat|timestamp|gettempdir|gettempdirb|format|os\.getpid)$"
)
_MAKES = frozenset({"write", "touch", "mkdir", "move"})
_ADVICE = (
    "Let tempfile choose the name: NamedTemporaryFile, mkstemp, or a TemporaryDirectory that only "
    "its owner may look into."
)


def sightings(trace: Trace, world: World) -> Iterator[Sighting]:
    """Names from ``mktemp``; files in a shared folder with a name that chance has no part in."""
    for effect in trace.effects:
        if effect.kind is Kind.ORIGIN and effect.verb == "mktemp":
            text = (
                "mktemp gives a name that was free when it looked: somebody else may have created "
                "it by the time it is opened."
            )
            yield Sighting(effect, effect, Match(text, Severity.MEDIUM, advice=_ADVICE))
        elif effect.kind is Kind.WRITE and _predictable(trace, effect):
            name = effect.item.name if effect.item else ""
            text = (
                f"{name} lies in a folder that all users of the machine share, and its name can "
                "be known: two requests use one file, or somebody else has put a link there."
            )
            yield Sighting(effect, effect, Match(text, Severity.MEDIUM, advice=_ADVICE))


def _predictable(trace: Trace, effect: Effect) -> bool:
    if effect.item is None or effect.item.store != "file" or effect.verb not in _MAKES:
        return False
    if effect.options & {"exclusive", "exist_ok"}:
        return False
    came = {each.verb for each in origins(trace, effect)}
    if "chance" in came or "mktemp" in came:
        return False
    if "shared folder" not in came and not _SHARED.match(effect.item.name):
        return False
    made = _CALLS.findall(effect.item.name)
    return "…" not in effect.item.name and all(
        _KNOWN.match(each.rpartition(".")[2]) for each in made
    )


OBSERVER = Observer("TOC302", Name.LOST_UPDATE, sightings)
