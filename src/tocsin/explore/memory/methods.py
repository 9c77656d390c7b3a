"""What methods of containers do to them: a table, not an ``if``."""

from __future__ import annotations

from enum import Enum, auto

from tocsin.model.access import Mode


class Touch(Enum):
    """Whether a method reads or writes, the whole or one key (its first argument)."""

    LOOK = auto()
    LOOK_AT = auto()
    CHANGE = auto()
    CHANGE_AT = auto()

    @property
    def keyed(self) -> bool:
        return self in {Touch.LOOK_AT, Touch.CHANGE_AT}

    @property
    def modes(self) -> tuple[Mode, ...]:
        changes = self in {Touch.CHANGE, Touch.CHANGE_AT}
        return (Mode.READ, Mode.WRITE) if changes else (Mode.READ,)


_LOOKS = (
    *("keys", "values", "items", "copy", "count", "index", "most_common", "elements", "total"),
    *("union", "intersection", "difference", "symmetric_difference", "__len__", "__iter__"),
    *("issubset", "issuperset", "isdisjoint", "hex", "decode", "find", "startswith", "endswith"),
    *("qsize", "empty", "full", "locked", "cache_info", "model_dump", "model_dump_json", "dict"),
    *("json", "join", "split", "format", "tolist", "exists", "is_set", "getvalue", "__contains__"),
)

_MAPPING = {
    "get": Touch.LOOK_AT,
    "__getitem__": Touch.LOOK_AT,
    "__contains__": Touch.LOOK_AT,
    "pop": Touch.CHANGE_AT,
    "setdefault": Touch.CHANGE_AT,
    "__setitem__": Touch.CHANGE_AT,
    "__delitem__": Touch.CHANGE_AT,
    "move_to_end": Touch.CHANGE,
}
_SET = {
    "add": Touch.CHANGE_AT,
    "discard": Touch.CHANGE_AT,
    "remove": Touch.CHANGE_AT,
    "__contains__": Touch.LOOK_AT,
}


def touch_of(thing: object, method: str) -> Touch:
    """What calling ``method`` does to a thing. What is not known is taken to change it."""
    if isinstance(thing, dict) and method in _MAPPING:
        return _MAPPING[method]
    if isinstance(thing, (set, frozenset)) and method in _SET:
        return _SET[method]
    if method in _LOOKS or (method == "get" and not hasattr(type(thing), "put")):
        return Touch.LOOK
    return Touch.CHANGE
