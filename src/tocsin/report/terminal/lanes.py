"""The interleaving, drawn: one lane for each request, time downwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from rich import box
from rich.table import Table
from rich.text import Text

from tocsin.model.finding import Witness
from tocsin.model.history import Op, OpKind
from tocsin.report.words import clean, count, mark, sent, short_sql, shorten, spaced

_COLOURS = {"check": "yellow", "write": "magenta", "use": "bold red", "": ""}
_SILENT = frozenset({OpKind.START, OpKind.FINISH, OpKind.AWAIT, OpKind.SLEEP, OpKind.BEGIN})
_LOUD = frozenset({OpKind.COMMIT, OpKind.ROLLBACK, OpKind.RESPOND})
_COUNTED = frozenset({"update", "delete"})
_FOLD_FROM = 3
_MARK_WIDTH = 5
_BORDERS = 8
_LINES = 3


@dataclass(frozen=True, slots=True)
class Folded:
    """Operations of one task that change nothing for the reader."""

    task: str
    ops: tuple[Op, ...]


def draw(witness: Witness, width: int) -> Table:
    """The witness's history as lanes in ``width`` columns."""
    tasks = [request.name for request in witness.requests]
    lane = max(16, (width - _MARK_WIDTH - _BORDERS) // max(len(tasks), 1))
    table = Table(box=box.MINIMAL, show_edge=False, width=width, padding=(0, 1), header_style="")
    table.add_column("", width=_MARK_WIDTH, no_wrap=True)
    for request in witness.requests:
        title = Text(shorten(request.name, lane), style="bold")
        title.append(f"\n{shorten(sent(request), lane)}", style="not bold")
        title.append(f"\nas {shorten(request.identity, lane - 3)}", style="not bold dim")
        table.add_column(title, ratio=1, overflow="fold")
    last: dict[str, str] = {}
    for row in fold(witness):
        cells = [Text()] * len(tasks)
        if row.task not in tasks:
            continue
        name = ""
        if isinstance(row, Folded):
            cell = Text(f"⋯ {len(row.ops)} quiet operations", style="dim")
        else:
            name = mark(row, witness.anomaly)
            cell = _cell(row, witness, _COLOURS[name], lane, last)
        cells[tasks.index(row.task)] = cell
        table.add_row(Text(name, style=_COLOURS[name]), *cells)
    return table


def fold(witness: Witness) -> Iterator[Op | Folded]:
    """The operations to show: long stretches of one task that touch nobody else's are folded."""
    shown = (op for op in witness.history.ops if _shown(op, witness))
    for (loud, task), group in groupby(shown, lambda op: (_loud(op, witness), op.task)):
        ops = tuple(group)
        if loud or len(ops) < _FOLD_FROM:
            yield from ops
        else:
            yield Folded(task, ops)


def _shown(op: Op, witness: Witness) -> bool:
    return op.kind not in _SILENT or bool(mark(op, witness.anomaly)) or bool(op.error) or op.waited


def _loud(op: Op, witness: Witness) -> bool:
    if mark(op, witness.anomaly) or op.kind in _LOUD or op.error or op.waited:
        return True
    return any(other.task != op.task and op.conflicts(other) for other in witness.history.ops)


def _cell(op: Op, witness: Witness, style: str, lane: int, last: dict[str, str]) -> Text:
    if op.kind is OpKind.RESPOND:
        return _answer(op, witness, lane)
    text = op.detail or op.label
    if op.kind in {OpKind.COMMIT, OpKind.ROLLBACK, OpKind.BEGIN}:
        return _with_details(op, Text(text or op.kind.value.upper(), style=style or "dim"))
    words = short_sql(text) if op.kind is OpKind.STATEMENT else text
    where = ""
    if op.location is not None and last.get(op.task) != str(op.location):
        where = last[op.task] = str(op.location)
    return _with_details(op, Text(shorten(words, lane * _LINES), style=style), where)


def _with_details(op: Op, cell: Text, where: str = "") -> Text:
    """Under an operation: its place, the row count of a change, a wait, an error."""
    details = [clean(where)] if where else []
    if op.rows is not None and any(access.verb in _COUNTED for access in op.accesses):
        details.append(f"→ {count(op.rows, 'row')}")
    if op.waited:
        details.append("(had to wait)")
    if details:
        cell.append(f"\n{' '.join(details)}", style="not bold dim")
    if op.error:
        cell.append(f"\n{shorten(op.error, 120)}", style="red")
    return cell


def _answer(op: Op, witness: Witness, lane: int) -> Text:
    for task, status, body in witness.observed.responses:
        if task == op.task:
            return answer(status, body, lane * 2)
    return Text(shorten(op.detail or op.label or "answers", lane), style="bold")


def answer(status: int, body: str, width: int) -> Text:
    """A response in one glance: status, coloured by its class, and the beginning of its body."""
    colour = "green" if status < 400 else "yellow" if status < 500 else "red"
    cell = Text(str(status), style=f"bold {colour}")
    if body:
        cell.append(f" {shorten(spaced(body), width)}", style="not bold default")
    return cell


def tasks_of(order: Sequence[str]) -> str:
    """``A, then B``."""
    return ", then ".join(order) if len(order) != 1 else f"only {order[0]}"
