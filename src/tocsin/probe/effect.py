"""What requests changed, as a client can see it: two readings of the same things, compared.

Rows are matched by their keys, and numbers compared by their difference: so the effect of a request
is the same from whatever state it began.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tocsin.model.http import Response
from tocsin.scenario.said import parsed

KEYS = ("id", "uuid", "pk", "key", "number", "code", "slug", "username", "name")
"""What names a row, the likeliest first."""

DEPTH = 12
CHANGES = 200


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One thing that is different afterwards, so many times."""

    path: str
    kind: str
    value: str = ""
    times: int = 1

    def __str__(self) -> str:
        words = {"by": "changes by", "became": "becomes"}.get(self.kind, self.kind)
        count = f", {self.times} times" if self.times > 1 else ""
        return f"{self.path} {words} {self.value}".rstrip() + count


Effect = frozenset[Change]
State = Mapping[str, object]
"""By reader (``GET /orders as alice``) what it was answered: JSON, or else text."""


def content(response: Response) -> object:
    """An answer as it is compared: what failed is its status alone."""
    if not response.ok:
        return f"answers {response.status}"
    try:
        found: object = parsed(response.body)
    except ValueError:
        return response.body.decode("utf-8", "replace")
    return found


def effect(before: State, after: State) -> Effect:
    """All changes between two readings."""
    found: Counter[tuple[str, str, str]] = Counter()
    for reader in before:
        if reader in after:
            found.update(_changes(before[reader], after[reader], reader, DEPTH))
    return frozenset(Change(*what, times) for what, times in sorted(found.items())[:CHANGES])


def unmasked(found: Effect, masks: frozenset[str]) -> Effect:
    """The effect without what differs from run to run anyway."""
    return frozenset(change for change in found if change.path not in masks)


def masks(repeats: Sequence[Effect]) -> frozenset[str]:
    """The paths where repeats of one thing do not agree: clocks, generated keys."""
    everywhere = frozenset.intersection(*repeats) if repeats else frozenset[Change]()
    return frozenset(change.path for one in repeats for change in one - everywhere)


def _changes(
    before: object, after: object, path: str, depth: int
) -> Iterator[tuple[str, str, str]]:
    if before == after and isinstance(before, bool) == isinstance(after, bool):
        return
    if depth <= 0:
        yield path, "became", "something else"
    elif isinstance(before, dict) and isinstance(after, dict):
        for key in {**before, **after}:
            inner = f"{path} {key}" if depth == DEPTH else f"{path}.{key}"
            yield from _changes(before.get(key), after.get(key), inner, depth - 1)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _rows(before, after, path, depth)
    elif _number(before) and _number(after):
        yield path, "by", f"{_difference(before, after):+g}"
    else:
        yield path, "became", _text(after)


def _rows(
    before: list[object], after: list[object], path: str, depth: int
) -> Iterator[tuple[str, str, str]]:
    key = _key(before, after)
    if key is None:
        had, has = Counter(map(_text, before)), Counter(map(_text, after))
        for text in (has - had).elements():
            yield f"{path}[]", "gains", text
        for text in (had - has).elements():
            yield f"{path}[]", "loses", text
        return
    old = {_text(row[key]): row for row in _tables(before)}
    new = {_text(row[key]): row for row in _tables(after)}
    for name, row in new.items():
        if name in old:
            yield from _changes(old[name], row, f"{path}[]", depth - 1)
            continue
        yield f"{path}[]", "gains", "a row"
        for column, value in row.items():
            if column != key:
                yield f"{path}[].{column}", "gains", _text(value)
    for name in old.keys() - new.keys():
        yield f"{path}[]", "loses", f"the row with {key} {name}"


def _tables(rows: list[object]) -> list[Mapping[str, object]]:
    return [row for row in rows if isinstance(row, dict)]


def _key(before: list[object], after: list[object]) -> str | None:
    """The column that tells all rows of both readings apart."""
    every = [*before, *after]
    if not every or not all(isinstance(row, dict) for row in every):
        return None
    for key in KEYS:
        if all(key in row for row in _tables(every)) and all(
            len({_text(row[key]) for row in _tables(rows)}) == len(rows) for rows in (before, after)
        ):
            return key
    return None


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _difference(before: object, after: object) -> float:
    # Money is read as a binary fraction: what is far behind the point says nothing.
    return round(float(str(after)) - float(str(before)), 6)


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)[:200]
