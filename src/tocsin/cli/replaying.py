"""What ``tocsin replay`` does: witnesses into verdicts, or into a test."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from tocsin import scan as engine
from tocsin.cli.load import import_paths, read_config
from tocsin.errors import UsageError
from tocsin.model.replay import ReplayResult
from tocsin.report.witness import WitnessError, read, to_pytest
from tocsin.scan.options import ReplayOptions

REPRODUCED = 1
INCONCLUSIVE = 4


def prepare(
    times: int, app: str | None, config_file: Path | None, *, disposable: bool
) -> ReplayOptions:
    """Everything decided before the engine starts."""
    loaded = read_config(config_file, (), {})
    return ReplayOptions(
        times=times,
        app=app,
        config=loaded.config,
        root=loaded.root,
        import_paths=import_paths(loaded, ()),
        identities=loaded.identities,
        secrets=loaded.secrets,
        disposable=disposable,
    )


def perform(witnesses: Sequence[Path], options: ReplayOptions, output: str) -> int:
    """Run each witness again, print what came of it, and give the exit code."""
    results: list[ReplayResult] = []
    for path in witnesses:
        result = engine.replay(path, options)
        results.append(result)
        if output == "text":
            click.echo(_line(result))
    if output == "json":
        text = msgspec.json.format(msgspec.json.encode(results), indent=2)
        click.echo(text.decode())
    if any(result.reproduced for result in results):
        return REPRODUCED
    return INCONCLUSIVE if any(result.reason for result in results) else 0


def print_test(witnesses: Sequence[Path]) -> int:
    """Print the regression test of one witness."""
    if len(witnesses) > 1:
        raise UsageError("--pytest writes one test: give one witness")
    (path,) = witnesses
    try:
        click.echo(to_pytest(read(path)), nl=False)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except WitnessError as error:
        raise UsageError(f"{path}: {error}") from error
    return 0


def _line(result: ReplayResult) -> str:
    if result.reproduced:
        same = ", each time with the same outcome" if result.identical else ""
        verdict = f"reproduced {result.reproduced}/{result.times} times{same}"
    elif result.reason:
        verdict = "inconclusive"
    else:
        verdict = f"gone: not reproduced in {result.times} replays"
    more = result.reason or result.held
    return f"{result.path}: {result.title or 'race'}: {verdict}{f' ({more})' if more else ''}"
