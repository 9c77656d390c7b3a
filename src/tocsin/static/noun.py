"""Dataclasses that are made by the hundred thousand: frozen to the type checker, quick to make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

__all__ = ["noun"]

T = TypeVar("T")


def _noun(*, frozen: bool, slots: bool) -> Callable[[type[T]], type[T]]:
    """As `dataclass`, but what ``frozen`` promises is left to mypy.

    A frozen dataclass sets its fields one call at a time: an effect takes four times as long to
    make, and making effects and values was a fifth of reading a big project.
    """
    return dataclass(frozen=False, slots=slots, unsafe_hash=frozen)


if TYPE_CHECKING:
    from dataclasses import dataclass as noun
else:
    noun = _noun
