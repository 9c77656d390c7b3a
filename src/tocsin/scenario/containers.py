"""Containers in memory as rows: ``orders = {1: {"status": "pending"}}`` is a table too."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, MutableMapping, MutableSequence, MutableSet, Sequence

from tocsin.model.table import Row

KEY = "key"
"""The column that holds a mapping's keys: first in every row, so it is taken for the key."""

PLAIN = (str, int, float, bool)


def memory_rows(packages: Sequence[str]) -> dict[str, list[Row]]:
    """The module-level containers of these packages that hold something, by ``module.name``."""
    found: dict[str, list[Row]] = {}
    seen: set[int] = set()  # imported by several modules, it is still one container
    for module_name, module in sorted(sys.modules.items()):
        if module_name.partition(".")[0] not in packages:
            continue
        for name, value in list(vars(module).items()):
            kept = isinstance(value, (MutableMapping, MutableSequence, MutableSet))
            if not kept or name.startswith("__") or id(value) in seen:
                continue
            seen.add(id(value))
            if rows := rows_of(value):
                found[f"{module_name}.{name}"] = rows
    return found


def rows_of(container: object) -> list[Row]:
    """One row for each entry that plain values can tell; none if there are no such entries."""
    if isinstance(container, Mapping):
        return [
            {KEY: key, **_columns(value)}
            for key, value in list(container.items())
            if isinstance(key, PLAIN)
        ]
    if isinstance(container, (MutableSequence, MutableSet)):
        return [row for value in list(container) if (row := _columns(value))]
    return []


def _columns(value: object) -> dict[str, object]:
    if isinstance(value, PLAIN):
        return {"value": value}
    members = value if isinstance(value, Mapping) else dict(_attributes(value))
    return {
        str(name): member
        for name, member in members.items()
        if isinstance(member, PLAIN) and name != KEY
    }


def _attributes(value: object) -> Iterator[tuple[str, object]]:
    names = [*getattr(value, "__slots__", ()), *getattr(value, "__dict__", ())]
    for name in names:
        if isinstance(name, str) and not name.startswith("_") and hasattr(value, name):
            yield name, getattr(value, name)
