"""``tocsin replay``: the words of it. What it does is in `tocsin.cli.replaying`."""

from __future__ import annotations

from pathlib import Path

import click

from tocsin.cli.common import config_option, debug_option, disposable_option


@click.command(short_help="Run witnesses again.")
@click.argument(
    "witnesses", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="WITNESS..."
)
@click.option(
    "--times", type=click.IntRange(min=1), default=10, show_default=True, help="How often."
)
@click.option("--app", metavar="TARGET", help="Run against this application instead.")
@click.option("--pytest", "as_test", is_flag=True, help="Print a regression test; run nothing.")
@click.option(
    "--output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="What to print.",
)
@config_option
@disposable_option
@debug_option
def replay(
    *,
    witnesses: tuple[Path, ...],
    times: int,
    app: str | None,
    as_test: bool,
    output: str,
    config_file: Path | None,
    disposable: bool,
) -> int:
    """Run witnesses again and say whether the race comes back.

    The exit code is 1 when it did, 0 when it is gone, 4 when a replay could not be completed.

    \b
    Examples:
      tocsin replay .tocsin/witnesses/3f9a5c1e.json
      tocsin replay .tocsin/witnesses/3f9a5c1e.json --app shop.fixed:app
      tocsin replay .tocsin/witnesses/3f9a5c1e.json --pytest > test_race.py
    """  # noqa: D301  click reads the control character
    # The engine takes its time: help and completion do without.
    from tocsin.cli import replaying

    if as_test:
        return replaying.print_test(witnesses)
    options = replaying.prepare(times, app, config_file, disposable=disposable)
    return replaying.perform(witnesses, options, output)
