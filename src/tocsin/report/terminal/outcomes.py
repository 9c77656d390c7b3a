"""What the serial orders give against what was observed: only what differs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_

from rich import box
from rich.table import Table
from rich.text import Text

from tocsin.model.finding import Outcome, Witness
from tocsin.report.terminal.lanes import answer, tasks_of
from tocsin.report.words import clean, shorten

_ABSENT = "no answer"
_UNCHANGED = "as before"
_NO_ROW = "no such row"
_LONGEST_CELL = 120
_MOST_ROWS = 12


@dataclass(frozen=True, slots=True)
class Difference:
    """One line: what is compared, and its value in each outcome (the observed one is last)."""

    what: str
    values: tuple[str, ...]
    status: tuple[int, ...] = ()


def compare(witness: Witness) -> tuple[list[str], list[Difference]]:
    """The serial outcomes' headings, and the lines in which the outcomes differ."""
    headings: dict[Outcome, list[str]] = {}
    for serial in witness.serial:
        headings.setdefault(serial.outcome, []).append(tasks_of(serial.order))
    outcomes = [*headings, witness.observed]
    lines = [*_responses(outcomes), *_states(outcomes)]
    return [" or: ".join(orders) for orders in headings.values()], lines


def draw(witness: Witness, width: int) -> Table:
    """The comparison as a table in ``width`` columns."""
    headings, lines = compare(witness)
    table = Table(box=box.MINIMAL, show_edge=False, width=width, header_style="dim")
    table.add_column("", overflow="fold", ratio=2)
    for heading in headings:
        table.add_column(Text(clean(heading), style="dim"), overflow="fold", ratio=3)
    table.add_column(Text("observed", style="bold red"), overflow="fold", ratio=3)
    for line in lines[:_MOST_ROWS]:
        table.add_row(Text(clean(line.what), style="bold"), *_cells(line))
    if len(lines) > _MOST_ROWS:
        table.add_row(Text(f"… and {len(lines) - _MOST_ROWS} more", style="dim"))
    return table


def _cells(line: Difference) -> Iterator[Text]:
    for index, value in enumerate(line.values):
        observed = index == len(line.values) - 1
        if line.status:
            yield answer(line.status[index], value, _LONGEST_CELL)
        else:
            yield Text(shorten(value, _LONGEST_CELL), style="bold red" if observed else "")


def _responses(outcomes: Sequence[Outcome]) -> Iterator[Difference]:
    answers = [{task: (status, body) for task, status, body in o.responses} for o in outcomes]
    for task in dict.fromkeys(task for answered in answers for task in answered):
        given = [answered.get(task, (0, _ABSENT)) for answered in answers]
        if len(set(given)) > 1:
            yield Difference(
                f"{task} answers",
                tuple(body for _, body in given),
                tuple(status for status, _ in given),
            )


def _states(outcomes: Sequence[Outcome]) -> Iterator[Difference]:
    states = [dict(outcome.state) for outcome in outcomes]
    for name in dict.fromkeys(name for state in states for name in state):
        texts = [state.get(name, _UNCHANGED) for state in states]
        if len(set(texts)) > 1:
            yield from _contents(name, texts)


def _contents(name: str, texts: Sequence[str]) -> Iterator[Difference]:
    """Rows side by side where the texts are lists of rows, else the texts themselves."""
    rows = [_rows(text) for text in texts]
    if any(found is None for found in rows):
        yield Difference(name, tuple(texts))
        return
    tables = _keyed([found or [] for found in rows])
    missing = [_UNCHANGED if text == _UNCHANGED else _NO_ROW for text in texts]
    for key in dict.fromkeys(key for table in tables for key in table):
        versions = [table.get(key) for table in tables]
        yield from _row(f"{_table(name)} {key}", versions, missing)


def _row(
    what: str, versions: Sequence[Mapping[str, object] | None], missing: Sequence[str]
) -> Iterator[Difference]:
    if any(version is None for version in versions):
        cells = zip(versions, missing, strict=True)
        yield Difference(what, tuple(none if row is None else _brief(row) for row, none in cells))
        return
    present = [version for version in versions if version is not None]
    for column in dict.fromkeys(column for version in present for column in version):
        values = tuple(json.dumps(version.get(column)) for version in present)
        if len(set(values)) > 1:
            yield Difference(f"{what} {column}", values)


def _rows(text: str) -> list[Mapping[str, object]] | None:
    if text == _UNCHANGED:
        return []
    try:
        value = json.loads(text)
    except ValueError:
        return None
    if isinstance(value, list) and all(isinstance(row, dict) for row in value):
        return value
    return None


Row = Mapping[str, object]


def _keyed(tables: Sequence[Sequence[Row]]) -> list[dict[str, Row]]:
    """Rows by key: ``id`` where each has its own; else those that are not in every outcome."""
    keyed = [{f"id={row['id']}": row for row in rows if "id" in row} for rows in tables]
    if all(len(found) == len(rows) for found, rows in zip(keyed, tables, strict=True)):
        return keyed
    counts = [Counter(json.dumps(row) for row in rows) for rows in tables]
    common = reduce(and_, counts)
    own = [[json.loads(text) for text in (each - common).elements()] for each in counts]
    one = "row" if all(own) else "another row"
    name = f"{one} {{}}" if max(map(len, own)) > 1 else one
    return [{name.format(index): row for index, row in enumerate(rows, 1)} for rows in own]


def _brief(row: Mapping[str, object]) -> str:
    return ", ".join(f"{column}={json.dumps(value)}" for column, value in row.items())


def _table(name: str) -> str:
    """``orders`` of ``sqlite:shop.db/orders``."""
    return name.rpartition("/")[2] or name
