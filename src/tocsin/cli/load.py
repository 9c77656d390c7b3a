"""From the words of a command to the options of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from tocsin.config import Loaded, load
from tocsin.config.validate import nearest
from tocsin.errors import UsageError
from tocsin.model.http import ANONYMOUS, Identity


def read_config(
    chosen: Path | None, folders: tuple[Path, ...], overrides: Mapping[str, object]
) -> Loaded:
    """The configuration, with what the command line said in it."""
    said = {key: value for key, value in overrides.items() if _was_said(value)}
    return load(chosen=chosen, folders=folders, overrides=said)


def _was_said(value: object) -> bool:
    """A flag that is down and an option without value leave the configuration's word."""
    return value is not None and value is not False and value != ()


def import_paths(loaded: Loaded, folders: Iterable[Path]) -> tuple[Path, ...]:
    """Where modules are looked for: the given folders, the working directory, the project."""
    candidates = [*(folder.resolve() for folder in folders), Path.cwd(), loaded.root]
    return tuple(dict.fromkeys(candidates))


def choose(identities: tuple[Identity, ...], names: Iterable[str]) -> tuple[Identity, ...]:
    """The identities that were asked for; all of them when none was."""
    wanted = tuple(dict.fromkeys(names))
    known = {identity.name: identity for identity in (*identities, ANONYMOUS)}
    for name in wanted:
        if name not in known:
            raise UsageError(f"--identity {name}: no identity has this name" + nearest(name, known))
    return tuple(known[name] for name in wanted) if wanted else identities
