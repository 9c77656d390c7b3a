"""What was true in an earlier request: kept answers, and what the client's session says."""

from __future__ import annotations

from dataclasses import replace

from tocsin.source.project import FunctionSymbol
from tocsin.static.effect import Item, Kind
from tocsin.static.interpret.calls import Invocation
from tocsin.static.interpret.decorators import external
from tocsin.static.interpret.frame import Frame
from tocsin.static.value import Condition, Dep, Value
from tocsin.stores.calls.base import Act

REMEMBERED = "remembered"
"""The option of a read that may have been made by an earlier request."""

RECALL = "recall"
"""The verb of looking into the client's session."""


def keeps(frame: Frame, symbol: FunctionSymbol) -> bool:
    """Whether a decorator keeps the function's answers."""
    rows = map(frame.machine.knowledge.function, external(frame.machine, symbol))
    return any(row is not None and row.act is Act.MEMO for row in rows)


def remember(frame: Frame, first: int) -> None:
    """The reads from here on are a kept answer's."""
    effects = frame.trace.effects
    for index in range(first, len(effects)):
        if effects[index].kind is Kind.READ:
            options = effects[index].options | {REMEMBERED}
            effects[index] = replace(effects[index], options=options)


def recall(frame: Frame, call: Invocation) -> Value:
    """``session["role"]``: written by an earlier request, and true then."""
    key = call.subject.term if call.subject is not None else ""
    item = Item("session", "session", (Condition("key", "=", key),))
    index = frame.emit(Kind.READ, call.node, RECALL, item)
    return Value(call.text, frozenset({Dep(index)}))
