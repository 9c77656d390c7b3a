"""The contract of a web framework."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from tocsin.model.http import Operation

Interface = Literal["asgi", "wsgi"]


@dataclass(frozen=True, slots=True)
class Skipped:
    """An endpoint that is left out, and why: one sentence without a full stop."""

    endpoint: str
    reason: str


@dataclass(frozen=True, slots=True)
class Mounted:
    """An app inside the app: its own framework describes it, below ``prefix``."""

    prefix: str
    application: object


@dataclass(frozen=True, slots=True)
class Described:
    """What a framework can tell of an app: in the order of its routes."""

    operations: tuple[Operation, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    mounted: tuple[Mounted, ...] = ()


class Framework(Protocol):
    """One web framework. Importing the adapter must not import the framework."""

    @property
    def name(self) -> str: ...

    def recognises(self, application: object) -> bool:
        """Whether this object is an app of this framework (not one of a framework built on it)."""
        ...

    def operations(self, application: object) -> Described:
        """Every endpoint of the app: described, or skipped with a reason."""
        ...

    def interface(self, application: object) -> Interface:
        """How requests go in."""
        ...
