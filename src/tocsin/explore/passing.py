"""The name when all requests passed, of which every serial order turns one away.

To the database these are lost updates. A tester asks what came of it: was a thing made twice, a
limit passed, something done twice, or the value of one request overwritten by the other's?
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl

from tocsin.explore.graph import Window
from tocsin.model.anomaly import Name
from tocsin.model.finding import Outcome
from tocsin.model.history import Op
from tocsin.model.http import Request

_COUNTED = re.compile(r"\b(?:COUNT|SUM|MAX|MIN|AVG|LEN)\(", re.IGNORECASE)
_EXISTENCE = ("stat(", "lstat(", "access(")
"""What is asked of a file to know whether it is there."""

_ADDS = re.compile(r"\.(?:add|append|appendleft|insert|setdefault)\(")
_RELATIVE = re.compile(r"[^<>=!][-+]\s*\?|[-+]=")
"""A change of what is there by then: ``balance - ?`` in SQL, ``-=`` in Python."""

_COUNTING = frozenset(
    {"incrby", "incrbyfloat", "decrby", "hincrby", "hincrbyfloat", "zincrby", "incr", "decr"}
)
_ASKS = frozenset({"exists", "hexists", "sismember"})
_PUTS = frozenset({"set", "hset", "sadd", "hmset", "json.set"})
"""In Redis: changes of what is there; asking whether a thing is there, and putting it there."""

_COLUMN = re.compile(r'(\w+)"?\s*=(?!=)')
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_VALUES = re.compile(r"⟨(.*?)⟩?$", re.DOTALL)


def created(window: Window) -> bool:
    """Whether the use makes what the check had looked for."""
    looked = {access.item.name for access in window.check.accesses if not access.writes}
    asked = any(access.verb in _ASKS for access in window.check.accesses)
    for access in window.use.accesses:
        if access.writes and access.item.name in looked:
            is_new = {
                "memory": _ADDS.search(window.use.label) is not None,
                "file": window.check.label.startswith(_EXISTENCE)
                and window.use.label.startswith("open("),
            }.get(access.item.store, access.verb == "insert" or (asked and access.verb in _PUTS))
            if is_new:
                return True
    return False


def counted(window: Window) -> bool:
    """Whether the check is of a number of things, or a sum of them."""
    return _COUNTED.search(window.check.label) is not None


def passed_together(
    requests: Mapping[str, Request],
    window: Window,
    observed: Outcome,
    serial: Mapping[tuple[str, ...], Outcome],
) -> Name | None:
    """What it means that all passed; ``None`` if that is not what happened."""
    wholes = [outcome for order, outcome in serial.items() if len(order) == len(requests)]
    if _refusals(observed) or not all(map(_refusals, wholes)):
        return None
    endpoints = {request.endpoint for request in requests.values()}
    statuses = {status for outcome in wholes for status in _refusals(outcome)}
    if len(endpoints) > 1 and statuses & {401, 403}:
        return Name.STALE_AUTHORIZATION
    if created(window):
        return Name.LIMIT_OVERRUN if counted(window) else Name.DUPLICATE_CREATE
    if len({endpoint.rstrip("/").rpartition("/")[2] for endpoint in endpoints}) > 1:
        return None
    once = any(_left(window, observed) == _left(window, outcome) for outcome in wholes)
    gone = any(observed.state == outcome.state for outcome in wholes)
    if once and not gone:
        # What was checked is as one request leaves it; what followed from it came twice.
        return Name.DOUBLE_SUBMIT
    counts = any(access.verb in _COUNTING for access in window.use.accesses)
    if not gone and (counts or _RELATIVE.search(_assigned(window.use))):
        return Name.LIMIT_OVERRUN
    if any(_carried(requests[task], window) for task in requests):
        return Name.LOST_UPDATE
    return Name.LIMIT_OVERRUN if _stores_numbers(window.use, requests) else Name.DOUBLE_SUBMIT


def _refusals(outcome: Outcome) -> list[int]:
    return [status for _, status, _ in outcome.responses if status >= 400]


def _left(window: Window, outcome: Outcome) -> list[tuple[str, str]]:
    """What an outcome has of the tables that were checked and then written."""
    checked = {(a.item.store, a.item.name) for a in window.check.accesses if not a.writes}
    written = {(a.item.store, a.item.name) for a in window.use.accesses if a.writes}
    names = {f"{store}/{name}" for store, name in checked & written or written}
    return [(name, rows) for name, rows in outcome.state if name in names]


def _assigned(use: Op) -> str:
    """The part of a statement, or the line of code, that says what is stored."""
    text = re.split(r"\bWHERE\b", use.label, flags=re.IGNORECASE)[0]
    return re.split(r"\bSET\b", text, flags=re.IGNORECASE)[-1]


def _carried(request: Request, window: Window) -> set[str]:
    """The values that a request brings, other than those that name what it is about."""
    named = set(_values(window.check)) | set(request.path.split("/"))
    return {value for value in _data(request) if value not in named}


def _data(request: Request) -> Iterator[str]:
    yield from (value for _, value in request.query)
    text = request.body.decode("utf-8", "replace")
    try:
        yield from _leaves(json.loads(text) if text else None)
    except ValueError:
        yield from (value for _, value in parse_qsl(text))


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _leaves(inner)
    elif value is not None:
        yield str(value)


def _values(op: Op) -> list[str]:
    """The values that a statement was given."""
    shown = _VALUES.search(op.detail)
    return [_bare(value) for value in shown[1].split(", ")] if shown else []


def _bare(value: str) -> str:
    """``'TEN'`` and psycopg's ``Int4(20)`` without their wrapping."""
    inside = re.fullmatch(r"\w+\((.*)\)", value)
    return (inside[1] if inside else value).strip("'\"")


def _stores_numbers(use: Op, requests: Mapping[str, Request]) -> bool:
    """Whether numbers are stored, and no text but what the requests are about."""
    columns = [column.lower() for column in _COLUMN.findall(_assigned(use))]
    stored = [
        value
        for column, value in zip(columns, _values(use), strict=False)
        if not column.endswith("id")
    ]
    about = {part for request in requests.values() for part in request.path.split("/")}
    about |= {value for request in requests.values() for value in _data(request)}
    numbers = [value for value in stored if _NUMBER.fullmatch(value)]
    return bool(numbers) and all(value in about for value in stored if value not in numbers)
