"""TOC105: middleware that lets the handler run, and then asks whether it might."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tocsin.model.anomaly import Name
from tocsin.model.verdict import Severity
from tocsin.static.effect import Effect, Kind
from tocsin.static.entries import Trace
from tocsin.static.interpret.responses import DENIED, HANDLED
from tocsin.static.rules.base import Match, Observer, Sighting
from tocsin.static.world import World

# What only passes on how the handler has answered, or that it has failed, decides nothing.
_PASSED_ON = re.compile(r"\bresponse\b|^\(failed\)|^found, or ")


def sightings(trace: Trace, world: World) -> Iterator[Sighting]:
    """The first refusal after the handler's answer, by a test that was not made before."""
    answers: list[Effect] = []
    for effect in trace.effects:
        if effect.kind is not Kind.RESPOND:
            continue
        if effect.verb == HANDLED:
            answers.append(effect)
            continue
        handled = next((each for each in answers if _decided(each, effect)), None)
        if handled is not None and effect.verb in DENIED:
            yield Sighting(
                effect,
                handled,
                Match(
                    f"Whether the request is allowed is decided after the handler has run: the "
                    f"{effect.verb} hides what it has done, and undoes nothing.",
                    Severity.HIGH,
                    advice="Decide before the handler is called; what must hold at the moment of "
                    "the effect belongs into the statement that makes it.",
                ),
            )
            return


def _decided(handled: Effect, denied: Effect) -> bool:
    before = {guard.number: guard.holds for guard in handled.guards}
    if any(before.get(guard.number, guard.holds) != guard.holds for guard in denied.guards):
        return False
    new = [guard for guard in denied.guards if guard.number not in before]
    return bool(new) and not any(_PASSED_ON.search(guard.text) for guard in new)


OBSERVER = Observer("TOC105", Name.STALE_AUTHORIZATION, sightings)
