"""What several verbs share: options, and a pipe whose reader may leave."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

OUTPUTS = ("text", "json", "sarif", "github", "gitlab", "junit", "markdown")
"""The words of ``--output``: written down here so that help does without the reports."""

F = TypeVar("F", bound=Callable[..., Any])


def forget_stdout() -> None:
    """The reader has gone: nothing more is written, not even by Python's own last flush."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def debug_option(function: F) -> F:
    """``--debug``: tracebacks instead of sentences."""

    def remember(context: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001  click's signature
        if value and context.obj is not None:
            context.obj.debug = True

    option = click.option(
        "--debug",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=remember,
        help="Show tracebacks.",
    )
    return option(function)


def config_option(function: F) -> F:
    """``--config FILE``."""
    option = click.option(
        "--config",
        "config_file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="tocsin.toml or pyproject.toml; without it, the nearest one upwards.",
    )
    return option(function)


def disposable_option(function: F) -> F:
    """The user's word that the database may be written to."""
    option = click.option(
        "--i-know-this-database-is-disposable",
        "disposable",
        is_flag=True,
        help="Allow any database to be written to and restored.",
    )
    return option(function)


def output_options(function: F) -> F:
    """``--output`` and ``--out``."""
    output = click.option(
        "--output",
        type=click.Choice(OUTPUTS),
        default="text",
        show_default=True,
        help="What to write.",
    )
    out = click.option(
        "--out",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Where to write it; without it, standard output.",
    )
    return output(out(function))


def selection_options(function: F) -> F:
    """``--select``, ``--ignore``, ``--exclude`` and ``--pedantic``."""

    def checked(
        context: click.Context, option: click.Parameter, given: tuple[str, ...]
    ) -> tuple[str, ...]:
        # The catalogue is read when somebody chooses from it.
        from tocsin.cli import wishes

        return wishes.selectors(context, option, given) if given else ()

    select = click.option(
        "--select",
        multiple=True,
        metavar="CODES",
        callback=checked,
        help="Only these rules: codes or beginnings (TOC2), with commas; repeatable.",
    )
    ignore = click.option(
        "--ignore",
        multiple=True,
        metavar="CODES",
        callback=checked,
        help="Not these rules; like --select.",
    )
    exclude = click.option(
        "--exclude",
        multiple=True,
        metavar="GLOB",
        help="No findings in these files; repeatable.",
    )
    pedantic = click.option("--pedantic", is_flag=True, help="Report what is only possible, too.")
    return select(ignore(exclude(pedantic(function))))


def quiet_option(function: F) -> F:
    """``-q``."""
    option = click.option(
        "-q",
        "--quiet",
        is_flag=True,
        help="Headlines and summary only; nothing on stderr but errors.",
    )
    return option(function)
