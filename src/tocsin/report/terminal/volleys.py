"""What was sent to an address: a table of all attacks, and the timeline of one round."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from tocsin.model.verdict import PairResult, Verdict
from tocsin.model.volley import Flight
from tocsin.report.words import clean, together

_COLOURS = {Verdict.VIOLATED: "bold red", Verdict.INCONCLUSIVE: "yellow"}
_NARROW = 100
"""Below so many columns, attack, requests and delivery stand one under the other."""
_BAR = 40
_LEAST = 8
_TIMES = 28
"""Columns of times and status; of the others a timeline's bars take half."""


def attacks(pairs: Sequence[PairResult], width: int) -> Table:
    """A line for each attack: what was sent, how often, what showed, and how tight it was."""
    table = Table(box=box.MINIMAL, show_edge=False, width=width, header_style="dim")
    wide = width >= _NARROW
    for name in ("attack", "operations", "delivered") if wide else ("attack",):
        table.add_column(name, overflow="fold", ratio=3 if name == "attack" else 5)
    table.add_column("observed", no_wrap=True, justify="right")
    table.add_column("verdict", no_wrap=True)
    for pair in pairs:
        known = pair.attack
        if known is None:
            continue
        cells = [
            Text(known.check.replace("_", " ")),
            Text(clean(together(pair.requests))),
            Text(clean(f"{known.way}; {known.spread * 1000:.2f} ms apart"), style="dim"),
        ]
        verdict = Text(pair.verdict.value, style=_COLOURS.get(pair.verdict, ""))
        told = cells if wide else [Text("\n").join(cells)]
        table.add_row(*told, f"{known.shown:,} of {known.rounds:,}", verdict)
    return table


def timeline(flights: Sequence[Flight], width: int) -> Table:
    """One round: from when to when each request was under way, and how it was answered."""
    table = Table.grid(padding=(0, 1))
    bar = max(_LEAST, min(_BAR, (width - _TIMES) // 2))
    table.add_column(overflow="fold", ratio=1)
    table.add_column(no_wrap=True, width=bar)
    table.add_column(no_wrap=True, justify="right")
    table.add_column(no_wrap=True, justify="right")
    end = max((one.done for one in flights), default=0.0) or 1.0
    for one in flights:
        begin = min(bar - 1, round(one.sent / end * bar))
        length = max(1, round((one.done - one.sent) / end * bar))
        line = (" " * begin + "━" * length)[:bar]
        times = f"{one.sent * 1000:.2f} to {one.done * 1000:.2f} ms"
        good = 200 <= one.status < 400
        status = Text(str(one.status or "none"), style="green" if good else "yellow")
        table.add_row(Text(clean(one.request)), Text(line, style="cyan"), times, status)
    return table
