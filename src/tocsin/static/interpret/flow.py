"""Acts about control and plain values: giving up, waiting, threads, what is only computed."""

from __future__ import annotations

from tocsin.static.effect import Item, Kind
from tocsin.static.interpret import caches, copies
from tocsin.static.interpret.calls import Invocation, invoke, manner
from tocsin.static.interpret.frame import Frame
from tocsin.static.interpret.gathered import PAIRS, paired
from tocsin.static.interpret.jobs import after_commit, begin
from tocsin.static.interpret.origins import TEXTS
from tocsin.static.interpret.queries import fetched
from tocsin.static.interpret.responses import denied
from tocsin.static.interpret.shared import look, put
from tocsin.static.interpret.transactions import held
from tocsin.static.swapped import swapped
from tocsin.static.term import short
from tocsin.static.value import (
    Class,
    Column,
    Constant,
    Deps,
    Fields,
    Query,
    Row,
    Shared,
    Value,
)
from tocsin.stores.calls.dbapi import TEXT
from tocsin.stores.calls.python import RUNS, SEVERAL
from tocsin.stores.calls.sqlalchemy import QUERY as LIST
from tocsin.stores.calls.telling import TELLS


def _deps(call: Invocation) -> Deps:
    given = (*([call.receiver] if call.receiver else []), *call.args, *call.keywords.values())
    return frozenset(dep for each in given for dep in each.deps)


def make(frame: Frame, call: Invocation) -> Value:
    """A new object; named by where it is made, so that one made per call is a new one."""
    model = frame.machine.models.named(call.row.gives)
    if model is not None:
        return Value(model.name, data=Class(None, model))
    if call.row.gives == "pathlib.Path":
        return Value(
            short(f"Path({', '.join(v.term for v in call.args)})"), _deps(call), "pathlib.Path"
        )
    if call.row.word == "named":  # two of one name are one
        named = ", ".join(v.term for v in (*call.args, *call.keywords.values()))
        return Value(short(f"{call.row.gives}({named})"), type=call.row.gives)
    line = getattr(call.node, "lineno", 0)
    type_ = SEVERAL if call.row.word == "counted" and _several(call) else call.row.gives
    return Value(short(f"{call.row.name}@{frame.module.path}:{line}"), type=type_)


def _several(call: Invocation) -> bool:
    """Whether a semaphore is made for more than one; for one it is a lock."""
    given = next(iter((*call.args, *call.keywords.values())), None)
    return given is not None and not (isinstance(given.data, Constant) and given.data.value == 1)


def same(frame: Frame, call: Invocation) -> Value:
    """The receiver, or the subject, unchanged as far as this analysis is concerned."""
    subject = call.subject if call.row.subject is not None else call.receiver
    if subject is None:
        return Value(call.text, _deps(call), call.row.gives if call.row.gives != "=" else "")
    if call.row.gives and call.row.gives != "=":
        return Value(short(f"{call.text}"), _deps(call), call.row.gives)
    return subject


def pure(frame: Frame, call: Invocation) -> Value:
    """Computed from the arguments. A lazy query among them is evaluated by that."""
    if call.row.word == RUNS:
        frame.emit(Kind.CALL, call.node)
    if call.row.word == TELLS:
        frame.emit(Kind.CALL, call.node, TELLS)
    if call.row.name in _OF_CLASS:
        return Value(call.text)
    args = []
    for each in call.args:
        if isinstance(each.data, Query) and each.data.verb == "select" and each.type != TEXT:
            listed = call.row.name == "len" and each.type == LIST
            args.append(fetched(frame, each, call.node, "count" if listed else "rows"))
        elif isinstance(each.data, Shared):
            args.append(look(frame, each, call.node, "look"))
        else:
            args.append(each)
    deps = frozenset(dep for each in (*args, *call.keywords.values()) for dep in each.deps)
    first = args[0].data if args else None
    if call.row.name in copies.FUNCTIONS and isinstance(first, Fields):
        return copies.anew(args[0], tuple(call.keywords.items()))
    if call.row.name == "dict" and call.keywords and isinstance(first, Fields | None):
        first = Fields((*(first.parts if first else ()), *call.keywords.items()))
        return Value(
            call.text, frozenset(d for e in call.keywords.values() for d in e.deps), data=first
        )
    if call.row.name in PAIRS and (
        pairs := paired(frame, call.row.name, tuple(args), call.node, call.text)
    ):
        return pairs.depending(deps)
    kept = first if isinstance(first, Row | Fields | Shared) and _keeps(call) else None
    type_ = args[0].type if kept is not None else call.row.gives
    sense = args[0].sense if args and call.row.name in _SAME_TRUTH else 0
    if call.row.name == "str" and args:
        type_ = TEXTS.get(args[0].type, type_)
    term = short(f"{call.row.name}({', '.join(v.term for v in args)})")
    return Value(term, deps, type_, kept, sense)


_OF_CLASS = frozenset({"isinstance", "issubclass", "callable", "type"})
"""What is asked of a value's class, which nothing that is stored changes."""

_SAME_TRUTH = frozenset({"bool", "len", "list", "tuple", "set", "any", "sorted", "next", "dict"})


def _keeps(call: Invocation) -> bool:
    return call.row.name in {"list", "tuple", "set", "sorted", "reversed", "iter", "next", "dict"}


def load(frame: Frame, call: Invocation) -> Value:
    """``get_model("order", "Order")``: the class that a label means."""
    words = [str(each.data.value) for each in call.args if isinstance(each.data, Constant)]
    parts = ".".join(words).split(".")
    if len(parts) < 2:
        return _swapped(frame, call)
    if call.row.word == "model":
        model = frame.machine.models.labelled(parts[0], parts[-1])
        symbol = frame.machine.models.symbol(model) if model is not None else None
        return frame.machine.class_(symbol) if symbol is not None else Value(call.text)
    project = frame.machine.project
    file = project.find(tuple(parts[:-1]), frame.module.package)
    module = project.module(file) if file is not None else None
    found = project.resolve(module, parts[-1]) if module is not None else None
    return frame.machine.symbol(found) if found is not None else Value(call.text)


def _swapped(frame: Frame, call: Invocation) -> Value:
    """``get_model(settings.TOKEN_MODEL)``: what the model calls itself that may be swapped."""
    _, dot, setting = call.args[0].term.rpartition(".") if call.args else ("", "", "")
    known = None
    if dot and setting.isupper():
        known = swapped(frame.machine.models.sources, setting)
    return frame.machine.class_(known) if known is not None else Value(call.text, _deps(call))


def abort(frame: Frame, call: Invocation) -> Value:
    """Never returns."""
    subject = call.subject
    status = call.row.word
    if subject is not None and isinstance(subject.data, Constant):
        status = str(subject.data.value)
    denied(frame, call.node, status)
    frame.end(status or "raise")
    return Value("(never)")


def wait(frame: Frame, call: Invocation) -> Value:
    """Others run meanwhile."""
    frame.emit(Kind.AWAIT, call.node)
    first = call.args[0] if call.args else Value("None")
    return Value(call.text, _deps(call), first.type, first.data)


def spawn(frame: Frame, call: Invocation) -> Value:
    """Something that runs later, or beside."""
    handed = (_path(frame, each) for each in (*call.rest, *call.keywords.values()))
    item = next(filter(None, handed), None)
    frame.emit(Kind.SPAWN, call.node, manner(call.node), item=item, deps=_deps(call))
    begin(frame, call)
    return Value(call.text)


def later(frame: Frame, call: Invocation) -> Value:
    """``transaction.on_commit(f)``: runs in the same request, when nothing is locked any more."""
    frame.emit(Kind.SPAWN, call.node, manner(call.node), deps=_deps(call))
    after_commit(frame, call)
    return Value(call.text)


def _path(frame: Frame, value: Value) -> Item | None:
    """The file that a value names, if it was touched by that name before."""
    item = Item("file", value.term)
    return item if any(each.item == item for each in frame.trace.effects) else None


def thread(frame: Frame, call: Invocation) -> Value:
    """A function runs in a thread while the event loop serves others."""
    subject = call.subject
    if subject is None:
        return Value(call.text)
    if call.row.word == "wrap":
        return subject
    frame.emit(Kind.AWAIT, call.node)
    given = call.rest
    if call.row.word == "session" and call.receiver is not None:
        given = (call.receiver, *given)
    value = invoke(frame, subject, given, call.keywords, call.node)
    frame.emit(Kind.AWAIT, call.node)
    frame.suspends = False
    return value


def aggregate(frame: Frame, call: Invocation) -> Value:
    """An expression that the database calculates."""
    model = next(
        (each.data.model for each in call.args if isinstance(each.data, Column | Class)), None
    )
    return Value(call.text, _deps(call), "aggregate", Column(model, "", relative=True))


def relative(frame: Frame, call: Invocation) -> Value:
    """``F("balance")``."""
    first = call.args[0].data if call.args else None
    name = str(first.value) if isinstance(first, Constant) else ""
    return Value(f"F({name})", data=Column(None, name, relative=True))


def look_at(frame: Frame, call: Invocation) -> Value:
    """A shared object or file is looked at."""
    receiver = call.receiver
    if receiver is not None and isinstance(receiver.data, Shared):
        key = call.args[0].term if call.args and _keyed(call) else None
        return look(frame, receiver, call.node, call.row.word or "look", key)
    if call.row.store == "cache":
        return caches.looked(frame, call)
    from tocsin.static.interpret.paths import touched

    return touched(frame, call, Kind.READ)


def _keyed(call: Invocation) -> bool:
    return call.row.name.rpartition(".")[2] in {"get", "pop", "setdefault", "__contains__"}


def put_into(frame: Frame, call: Invocation) -> Value:
    """A shared object or file is changed."""
    receiver = call.receiver
    if receiver is not None and isinstance(receiver.data, Shared):
        value = call.args[-1] if call.args else None
        verb = call.row.word or "put"
        return put(frame, receiver, None, value, call.node, verb)
    if call.row.store == "cache":
        return caches.changed(frame, call)
    from tocsin.static.interpret.paths import touched

    return touched(frame, call, Kind.WRITE)


def take(frame: Frame, call: Invocation) -> Value:
    """Looked at and changed in one operation: no window between the two."""
    receiver = call.receiver
    if call.row.store == "cache":
        return caches.changed(frame, call)
    if receiver is None or not isinstance(receiver.data, Shared):
        return Value(call.text, _deps(call))
    key = call.args[0].term if call.args and _keyed(call) else None
    taken = put(frame, receiver, key, None, call.node, "take")
    given = call.args[-1] if call.args else receiver
    return Value(taken.term, taken.deps, given.type) if held(frame, given) else taken
