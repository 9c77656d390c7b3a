"""Which state may follow which, and how a transition that is not possible is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any, get_args

from tocsin.guard.errors import Conflict, GuardError, Missing, Unprocessable


@dataclass(frozen=True, slots=True)
class Transitions:
    """A table of allowed transitions. ``transitions`` makes one."""

    moves: Mapping[Any, tuple[Any, ...]]
    states: tuple[Any, ...]

    def into(self, state: Any) -> tuple[Any, ...]:
        """The states that ``state`` may follow; raises ``Unprocessable`` if it is none at all."""
        if state not in self.states:
            raise Unprocessable(f"{told(state)} is not one of {', '.join(map(told, self.states))}")
        return tuple(before for before, after in self.moves.items() if state in after)


def transitions(moves: Mapping[Any, Iterable[Any]], *, states: object = None) -> Transitions:
    """A table of allowed transitions: from each state, those that may follow.

    ``states`` names all there are, so that a typing error cannot become a rule: an ``Enum``, a
    ``Literal`` such as the field of a Pydantic model has, or the states themselves. Without it
    they are those of ``moves``. Raises ``ValueError`` for a state that is not one of them.
    """
    listed = MappingProxyType({before: tuple(after) for before, after in moves.items()})
    used = dict.fromkeys(each for before, after in listed.items() for each in (before, *after))
    known = tuple(used) if states is None else _members(states)
    if strangers := [each for each in used if each not in known]:
        raise ValueError(f"{', '.join(map(told, strangers))}: not among the states")
    if still := [before for before, after in listed.items() if before in after]:
        raise ValueError(f"{told(still[0])} cannot follow itself: two would both have moved it")
    return Transitions(listed, known)


def sources(from_: object, to: object, table: Transitions | None) -> tuple[Any, ...]:
    """The states that ``to`` may follow now: those of ``from_``, of ``table``, or of both.

    Raises ``ValueError`` where that can protect nothing, and what ``Transitions.into`` raises.
    """
    if from_ is None and table is None:
        raise ValueError("a transition comes from somewhere: from_=…, or table=…")
    allowed = None if table is None else table.into(to)
    if from_ is None:
        return allowed or ()
    given = _several(from_)
    if to in given:
        raise ValueError(f"{told(to)} cannot follow itself: two would both have moved it")
    if allowed is not None and (wrong := [each for each in given if each not in allowed]):
        raise ValueError(f"the table does not let {told(to)} follow {told(wrong[0])}")
    return given


def refusal(
    name: str, found: Sequence[Any] | None, to: object, allowed: tuple[Any, ...]
) -> GuardError:
    """Why nothing was changed. ``found`` holds the state of the row, and is None without a row."""
    if found is None:
        return Missing(f"no such {name}")
    (state,) = found
    if state in allowed:
        return Conflict(f"this {name} cannot become {told(to)} now")
    return Conflict(f"this {name} is {told(state)} and cannot become {told(to)}")


def told(state: object) -> str:
    """A state, for people."""
    return str(state.value if isinstance(state, Enum) else state)


def _members(states: object) -> tuple[Any, ...]:
    literal = get_args(states)
    if literal:
        return literal
    if isinstance(states, Iterable):
        return tuple(states)
    raise ValueError("states: an Enum, a Literal, or the states themselves")


def _several(states: object) -> tuple[Any, ...]:
    if isinstance(states, (str, bytes, Enum)) or not isinstance(states, Iterable):
        return (states,)
    return tuple(states)
