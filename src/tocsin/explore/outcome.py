"""What a run came to, in a form that can be compared: the canonical outcome.

Two runs that differ only in keys that the database made up, or in the time of day, have one
outcome. Fields that vary although nothing changed are masked by path (``A.body.token``,
``orders.created_at``).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tocsin.model.finding import Outcome
from tocsin.model.http import Response
from tocsin.model.table import Row, Table

Contents = Mapping[str, Mapping[str, Sequence[Row]]]
"""Store to table to rows."""

MASKED = "<varies>"
NOW = "<now>"
_DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Raw:
    """A run's answers and what it left, as they came."""

    responses: Mapping[str, Response]
    state: Contents

    def fingerprint(self) -> tuple[object, ...]:
        """The same for runs that came to the same; to be compared within one session."""
        answers = [(task, r.status, r.body, r.error) for task, r in self.responses.items()]
        return *sorted(answers, key=lambda answer: answer[0]), json.dumps(self.state)


@dataclass(slots=True)
class Canon:
    """Brings raw results into canonical form.

    ``before`` is the snapshot's contents of any table that a run wrote, ``tables`` the schema,
    ``since`` the real time of the session.
    """

    tables: Mapping[str, Mapping[str, Table]]
    before: dict[str, dict[str, Sequence[Row]]] = field(default_factory=dict)
    since: float = 0.0
    masks: frozenset[str] = frozenset()

    def outcome(self, raw: Raw) -> Outcome:
        """The canonical outcome of a run."""
        keys = _NewKeys(self, raw.state)
        state: list[tuple[str, str]] = []
        for store, tables in sorted(raw.state.items()):
            for name, rows in sorted(tables.items()):
                then = self._rows(store, name, self.before.get(store, {}).get(name, ()), keys)
                now = self._rows(store, name, rows, keys)
                if now != then:
                    state.append((f"{store}/{name}", json.dumps(now)))
        return Outcome(tuple(self._responses(raw, keys)), tuple(state))

    def _responses(self, raw: Raw, keys: _NewKeys) -> Iterator[tuple[str, int, str]]:
        for task, response in sorted(raw.responses.items()):
            body = response.error if response.failed else _parse(response.body)
            if response.failed:
                body = "" if response.error is None else response.error.split(":")[0]
            yield task, response.status, json.dumps(self._leaf(body, f"{task}.body", keys))

    def _rows(self, store: str, name: str, rows: Sequence[Row], keys: _NewKeys) -> list[object]:
        canonical = [
            {
                column: self._leaf(
                    keys.column(store, name, column, value), f"{name}.{column}", None
                )
                for column, value in row.items()
            }
            for row in rows
        ]
        return sorted(canonical, key=lambda row: json.dumps(row, sort_keys=True))

    def _leaf(self, value: object, path: str, keys: _NewKeys | None) -> object:
        if path in self.masks:
            return MASKED
        if isinstance(value, dict):
            return {k: self._leaf(v, f"{path}.{k}", keys) for k, v in sorted(value.items())}
        if isinstance(value, list):
            return [self._leaf(v, f"{path}[]", keys) for v in value]
        if keys is not None and isinstance(value, int) and not isinstance(value, bool):
            return keys.named(path.rpartition(".")[2].removesuffix("[]"), value)
        return NOW if self._recent(value) else value

    def _recent(self, value: object) -> bool:
        """Whether this is a date and time of this session (CURRENT_TIMESTAMP, now(), …)."""
        if not isinstance(value, str) or not 19 <= len(value) <= 35 or value[4] != "-":
            return False
        try:
            moment = dt.datetime.fromisoformat(value)
        except ValueError:
            return False
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=dt.UTC)
        return abs(moment.timestamp() - self.since) < _DAY


class _NewKeys:
    """Keys that the database made up in one run, each renamed by what its row contains."""

    def __init__(self, canon: Canon, state: Contents) -> None:
        self._canon = canon
        self._names: dict[str, dict[object, str]] = {}
        self._generated: set[str] = {"id", "pk"}
        for store, tables in state.items():
            for name, rows in tables.items():
                table = canon.tables.get(store, {}).get(name)
                if table is not None and len(table.key) == 1 and table.key[0] in table.generated:
                    self._learn(store, table, rows)

    def _learn(self, store: str, table: Table, rows: Sequence[Row]) -> None:
        key = table.key[0]
        old = {row[key] for row in self._canon.before.get(store, {}).get(table.name, ())}
        names = self._names.setdefault(table.name, {})
        linked = {key} | {column for column, _ in table.references}
        for row in rows:
            if row[key] not in old:
                content = {
                    c: v
                    for c, v in row.items()
                    if c not in linked and f"{table.name}.{c}" not in self._canon.masks
                }
                content = {c: NOW if self._canon._recent(v) else v for c, v in content.items()}
                digest = hashlib.sha1(
                    json.dumps(content, sort_keys=True, default=str).encode(), usedforsecurity=False
                )
                names[row[key]] = f"<new {table.name} {digest.hexdigest()[:6]}>"

    def column(self, store: str, table: str, column: str, value: object) -> object:
        """A stored value, renamed where it is, or refers to, a new key."""
        schema = self._canon.tables.get(store, {}).get(table)
        if schema is None or not isinstance(value, int | str):
            return value
        if schema.key == (column,):
            return self._names.get(table, {}).get(value, value)
        for own, (other, _) in schema.references:
            if own == column:
                return self._names.get(other, {}).get(value, value)
        return value

    def named(self, field_name: str, value: int) -> object:
        """A number in an answer, renamed where its field's name says that it is a new key."""
        lowered = field_name.lower()
        if not (lowered in {"id", "pk"} or lowered.endswith("id")):
            return value
        stem = lowered.removesuffix("id").rstrip("_")
        hits = {
            names[value]
            for table, names in self._names.items()
            if value in names and (not stem or stem in table.lower())
        }
        if len(hits) > 1:
            # Which of them is meant cannot be told: say no more than is known.
            return "<new id>"
        return next(iter(hits), value)


def _parse(body: bytes) -> object:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body.decode("utf-8", "replace")


def differing(one: Raw, two: Raw) -> frozenset[str]:
    """The paths whose values differ between two runs of one schedule: what must be masked.

    Answers are compared leaf by leaf, tables column by column (rows in key order).
    """
    paths: set[str] = set()
    for task, response in one.responses.items():
        other = two.responses.get(task)
        if other is not None and response.status == other.status:
            paths.update(_different(_parse(response.body), _parse(other.body), f"{task}.body"))
    for store, tables in one.state.items():
        for name, rows in tables.items():
            others = two.state.get(store, {}).get(name, ())
            if len(rows) == len(others):
                for row, twin in zip(rows, others, strict=True):
                    paths.update(
                        f"{name}.{column}"
                        for column, value in row.items()
                        if value != twin.get(column)
                    )
    return frozenset(paths)


def _different(one: object, two: object, path: str) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(two, dict) and one.keys() == two.keys():
        for key in one:
            yield from _different(one[key], two[key], f"{path}.{key}")
    elif isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
        for left, right in zip(one, two, strict=True):
            yield from _different(left, right, f"{path}[]")
    elif one != two:
        yield path


def touched_names(state: Contents) -> Collection[str]:
    """``store/table`` of everything in a state."""
    return [f"{store}/{name}" for store, tables in state.items() for name in tables]
