"""The contract of a judge: what it is given, what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tocsin.model.anomaly import Name
from tocsin.model.verdict import Severity
from tocsin.static.effect import Effect, Kind
from tocsin.static.entries import Trace
from tocsin.static.models import Model
from tocsin.static.window import Window
from tocsin.static.world import World


@dataclass(frozen=True, slots=True)
class Match:
    """What a rule says: one sentence, how bad, how sure; ``advice`` if it is not the usual one."""

    message: str
    severity: Severity = Severity.HIGH
    confidence: str = "medium"
    anomaly: Name | None = None
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Judge:
    """How the static engine recognises a rule of the catalogue.

    ``match`` gets windows that nothing closes, and says ``None`` to those that are not its own.
    """

    code: str
    anomaly: Name
    match: Callable[[Window], Match | None]


@dataclass(frozen=True, slots=True)
class Sighting:
    """Two places in a trace, or one twice, and what a rule says of them."""

    check: Effect
    use: Effect
    match: Match


@dataclass(frozen=True, slots=True)
class Observer:
    """How a rule is recognised that is about more, or less, than a read and what trusts it.

    ``sightings`` gets the trace of one entry. ``anomaly`` is ``None`` for what goes wrong with one
    request already.
    """

    code: str
    anomaly: Name | None
    sightings: Callable[[Trace, World], Iterator[Sighting]]


def origins(trace: Trace, effect: Effect) -> tuple[Effect, ...]:
    """Where the name of what an effect touches came from; of what the client named, all of it."""
    found = (
        (trace.effects[dep.source], dep.column)
        for dep in sorted(effect.deps, key=str)
        if isinstance(dep.source, int) and dep.source < len(trace.effects)
    )
    return tuple(
        each
        for each, part in found
        if each.kind is Kind.ORIGIN and (each.verb != "client" or part in _WHOLE)
    )


_WHOLE = frozenset({"", "name", "stem"})


def item(window: Window) -> str:
    """The checked item, for a message."""
    found = window.check.item
    if found is None:
        return "it"
    return found.name.rpartition(".")[2] if found.store != "file" else found.name


def error(window: Window) -> str:
    """The exception by which the database refuses the use, for a message."""
    model = window.use.effect.model
    documents = isinstance(model, Model) and model.kind in {"mongo", "beanie"}
    return "DuplicateKeyError" if documents else "IntegrityError"


def columns(window: Window) -> str:
    """The checked columns, for a message."""
    names = sorted(each for each in window.columns if each)
    return ", ".join(names) or "whether it is there"
