"""New rows that are stored: by the model's own ``save`` if it has one, and no longer new then."""

from __future__ import annotations

from dataclasses import replace

from tocsin.source.names import inherited
from tocsin.source.project import FunctionSymbol
from tocsin.static.effect import Kind
from tocsin.static.interpret.calls import Invocation, invoke
from tocsin.static.interpret.frame import Frame
from tocsin.static.interpret.lookups import identity
from tocsin.static.interpret.rows import insert
from tocsin.static.interpret.written import unseen
from tocsin.static.interpret.written import written as setting
from tocsin.static.value import REST, Condition, Function, Row, Value


def store(
    frame: Frame,
    call: Invocation,
    row: Value,
    where: tuple[Condition, ...] = (),
) -> Value:
    """A new row is stored as ``row.save()`` would: what the project's own method does, is done."""
    data = row.data
    if not isinstance(data, Row):
        return row
    symbol = frame.machine.models.symbol(data.model)
    own = inherited(frame.machine.project, symbol, "save") if symbol is not None else None
    if isinstance(own, FunctionSymbol):
        given = tuple((each.column, Value(each.term, each.deps)) for each in where)
        whole = replace(data, values=(*given, *data.values))
        made = replace(row, data=whole)
        first = len(frame.trace.effects)
        invoke(frame, Value(own.qualname, data=Function(own, bound=made)), (), {}, call.node)
        _complete(frame, first, row.term, whole)
    else:
        insert(frame, call.node, data.model, data.values, "django", term=row.term, where=where)
    return replace(row, data=replace(data, new=False))


def settle(frame: Frame, first: int) -> None:
    """Rows that were new here, and that a callee has stored, are rows like others.

    What they were made of is still what they say.
    """
    stored = _inserted(frame, first)
    for name, value in list(frame.env.items()) if stored else ():
        row = value.data if value.term in stored else None
        if isinstance(row, Row) and (row.new or row.maybe):
            _complete(frame, first, value.term, row)
            frame.env[name] = replace(value, data=replace(row, new=False, maybe=False))
            for column, each in dict(row.values).items():
                frame.env.setdefault(f"{value.term}.{column}", each)


def _inserted(frame: Frame, first: int) -> set[str]:
    return {
        each.item.row
        for each in frame.trace.effects[first:]
        if each.kind is Kind.WRITE and each.verb == "insert" and each.item and each.item.row
    }


def _complete(frame: Frame, first: int, term: str, row: Row) -> None:
    """A callee that many call knows no columns; who made the row does."""
    effects = frame.trace.effects
    for index in range(first, len(effects)):
        effect = effects[index]
        item = effect.item
        if effect.verb != "insert" or item is None or item.row != term:
            continue
        known = {each.column for each in item.where} | {REST}
        more = [(name, each) for name, each in row.values if name not in known]
        if more:
            where = tuple(Condition(name, "=", identity(each), each.deps) for name, each in more)
            made = replace(item, where=(*item.where, *where))
            written = (*effect.written, *(setting(name, each) for name, each in more))
            effects[index] = replace(effect, item=made, written=written)
        if hidden := unseen(row.values) - effect.options:
            effects[index] = replace(effects[index], options=effect.options | hidden)
