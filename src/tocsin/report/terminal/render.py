"""The text report, from the top: findings, what held, what is not known, the summary."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Iterator

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from tocsin.model.finding import Finding
from tocsin.model.location import Location
from tocsin.model.suppression import SuppressionKind
from tocsin.model.verdict import LEFT_OUT, Level, PairResult, Severity, Verdict
from tocsin.model.volley import VolleyEvidence
from tocsin.model.window import Site
from tocsin.report.document import Document
from tocsin.report.terminal import lanes, outcomes, volleys
from tocsin.report.words import clean, count, together

_COLOURS = {
    Severity.CRITICAL: "white on red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "bold yellow",
    Severity.LOW: "bold cyan",
    Severity.INFO: "bold blue",
}
_GRADE_COLOURS = {"A": "green", "B": "green", "C": "yellow", "D": "red", "F": "bold red"}
_MOST_LINES = 30
_MOST_SITES = 6
_INDENT = 2


def print_document(document: Document, console: Console, *, brief: bool = False) -> None:
    """Print the report. ``brief`` leaves only the headlines and the summary."""
    with console.capture() as capture:
        for part in _parts(document, console.width, brief=brief):
            console.print(part)
    # Lines are padded to the width by rich: nobody wants that in a file.
    text = capture.get()
    if not console.is_terminal:
        text = "\n".join(line.rstrip() for line in text.split("\n"))
    console.file.write(text)
    console.file.flush()


def render(document: Document, width: int = 80, *, brief: bool = False) -> str:
    """The report as plain text."""
    text = io.StringIO()
    console = Console(file=text, width=width, no_color=True, force_terminal=False)
    print_document(document, console, brief=brief)
    return text.getvalue()


def _parts(document: Document, width: int, *, brief: bool) -> Iterator[RenderableType]:
    for number, finding in enumerate(document.open, 1):
        if brief:
            yield _headline(finding, number)
        else:
            yield from _finding(finding, number, width)
    if not brief:
        yield from _attacks(document, width)
        yield from _pairs(document)
        yield from _skipped(document)
        unread = [(file.path, file.reason) for file in document.unread]
        yield from _list("Not read", unread, "yellow")
        yield from _list("No longer occurs", [(entry, "") for entry in document.gone], "green")
        yield from _list("Notes", [(note, "") for note in document.notes])
    if document.interrupted:
        yield Text("Interrupted: this covers what was explored until then.", style="bold yellow")
    yield _summary(document)


def _finding(finding: Finding, number: int, width: int) -> Iterator[RenderableType]:
    inner = width - _INDENT
    yield Rule(style="dim")
    yield _headline(finding, number)
    yield Text()
    yield _indented(Text(clean(finding.description)))
    witness = finding.evidence.witness
    if witness is not None:
        yield _heading("Interleaving")
        yield _indented(lanes.draw(witness, inner))
        yield _heading("Outcome: no serial order gives what was observed")
        yield _indented(outcomes.draw(witness, inner))
        if witness.anomaly.explanation:
            yield _heading("Why")
            yield _indented(Text(clean(witness.anomaly.explanation)))
    elif finding.evidence.volley is not None:
        yield from _volley(finding.evidence.volley, inner)
    elif finding.evidence.reason:
        yield Text()
        yield _indented(Text(clean(finding.evidence.reason), style="dim"))
    if finding.twins:
        yield _heading("In source")
        for twin in finding.twins:
            yield _indented(Text(clean(f"{twin.rule}  {twin.description}")))
    yield from _source(finding)
    yield from _remedy(finding)
    yield from _evidence(finding)
    yield Text()


def _volley(volley: VolleyEvidence, width: int) -> Iterator[RenderableType]:
    yield _heading("Outcome: one after the other, and at once")
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    grid.add_row("in a row", Text(clean(volley.serial)))
    grid.add_row("at once", Text(clean(volley.observed)))
    share = f"{volley.low:.0%} to {volley.high:.0%} of volleys"
    grid.add_row("seen", Text(f"in {volley.shown} of {volley.rounds} rounds ({share})"))
    apart = f"{volley.spread * 1000:.2f} ms apart"
    met = f"{volley.overlapped} of {volley.rounds} overlapped"
    grid.add_row("sent", Text(f"{volley.way}; {apart}, {met}"))
    yield _indented(grid)
    if volley.flights:
        yield _heading("Timeline of one of these rounds")
        yield _indented(volleys.timeline(volley.flights, width))
    if volley.curl:
        yield _heading("Send it yourself, several at once")
        for line in volley.curl:
            yield _indented(Text(clean(line), overflow="fold"))


def _headline(finding: Finding, number: int) -> Table:
    grid = Table.grid(expand=True, padding=(0, 1))
    grid.add_column(ratio=1, overflow="fold")
    grid.add_column(justify="right", no_wrap=True)
    left = Text(f"{number} ", style="dim")
    left.append(f" {finding.severity.upper()} ", style=_COLOURS[finding.severity])
    left.append(f" {finding.rule}", style="dim")
    if finding.anomaly:
        left.append(f" {finding.anomaly}", style="bold")
    left.append(f"  {clean(finding.endpoint)}")
    grid.add_row(left, Text(finding.evidence.level.replace("_", " "), style=_level(finding)))
    return grid


def _level(finding: Finding) -> str:
    return "bold" if finding.evidence.level is Level.PROVEN else "dim"


def _source(finding: Finding) -> Iterator[RenderableType]:
    if finding.check is None and finding.use is None and not finding.code_snippet:
        return
    yield _heading("Code")
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    places = (("check", finding.check, "yellow"), ("use", finding.use, "bold red"))
    window = finding.evidence.window
    crossings = [each.at for each in window.crossings] if window is not None else []
    between = [("between", at, "dim") for at in crossings if at not in {finding.check, finding.use}]
    sites = [Site("", window.check, window.use), *window.more] if window is not None else []
    more = [each for site in sites for each in _added(site, finding)]
    for name, place, colour in (places[0], *between, places[1], *more[:_MOST_SITES]):
        if place is not None:
            grid.add_row(Text(name, style=colour), _place(place))
    if grid.row_count:
        yield _indented(grid)
    if finding.code_snippet and not any(place and place.code for _, place, _ in places):
        yield _indented(_code(finding.code_snippet))


def _added(site: Site, finding: Finding) -> Iterator[tuple[str, Location, str]]:
    """Of another site with the same cause, what the finding does not say already."""
    if site.check != finding.check:
        yield "check", site.check, "dim"
    if site.use != finding.use:
        yield "use", site.use, "dim"


def _place(place: Location) -> RenderableType:
    where = Text(clean(str(place)), style="dim")
    if place.function:
        where.append(f" in {place.function}")
    return Group(where, Text(f"    {clean(place.code.strip())}")) if place.code else where


def _remedy(finding: Finding) -> Iterator[RenderableType]:
    remedy = finding.remediation
    if not remedy.summary:
        return
    yield _heading("Write instead")
    yield _indented(Text(clean(remedy.summary)))
    if remedy.code:
        yield Text()
        yield _indented(_code(remedy.code))
    if remedy.reference:
        yield Text()
        yield _indented(Text(clean(remedy.reference), style="dim"))


def _evidence(finding: Finding) -> Iterator[RenderableType]:
    if finding.also:
        yield _heading("Also raced with")
        for others in finding.also:
            yield _indented(Text(clean(together(others))))
    if finding.witness_path is None:
        return
    yield _heading("Replay")
    line = Text(f"tocsin replay {clean(finding.witness_path)}", style="bold", overflow="fold")
    witness = finding.evidence.witness
    if witness is not None and witness.replays:
        line.append(f"   (reproduced {witness.replays}/{witness.replays})", style="dim")
    yield _indented(line)


def _attacks(document: Document, width: int) -> Iterator[RenderableType]:
    """What showed something first, then what was sent most often."""
    sent = [one for one in document.pairs if one.attack is not None and one.attack.rounds]
    if not sent:
        return
    ranked = sorted(sent, key=lambda one: (one.verdict is not Verdict.VIOLATED, -one.schedules))
    yield Text(f"Attacks ({len(sent)})", style="bold")
    yield _indented(volleys.attacks(ranked[:_MOST_LINES], width - _INDENT))
    if len(ranked) > _MOST_LINES:
        more = f"… and {len(ranked) - _MOST_LINES} more: --output json lists all"
        yield _indented(Text(more, style="dim"))
    yield Text()


def _pairs(document: Document) -> Iterator[RenderableType]:
    held = document.with_verdict(Verdict.HOLDS)
    yield from _list("Held", [(together(pair.requests), _bound(pair)) for pair in held], "green")
    for verdict, title in (
        (Verdict.INCONCLUSIVE, "Inconclusive"),
        (Verdict.NOT_CONTROLLED, "Not controlled"),
    ):
        pairs = document.with_verdict(verdict)
        lines = [(together(pair.requests), pair.reason or "no reason was given") for pair in pairs]
        yield from _list(title, lines, "yellow")


def _bound(pair: PairResult) -> str:
    if not pair.schedules:
        return pair.reason or pair.bound
    number = "its only schedule" if pair.schedules == 1 else f"all {pair.schedules:,} schedules"
    return f"held in {number}{f', {pair.bound}' if pair.bound else ''}"


def _skipped(document: Document) -> Iterator[RenderableType]:
    lines = dict.fromkeys((o.endpoint, o.reason or "no reason was given") for o in document.skipped)
    unwanted = [line for line in lines if line[1] == LEFT_OUT]
    yield from _list("Not exercised", [line for line in lines if line not in unwanted], "yellow")
    if unwanted:
        yield Text(f"{count(len(unwanted), 'operation')} {LEFT_OUT}", style="dim")
        yield Text()


def _list(
    title: str, lines: list[tuple[str, str]], colour: str = "bold"
) -> Iterator[RenderableType]:
    """A heading and lines of *what: why*, cut where nobody would read on."""
    if not lines:
        return
    yield Text(f"{title} ({len(lines)})", style=colour)
    for what, why in lines[:_MOST_LINES]:
        text = Text(clean(what), overflow="fold")
        if why:
            text.append(f": {clean(why)}", style="dim")
        yield _indented(text)
    if len(lines) > _MOST_LINES:
        more = f"… and {len(lines) - _MOST_LINES} more: --output json lists all"
        yield _indented(Text(more, style="dim"))
    yield Text()


def _summary(document: Document) -> Text:
    worst = Counter(finding.severity for finding in document.live)
    kinds = ", ".join(f"{worst[s]} {s.value}" for s in Severity if worst[s])
    words = [count(len(document.live), "finding") + (f" ({kinds})" if kinds else "")]
    words += _counts(document)
    words += _uncounted(document)
    if document.schedules:
        words.append(f"{count(document.schedules, 'schedule')} in {document.seconds:.1f} s")
    line = Text(" · ".join(words))
    if document.grade is not None:
        line.append(f" · score {document.score}/100, grade ")
        line.append(document.grade, style=_GRADE_COLOURS[document.grade])
    return line


def _counts(document: Document) -> Iterable[str]:
    for verdict, words in (
        (Verdict.HOLDS, "held"),
        (Verdict.INCONCLUSIVE, "inconclusive"),
        (Verdict.NOT_CONTROLLED, "not controlled"),
    ):
        if pairs := document.with_verdict(verdict):
            yield (
                f"{count(len(pairs), 'pair')} {words}"
                if words == "held"
                else (f"{len(pairs)} {words}")
            )


def _uncounted(document: Document) -> Iterable[str]:
    """What was found, or could not be, and is in no other number."""
    for number, word in (
        (len(document.suppressed(SuppressionKind.COMMENT)), "suppressed"),
        (len(document.suppressed(SuppressionKind.BASELINE)), "accepted"),
        (len(document.not_reproduced), "not reproduced"),
        (document.hidden, "only possible (--pedantic)"),
    ):
        if number:
            yield f"{number:,} {word}"
    if document.files:
        read = len(document.files) - len(document.unread)
        yield f"{count(read, 'file')} read"
    if document.unread:
        yield f"{len(document.unread):,} not read"


def _heading(text: str) -> RenderableType:
    return Padding(Text(text, style="bold underline"), (1, 0, 0, _INDENT))


def _indented(renderable: RenderableType) -> Padding:
    return Padding(renderable, (0, 0, 0, _INDENT))


def _code(text: str) -> RenderableType:
    return Syntax(
        clean(text).rstrip(),
        "python",
        theme="ansi_dark",
        background_color="default",
        word_wrap=True,
    )
