"""From the configuration to what is shown of the findings."""

from __future__ import annotations

from pathlib import Path

import click

from tocsin.config import Loaded
from tocsin.config.find import shown
from tocsin.config.selectors import check_selectors
from tocsin.errors import UsageError
from tocsin.model.secret import Secret
from tocsin.report.baseline import BaselineError, Entry, loads
from tocsin.report.document import Document
from tocsin.report.witness import scrub
from tocsin.scan.options import ScanOptions
from tocsin.scan.selection import Selection
from tocsin.scan.triage import Wishes, triage


def selectors(
    _context: click.Context, option: click.Parameter, given: tuple[str, ...]
) -> tuple[str, ...]:
    """``--select TOC2,TOC301``, as often as one likes. Raises a `UsageError` for no rule."""
    words = split(_context, option, given)
    check_selectors(words, f"--{option.name}")
    return words


def split(
    _context: click.Context, _option: click.Parameter, given: tuple[str, ...]
) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(word.strip() for each in given for word in each.split(",") if word.strip())


def wishes(loaded: Loaded, options: ScanOptions, *, accepting: bool = True) -> Wishes:
    """What to show. Without ``accepting`` the baseline is left alone."""
    named = loaded.config.baseline if accepting else None
    return Wishes(
        selection=Selection.of(loaded.config),
        root=loaded.root,
        here=Path.cwd(),
        accepted=entries(_place(named, loaded.root)) if named is not None else (),
        sought=_sought() if options.sources else frozenset(),
    )


def finished(document: Document, wanted: Wishes, secrets: tuple[Secret, ...]) -> Document:
    """The document as every output prints it: triaged, and without credentials."""
    return scrub(triage(document, wanted), secrets)


def entries(path: Path) -> tuple[Entry, ...]:
    """The entries of a baseline. Raises a `UsageError` when it cannot be read."""
    try:
        return loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"--baseline {shown(path)}: cannot be read: {error.strerror}") from error
    except BaselineError as error:
        raise UsageError(f"--baseline {shown(path)}: {error}") from error


def _place(named: str, root: Path) -> Path:
    """From the working directory, or else from the configuration's folder."""
    path = Path(named)
    return path if path.exists() or not (root / path).exists() else root / path


def _sought() -> frozenset[str]:
    # The rules are imported when there is source to read.
    from tocsin.static.rules.registry import JUDGES

    return frozenset(judge.code for judge in JUDGES)
