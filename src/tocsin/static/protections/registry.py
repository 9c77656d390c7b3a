"""All protections, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Callable

from tocsin.static.protections.claims import claimed
from tocsin.static.protections.conditional import conditional
from tocsin.static.protections.constraints import check, unique, version
from tocsin.static.protections.files import exclusive
from tocsin.static.protections.isolation import isolated
from tocsin.static.protections.locks import row_lock
from tocsin.static.protections.loop import entered, uninterrupted
from tocsin.static.protections.mutex import mutex
from tocsin.static.protections.rechecked import rechecked
from tocsin.static.protections.won import won
from tocsin.static.window import Protection, Window
from tocsin.static.world import World

PROTECTIONS: tuple[Callable[[Window, World], Protection | None], ...] = (
    row_lock,
    conditional,
    unique,
    check,
    version,
    isolated,
    mutex,
    claimed,
    uninterrupted,
    entered,
    exclusive,
)


def protections(window: Window, world: World) -> tuple[Protection, ...]:
    """All that was found around a window, closing or not."""
    found = tuple(each for ask in PROTECTIONS if (each := ask(window, world)) is not None)
    if any(each.closes for each in found):
        return found
    again = rechecked(window, world) or won(window, world)
    return (*found, again) if again is not None else found
