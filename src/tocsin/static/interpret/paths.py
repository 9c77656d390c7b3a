"""Files: what is looked at and changed, by path."""

from __future__ import annotations

from tocsin.static.effect import Item, Kind
from tocsin.static.interpret.calls import Invocation
from tocsin.static.interpret.frame import Frame
from tocsin.static.value import Constant, Dep, Value


def touched(frame: Frame, call: Invocation, kind: Kind) -> Value:
    """A call on a path: from the receiver, or from the argument that the table names."""
    path = call.subject
    if path is None:
        frame.emit(Kind.CALL, call.node)
        return Value(call.text)
    verb, options = call.row.word or "look", frozenset[str]()
    if verb == "open":
        mode = _mode(call).split(":")[0].split("|")[0]  # tarfile's names a compression behind it
        if "x" in mode:
            options = frozenset({"exclusive"})
        verb = "write" if set(mode) & set("wax+") else "read"
        kind = Kind.WRITE if verb == "write" else Kind.READ
    if verb == "mkdir" and call.constant("exist_ok") is True:
        options = frozenset({"exist_ok"})
    if verb == "remove" and call.constant("missing_ok") is True:
        options = frozenset({"missing_ok"})
    index = frame.emit(
        kind, call.node, verb, Item("file", path.term), deps=path.deps, options=options
    )
    gives = call.row.gives
    return Value(call.text, frozenset({Dep(index)}), gives, sense=int(verb == "look"))


def _mode(call: Invocation) -> str:
    given = call.constant("mode")
    if isinstance(given, str):
        return given
    at = (call.row.subject + 1) if call.row.subject is not None else 0
    if at < len(call.args):
        data = call.args[at].data
        if isinstance(data, Constant) and isinstance(data.value, str):
            return data.value
    return "r"
