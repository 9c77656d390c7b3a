"""The contract of a judge: what it is given, what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tocsin.model.anomaly import Name
from tocsin.model.verdict import Severity
from tocsin.static.window import Window


@dataclass(frozen=True, slots=True)
class Match:
    """What a rule says of a window: one sentence, how bad, how sure."""

    message: str
    severity: Severity = Severity.HIGH
    confidence: str = "medium"
    anomaly: Name | None = None


@dataclass(frozen=True, slots=True)
class Judge:
    """How the static engine recognises a rule of the catalogue.

    ``match`` gets windows that nothing closes, and says ``None`` to those that are not its own.
    """

    code: str
    anomaly: Name
    match: Callable[[Window], Match | None]


def item(window: Window) -> str:
    """The checked item, for a message."""
    found = window.check.item
    if found is None:
        return "it"
    return found.name.rpartition(".")[2] if found.store != "file" else found.name


def columns(window: Window) -> str:
    """The checked columns, for a message."""
    names = sorted(each for each in window.columns if each)
    return ", ".join(names) or "whether it is there"
