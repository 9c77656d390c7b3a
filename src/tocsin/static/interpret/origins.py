"""Where values come from: the client, chance, the comparison of a text."""

from __future__ import annotations

import ast

from tocsin.static.effect import Item, Kind
from tocsin.static.interpret.calls import Invocation
from tocsin.static.interpret.frame import Frame
from tocsin.static.term import short
from tocsin.static.value import NO_DEPS, Dep, Value
from tocsin.stores.calls.base import Call
from tocsin.stores.calls.files import PATH, RESOLVED, RESOLVED_TEXT, TEXT

_RESOLVED = frozenset({RESOLVED, RESOLVED_TEXT})
TEXTS = {PATH: TEXT, RESOLVED: RESOLVED_TEXT, TEXT: TEXT, RESOLVED_TEXT: RESOLVED_TEXT}
"""What ``str`` makes of a path."""

_SEPARATORS = ("/'", '/"', "\\\\'", "os.sep", "os.path.sep", "sep)", "'')")
"""How the text of a folder ends, where nothing but a part of a path can follow."""


def origin(frame: Frame, call: Invocation) -> Value:
    """A call whose answer is known by where it comes from."""
    options: set[str] = set()
    subject = call.subject
    if call.row.word == "prefix":
        options = _compared(call)
    item = Item("origin", subject.term if subject is not None else call.row.name)
    given = subject.deps if subject is not None else NO_DEPS
    index = frame.emit(
        Kind.ORIGIN, call.node, call.row.word, item, deps=given, options=frozenset(options)
    )
    return Value(call.text, given | {Dep(index)})


def named(frame: Frame, value: Value, name: str, row: Call, node: ast.AST) -> Value:
    """An attribute that is known by where it comes from."""
    term = short(f"{value.term}.{name}")
    index = frame.emit(Kind.ORIGIN, node, row.word, Item("origin", term), deps=value.deps)
    return Value(term, frozenset({Dep(index)}))


def _compared(call: Invocation) -> set[str]:
    """Whether the text was that of a resolved path, and the folder's ends with a separator."""
    found = set()
    if call.receiver is not None and call.receiver.type in _RESOLVED:
        found.add("resolved")
    if call.args and call.args[0].term.endswith(_SEPARATORS):
        found.add("separated")
    return found
