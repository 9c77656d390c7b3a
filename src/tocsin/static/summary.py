"""What calling a function comes to, in terms of its parameters."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.static.effect import Effect, Guard, Scope
from tocsin.static.value import Value


@dataclass(frozen=True, slots=True)
class Suspended:
    """Where a generator gives its value: after so many effects, inside these scopes."""

    value: Value
    index: int
    guards: tuple[Guard, ...]
    scopes: tuple[Scope, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """A function's effects in program order, and what is known after it has returned.

    ``passed`` are the guards that a normal return proves: all other ways out raise.
    ``numbers`` is how many guard and scope numbers it uses. ``returns`` is ``None`` when it never
    returns. ``cut`` says that there were more effects than are kept. ``left`` is what was put
    on objects that live as long as the request, by their whole name. ``places`` say where the
    effects are now that dependencies name: -1 for those that were left out.
    """

    effects: tuple[Effect, ...] = ()
    returns: Value | None = None
    passed: tuple[Guard, ...] = ()
    yields: Suspended | None = None
    numbers: int = 0
    cut: bool = False
    raises: str = ""
    left: tuple[tuple[str, Value], ...] = ()
    places: tuple[int, ...] | None = None
