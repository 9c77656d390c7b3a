"""``tocsin baseline``: accept what is there, so that a scan tells what is new."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tocsin.cli.common import config_option, debug_option, disposable_option, selection_options

_FILE = ".tocsin-baseline.json"


@click.command(short_help="Write the findings of today as accepted.")
@click.argument("targets", nargs=-1, metavar="TARGET...")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=_FILE,
    show_default=True,
    metavar="FILE",
    help="The file to write.",
)
@selection_options
@config_option
@disposable_option
@debug_option
def baseline(
    *,
    targets: tuple[str, ...],
    out: Path,
    config_file: Path | None,
    disposable: bool,
    **settings: Any,
) -> int:
    """Scan, and write every finding that counts into a file of accepted ones.

    A scan with --baseline FILE (or baseline in the configuration) then reports what is new.
    Reasons that were written into the file are kept when it is written again.

    \b
    Examples:
      tocsin baseline .
      tocsin scan . --baseline .tocsin-baseline.json
    """  # noqa: D301  click reads the control character
    # The engines take their time: help and completion do without.
    from tocsin.cli import scanning

    wanted = scanning.Wanted(targets, config_file, (), disposable, settings)
    return scanning.write_baseline(wanted, out)
