"""The ``tocsin`` command: its verbs, its exit codes, and how it says that something is wrong."""

from __future__ import annotations

import errno
import gc
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import click

from tocsin.cli.baseline import baseline
from tocsin.cli.common import forget_stdout
from tocsin.cli.completion import COMPLETE, completion
from tocsin.cli.fix import fix
from tocsin.cli.replay import replay
from tocsin.cli.rules import explain, rules
from tocsin.cli.scan import scan
from tocsin.errors import TocsinError, UsageError

INTERNAL_ERROR = 70
INTERRUPTED = 130

_REFUSED = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.ELOOP, errno.ENAMETOOLONG}
)
"""Errors of files that the system refuses, whoever asks: no fault of ours."""

_EPILOG = """\b
Exit codes:
    0  nothing at or above --fail-on
    1  findings
    2  wrong usage or configuration
    3  nothing to analyse
    4  inconclusive, with --strict
    5  target unreachable or out of scope
   70  internal error
  130  interrupted
"""


@dataclass(slots=True)
class Session:
    """What the whole command must know when it ends. ``debug`` asks for tracebacks."""

    debug: bool = False


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EPILOG,
)
@click.version_option(None, "-V", "--version", package_name="tocsin")
def cli() -> None:
    """Prove the race conditions of Python web APIs.

    \b
    Examples:
      tocsin scan shop.main:app
      tocsin scan shop.main:app --only 'POST /orders/*' --output json
      tocsin replay .tocsin/witnesses/3f9a5c1e.json
    """  # noqa: D301  click reads the control character


cli.add_command(scan)
cli.add_command(fix)
cli.add_command(replay)
cli.add_command(baseline)
cli.add_command(rules)
cli.add_command(explain)
cli.add_command(completion)


def run() -> None:
    """Run the command with the process's arguments and leave with its exit code."""
    if COMPLETE in os.environ:
        cli.main(prog_name="tocsin", complete_var=COMPLETE)
    code = main(sys.argv[1:])
    gc.freeze()  # the trees end with the process: looking through them first takes seconds
    sys.exit(code)


def main(arguments: Sequence[str]) -> int:
    """Run the command and give its exit code. Nothing escapes but what the debugger asked for."""
    _write_anything(sys.stdout)
    _write_anything(sys.stderr)
    session = Session()
    try:
        # Not through ``cli.main``: it leaves with 1, our code for findings, when a pipe closes.
        with cli.make_context("tocsin", list(arguments), obj=session) as context:
            code = cli.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _fail(session, "interrupted", INTERRUPTED)
    except BrokenPipeError:
        forget_stdout()
        return 0
    except SystemExit:
        message = "the application ended the process with sys.exit()"
        return _fail(session, message, UsageError.exit_code)
    except TocsinError as error:
        return _fail(session, error.message, error.exit_code)
    except OSError as error:
        if error.errno not in _REFUSED or not error.filename:
            return _internal(session, error)
        return _fail(session, f"{error.filename}: {error.strerror}", UsageError.exit_code)
    except Exception as error:  # noqa: BLE001  the last door: nothing may escape as a traceback
        return _internal(session, error)
    return code if isinstance(code, int) else 0


def _internal(session: Session, error: Exception) -> int:
    hint = "" if session.debug else "; re-run with --debug to see where"
    said = f"{type(error).__name__}: {' '.join(str(error).split())}"
    return _fail(session, f"internal error: {said}{hint}", INTERNAL_ERROR)


def _fail(session: Session, message: str, code: int) -> int:
    if session.debug:
        sys.excepthook(*sys.exc_info())
    click.echo(f"tocsin: error: {message}", err=True)
    return code


def _write_anything(stream: object) -> None:
    """A terminal that cannot show a character shows a question mark instead of failing."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
