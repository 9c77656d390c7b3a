"""What a request carries from hook to handler: attributes of objects that live as long as it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tocsin.static.interpret.frame import Frame
from tocsin.static.summary import Summary
from tocsin.static.value import Bindings, Value
from tocsin.stores.calls.web import REQUEST_OBJECTS

Named = tuple[tuple[str, Value], ...]


def plain(name: str) -> str:
    """A name without the marks of parameters."""
    return name.replace("`", "")


def left(frame: Frame) -> Named:
    """What a function leaves on such objects."""
    return tuple(_of(frame.env))


def around(frame: Frame) -> Named:
    """What a function that is called from here finds on them."""
    return tuple(_of({**frame.closure, **frame.env}))


def remembered(frame: Frame, name: str) -> Value | None:
    """What stands under such a name, from before this function began."""
    return frame.closure.get(plain(name)) if "." in name else None


def carry(frame: Frame, summary: Summary, bindings: Bindings) -> None:
    """What a callee has left is here too."""
    for name, value in summary.left:
        frame.env[bindings.term(name)] = bindings.value(value)


def _of(names: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
    for name, value in names.items():
        if "." in name and plain(name).startswith(REQUEST_OBJECTS):
            yield plain(name), value
