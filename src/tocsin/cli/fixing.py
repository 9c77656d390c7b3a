"""What ``tocsin fix`` does: findings from words, files rewritten or a diff, a summary."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from tocsin.cli.load import read_config
from tocsin.cli.targets import classify
from tocsin.cli.wishes import wishes
from tocsin.config import Loaded
from tocsin.errors import NothingToDo, UsageError
from tocsin.model.location import Location
from tocsin.model.rule import FixSafety
from tocsin.report.document import Document
from tocsin.report.places import slashed
from tocsin.report.words import count
from tocsin.scan.fixing import Plan, Rewritten, plan
from tocsin.scan.options import ScanOptions, Target, TargetKind
from tocsin.scan.triage import triage
from tocsin.scan.writing import replaced
from tocsin.static.fix.repair import Fixed


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user typed. ``settings`` are those that configuration has too, by option name."""

    paths: tuple[str, ...]
    config_file: Path | None
    unsafe: bool
    diff: bool
    quiet: bool
    settings: Mapping[str, object]


def perform(wanted: Wanted) -> int:
    """Fix each path in turn, say what was done, and give the exit code."""
    targets = [_source(path) for path in wanted.paths]
    folders = tuple(Path(each.text) for each in targets if Path(each.text).is_dir())
    overrides = {name.replace("_", "-"): value for name, value in wanted.settings.items()}
    loaded = read_config(wanted.config_file, folders, overrides)
    plans = [_done(each, loaded, wanted) for each in targets]
    would = any(each.files for each in plans)
    _summary(plans, wanted, err=wanted.diff)
    return 1 if wanted.diff and would else 0


def _source(path: str) -> Target:
    target = classify(path)
    if target.kind is not TargetKind.SOURCE:
        raise UsageError(f"{path!r} is no file or folder: only source can be fixed")
    return target


def _done(target: Target, loaded: Loaded, wanted: Wanted) -> Plan:
    shown = wishes(loaded, ScanOptions(targets=(target,), config=loaded.config, root=loaded.root))

    def choose(document: Document) -> Document:
        return triage(document, shown)

    made = plan(target.text, choose, unsafe=wanted.unsafe, guards=loaded.config.guards)
    if not made.fixed and not made.unsafe and not made.without and made.notes:
        _check_something_was_read(target, made)
    for note in () if wanted.quiet else made.notes:
        click.echo(f"tocsin: note: {note}", err=True)
    for report in () if wanted.quiet else made.crowded:
        at = _named(report.window.check.at)
        click.echo(
            f"tocsin: note: {at} {report.judge.code}: another fix changes the same lines; "
            "run tocsin fix again",
            err=True,
        )
    if wanted.diff:
        for file in made.files:
            click.echo("".join(_diff(file)), nl=False)
        return made
    return _written(made, wanted)


def _check_something_was_read(target: Target, made: Plan) -> None:
    """Raise `NothingToDo` for a single file that could not be read."""
    if Path(target.text).is_file():
        raise NothingToDo(f"no file could be read: {made.notes[0]}")


def _written(made: Plan, wanted: Wanted) -> Plan:
    """The plan as far as it could be carried out."""
    failed = {file.path: replaced(file.path, file.old, file.new) for file in made.files}
    kept = [file for file in made.files if not failed[file.path]]
    for path, reason in failed.items():
        if reason:
            click.echo(f"tocsin: {path} {reason}", err=True)
    done = [each for each in made.fixed if not failed.get(each.at.path)]
    for each in () if wanted.quiet else done:
        click.echo(_line(each))
    return Plan(tuple(kept), tuple(done), made.unsafe, made.without, made.crowded, made.notes)


def _line(fixed: Fixed) -> str:
    mark = "" if fixed.fix.safety is FixSafety.SAFE else " (unsafe)"
    hint = f"; {fixed.fix.hint}" if fixed.fix.hint else ""
    return f"{_named(fixed.at)} {fixed.code}{mark}: {fixed.fix.description}{hint}"


def _named(at: Location) -> str:
    return f"{slashed(str(Path(at.path)))}:{at.line}"


def _diff(file: Rewritten) -> Iterator[str]:
    """The unified diff of a file, as ``git apply`` takes it."""
    old, new = (
        data.decode("utf-8", "replace").splitlines(keepends=True) for data in (file.old, file.new)
    )
    name = slashed(str(Path(file.path))).lstrip("/")
    for line in difflib.unified_diff(old, new, f"a/{name}", f"b/{name}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _summary(plans: Sequence[Plan], wanted: Wanted, *, err: bool) -> None:
    fixed = sum(len(each.fixed) for each in plans)
    unsafe = sum(len(each.unsafe) for each in plans)
    without = sum(len(each.without) for each in plans)
    words = [f"would fix {fixed}" if wanted.diff else f"fixed {fixed}"]
    if not wanted.unsafe:
        words.append(f"{unsafe} {'needs' if unsafe == 1 else 'need'} --unsafe-fixes")
    words.append(f"{without} {'has' if without == 1 else 'have'} no automatic fix")
    files = sum(len(each.files) for each in plans)
    where = f" ({count(files, 'file')})" if files else ""
    click.echo(f"{', '.join(words)}{where}", err=err)
