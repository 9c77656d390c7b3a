"""``tocsin scan``: the words of it. What it does is in `tocsin.cli.scanning`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from tocsin.cli.common import (
    config_option,
    debug_option,
    disposable_option,
    output_options,
    quiet_option,
    selection_options,
)

_SEVERITIES = ["critical", "high", "medium", "low", "info", "never"]


@click.command(short_help="Read source or explore an application, and report races.")
@click.argument("targets", nargs=-1, metavar="TARGET...")
@output_options
@click.option(
    "--fail-on", type=click.Choice(_SEVERITIES), help="Least severity for exit code 1.  [high]"
)
@selection_options
@click.option(
    "--baseline",
    metavar="FILE",
    help="Findings that are accepted; 'tocsin baseline' writes it.",
)
@config_option
@click.option(
    "--identity", "identity", multiple=True, metavar="NAME", help="Only this identity; repeatable."
)
@click.option(
    "--only",
    multiple=True,
    metavar="OPERATION",
    help="Only this operation: 'POST /x', a glob, a request's name; repeatable.",
)
@click.option(
    "--skip", multiple=True, metavar="OPERATION", help="Leave this operation out; repeatable."
)
@click.option(
    "--preemptions",
    type=click.IntRange(min=0),
    help="How often a request may be interrupted in one schedule.  [2]",
)
@click.option("--exhaustive", is_flag=True, help="Explore every interleaving, without that bound.")
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Begin no new pair after this time.",
)
@click.option("--workers", type=click.IntRange(min=1), help="Processes.  [one for each core]")
@click.option("--witness-dir", metavar="DIR", help="Where to write witnesses.  [.tocsin/witnesses]")
@click.option("--spec", metavar="FILE|PATH", help="What describes an address: OpenAPI, HAR, ...")
@click.option("--active", is_flag=True, help="Send what changes something to hosts in scope, too.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent to addresses; only read.")
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    metavar="NUMBER",
    help="Requests to an address in a second, at most.",
)
@click.option(
    "--max-requests", type=click.IntRange(min=1), help="Requests to an address in all.  [20000]"
)
@click.option("--rounds", type=click.IntRange(min=1), help="Tries of each attack.  [12]")
@click.option("--copies", type=click.IntRange(min=2), help="Requests in one volley.  [2]")
@click.option(
    "--har",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Log every request to addresses there, without credentials.",
)
@click.option("--resume", is_flag=True, help="Go on with a scan of an address that was stopped.")
@click.option("--fastapi", "framework", flag_value="fastapi", help="The app is FastAPI.")
@click.option("--flask", "framework", flag_value="flask", help="The app is Flask.")
@click.option("--django", "framework", flag_value="django", help="The app is Django.")
@click.option("--no-cache", is_flag=True, help="Read all source again, and keep nothing of it.")
@click.option("--fixes", is_flag=True, help="Say in JSON and SARIF what 'tocsin fix' would write.")
@click.option("--strict", is_flag=True, help="Exit with 4 when something stayed inconclusive.")
@disposable_option
@click.option(
    "--progress/--no-progress",
    default=None,
    help="Show progress on stderr.  [when it is a terminal]",
)
@quiet_option
@debug_option
def scan(
    *,
    targets: tuple[str, ...],
    config_file: Path | None,
    disposable: bool,
    identity: tuple[str, ...],
    no_cache: bool,
    fixes: bool,
    dry_run: bool,
    har: Path | None,
    resume: bool,
    output: str,
    out: Path | None,
    quiet: bool,
    progress: bool | None,
    **settings: Any,
) -> int:
    """Read source, explore applications or probe addresses, and report their races.

    TARGET is a folder or file, which is read; an application, package.module:app, which is
    explored; or an address, which is sent requests. Without one, the configuration's app is taken.
    Of several, each race is told once. A folder given beside an application is also where that is
    imported from.

    \b
    Examples:
      tocsin scan .
      tocsin scan shop.main:app
      tocsin scan ./backend shop.main:app --only 'POST /orders/*'
      tocsin scan shop.main:app --identity alice --identity admin --exhaustive
      tocsin scan shop.main:app --output json --out tocsin.json --fail-on medium
      tocsin scan http://127.0.0.1:8000 --identity alice --har sent.har
    """  # noqa: D301  click reads the control character
    # The engines, the reports and rich take their time: help and completion do without.
    from tocsin.cli import scanning

    shown = sys.stderr.isatty() if progress is None else progress
    told = fixes and output in {"json", "sarif"}
    printing = scanning.Printing(output, out, quiet, progress=shown and not quiet, fixes=told)
    wanted = scanning.Wanted(
        targets,
        config_file,
        identity,
        disposable,
        settings,
        cached=not no_cache,
        har=har,
        resume=resume,
    )
    if dry_run:
        return scanning.rehearse(wanted)
    return scanning.perform(wanted, printing)
