"""What the gate tells: every attempt, and bursts of them. No password is in it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

_TROUBLE = logging.getLogger("tocsin.guard")


class Outcome(StrEnum):
    """How an attempt ended. Only the first lets anybody in."""

    ACCEPTED = "accepted"
    ABSENT = "absent"  # no credentials: the usual first request of a browser
    UNREADABLE = "unreadable"
    PLAIN = "plain"  # over HTTP, where everybody on the way can read them
    LIMITED = "limited"
    UNKNOWN = "unknown"
    INACTIVE = "inactive"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request. ``username`` is what was claimed, None where nothing could be read."""

    outcome: Outcome
    username: str | None
    address: str | None


@dataclass(frozen=True, slots=True)
class Burst:
    """So many ``requests`` of one identity within so many ``seconds``: who looks for a race."""

    username: str
    address: str | None
    requests: int
    seconds: float


Event: TypeAlias = Attempt | Burst


class Watcher(Protocol):
    """Who is told. It is called within the request: it must not wait."""

    def told(self, event: Event) -> None: ...


class Metrics(Protocol):
    """A counter with labels, as metric libraries have."""

    def count(self, name: str, labels: Mapping[str, str]) -> None: ...


@dataclass(frozen=True, slots=True)
class Log:
    """Events as records: a word as the message, the rest as ``extra["event"]``."""

    logger: logging.Logger

    def told(self, event: Event) -> None:
        accepted = isinstance(event, Attempt) and event.outcome in {
            Outcome.ACCEPTED,
            Outcome.ABSENT,
        }
        level = logging.DEBUG if accepted else logging.WARNING
        self.logger.log(level, "basic %s", _word(event), extra={"event": asdict(event)})


@dataclass(frozen=True, slots=True)
class Counted:
    """Events as counts: ``tocsin_guard_basic`` by outcome. No name and no address is a label."""

    metrics: Metrics

    def told(self, event: Event) -> None:
        self.metrics.count("tocsin_guard_basic", {"outcome": _word(event)})


def tell(watchers: tuple[Watcher, ...], event: Event) -> None:
    """Nobody is kept out, or let in, because a watcher fails."""
    for watcher in watchers:
        try:
            watcher.told(event)
        except Exception:  # noqa: BLE001 # whatever it is, it is the watcher's
            _TROUBLE.exception("a watcher failed")


def _word(event: Event) -> str:
    return str(event.outcome) if isinstance(event, Attempt) else "burst"
