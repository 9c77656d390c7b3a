"""What ``tocsin scan`` does: options from words, events into a report, an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from tocsin import scan as engine
from tocsin.cli.common import forget_stdout
from tocsin.cli.load import choose, import_paths, read_config
from tocsin.cli.progress import Progress
from tocsin.cli.targets import Aim, aim, classify
from tocsin.cli.wishes import entries, finished, wishes
from tocsin.config import Loaded
from tocsin.errors import NothingToDo, UsageError
from tocsin.model.event import Event
from tocsin.model.verdict import Severity, Verdict
from tocsin.report.baseline import dumps
from tocsin.report.document import Accumulator, Document
from tocsin.report.words import count
from tocsin.scan.cache import default_folder
from tocsin.scan.options import ScanOptions, Target, TargetKind

INTERRUPTED = 130
INCONCLUSIVE = 4
_FILE_WIDTH = 100
_UNKNOWN = frozenset({Verdict.INCONCLUSIVE, Verdict.NOT_CONTROLLED})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user typed. ``settings`` are those that configuration has too, by option name.

    Only with ``cached`` is anything read from the user's cache, or written there.
    """

    targets: tuple[str, ...]
    config_file: Path | None
    identities: tuple[str, ...]
    disposable: bool
    settings: Mapping[str, object]
    cached: bool = False
    har: Path | None = None
    resume: bool = False


@dataclass(frozen=True, slots=True)
class Printing:
    """Where the report goes and how much of it."""

    output: str
    out: Path | None
    quiet: bool
    progress: bool
    fixes: bool = False


def perform(wanted: Wanted, printing: Printing) -> int:
    """Run the scan, print the report, and give the exit code."""
    loaded, options = prepare(wanted)
    for note in () if printing.quiet else loaded.notes:
        click.echo(f"tocsin: note: {note}", err=True)
    wanted_findings = wishes(loaded, options)

    def show(document: Document) -> Document:
        document = finished(document, wanted_findings, loaded.secrets)
        if printing.fixes and options.sources:
            # LibCST takes its time, and so does another look at the source.
            from tocsin.scan.fixing import with_fixes

            document = with_fixes(document, options.sources)
        _print(document, printing)
        return document

    return _exit_code(_run(options, show, progress=printing.progress), loaded)


def rehearse(wanted: Wanted) -> int:
    """Say what would be sent to the addresses. Only what describes them is asked for."""
    _, options = prepare(wanted)
    if not options.addresses:
        raise UsageError("--dry-run is for addresses: nothing else is sent requests")
    from tocsin.scan import probing

    for address in options.addresses:
        for line in probing.rehearsed(options, address):
            click.echo(line)
    return 0


def write_baseline(wanted: Wanted, out: Path) -> int:
    """Run the scan, write what counts as accepted, and give the exit code."""
    loaded, options = prepare(wanted)
    known = entries(out) if out.exists() else ()
    wanted_findings = wishes(loaded, options, accepting=False)

    def show(document: Document) -> Document:
        return finished(document, wanted_findings, loaded.secrets)

    document = _run(options, show, progress=sys.stderr.isatty())
    if document.interrupted:
        return INTERRUPTED
    _check_something_was_done(document)
    _save(out, dumps(document.live, known))
    click.echo(f"{count(len(document.live), 'finding')} accepted in {out}")
    return 0


def prepare(wanted: Wanted) -> tuple[Loaded, ScanOptions]:
    """Everything decided before an engine starts."""
    given = tuple(classify(word) for word in wanted.targets)
    aimed = aim(given) if given else Aim((), ())
    overrides = {name.replace("_", "-"): value for name, value in wanted.settings.items()}
    loaded = read_config(wanted.config_file, aimed.folders, overrides)
    return loaded, ScanOptions(
        targets=aimed.targets or _configured(loaded),
        config=loaded.config,
        root=loaded.root,
        import_paths=import_paths(loaded, aimed.folders),
        identities=choose(loaded.identities, wanted.identities),
        secrets=loaded.secrets,
        disposable=wanted.disposable,
        witness_dir=Path(loaded.config.witness_dir),
        cache=default_folder() if wanted.cached else None,
        har=wanted.har,
        resume=wanted.resume,
    )


def _configured(loaded: Loaded) -> tuple[Target, ...]:
    if loaded.config.app is None:
        raise UsageError(
            "no target: give an application as 'package.module:app', or set app in "
            "tocsin.toml or [tool.tocsin]"
        )
    return (Target(TargetKind.APPLICATION, loaded.config.app),)


def _run(options: ScanOptions, show: Callable[[Document], Document], *, progress: bool) -> Document:
    """Consume the stream; whatever ends it, ``show`` gets what was learnt until then."""
    accumulator = Accumulator()
    limit = options.config.time_limit
    interrupted = False
    try:
        with (
            Progress.on_stderr(limit, shown=progress) as bar,
            _closing(engine.run(options)) as stream,
        ):
            for event in stream:
                accumulator.add(event)
                bar.add(event)
    except KeyboardInterrupt:
        interrupted = True
        if options.addresses:
            click.echo("tocsin: interrupted; --resume goes on where it was", err=True)
    except Exception:
        document = accumulator.document(interrupted=True)
        if document.pairs or document.findings or document.operations:
            show(document)
        raise
    return show(accumulator.document(interrupted=interrupted))


@contextmanager
def _closing(stream: Iterator[Event]) -> Iterator[Iterator[Event]]:
    """Close the stream whatever happens: the engine then puts everything back."""
    try:
        yield stream
    finally:
        if isinstance(stream, Generator):
            stream.close()


def _print(document: Document, printing: Printing) -> None:
    """Print the report. A reader that leaves early does not change the exit code."""
    try:
        _print_all(document, printing)
    except BrokenPipeError:
        forget_stdout()


def _print_all(document: Document, printing: Printing) -> None:
    # rich takes its time: by now the workers have had theirs.
    from tocsin.report import registry, terminal

    if printing.output != "text":
        _write(registry.render(printing.output, document, datetime.now(UTC)), printing)
    elif printing.out is not None:
        _write(terminal.render(document, width=_FILE_WIDTH), printing)
    else:
        from rich.console import Console

        terminal.print_document(document, Console(highlight=False), brief=printing.quiet)


def _write(text: str, printing: Printing) -> None:
    if printing.out is None:
        click.echo(text, nl=False)
        return
    _save(printing.out, text)
    if not printing.quiet:
        click.echo(f"tocsin: the report is in {printing.out}", err=True)


def _save(out: Path, text: str) -> None:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--out {out}: cannot be written: {error.strerror}") from error


def _exit_code(document: Document, loaded: Loaded) -> int:
    if document.interrupted:
        return INTERRUPTED
    config = loaded.config
    if config.fail_on != "never" and document.at_least(Severity(config.fail_on)):
        return 1
    _check_something_was_done(document)
    unknown = any(pair.verdict in _UNKNOWN for pair in document.pairs)
    if config.strict and (unknown or document.unread):
        return INCONCLUSIVE
    return 0


def _check_something_was_done(document: Document) -> None:
    """Raise `NothingToDo` when silence would only mean that nobody looked."""
    exercised = any(operation.status == "exercised" for operation in document.operations)
    read = len(document.unread) < len(document.files)
    if exercised or read or document.pairs or document.findings:
        return
    if document.unread:
        first = document.unread[0]
        more = f" (and {len(document.unread) - 1} more)" if len(document.unread) > 1 else ""
        raise NothingToDo(f"no file could be read: {first.path} {first.reason}{more}")
    what = "file was analysed" if "static" in document.engines else "operation could be exercised"
    raise NothingToDo(f"no {what}, so there is nothing to judge")
