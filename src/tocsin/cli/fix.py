"""``tocsin fix``: the words of it. What it does is in `tocsin.cli.fixing`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tocsin.cli.common import config_option, debug_option, quiet_option, selection_options


@click.command(short_help="Rewrite source so that its races are gone.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--unsafe-fixes", "unsafe", is_flag=True, help="Apply the unsafe ones, too.")
@click.option(
    "--with-guards",
    "guards",
    is_flag=True,
    help="Write calls of tocsin.guard where it is clear which; they are unsafe fixes.",
)
@click.option("--diff", is_flag=True, help="Print what would change, and write nothing.")
@selection_options
@click.option("--baseline", metavar="FILE", help="Findings that are accepted are not fixed.")
@config_option
@quiet_option
@debug_option
def fix(
    *,
    paths: tuple[str, ...],
    unsafe: bool,
    diff: bool,
    config_file: Path | None,
    quiet: bool,
    **settings: Any,
) -> int:
    """Rewrite source so that the findings of a scan are gone.

    Safe fixes change nothing but the race. Each fix is tried by scanning again: one that does not
    remove its finding is not kept. What is suppressed or accepted is left alone.

    \b
    Examples:
      tocsin fix --diff .
      tocsin fix src --select TOC2
      tocsin fix src --unsafe-fixes --with-guards
    """  # noqa: D301  click reads the control character
    # The engine and LibCST take their time: help and completion do without.
    from tocsin.cli import fixing

    return fixing.perform(fixing.Wanted(paths, config_file, unsafe, diff, quiet, settings))
