"""What a target is, and which engine that means."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tocsin.errors import UsageError
from tocsin.scan.options import Target, TargetKind

_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_APPLICATION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")

ENGINES: dict[TargetKind, str | None] = {
    TargetKind.APPLICATION: "explore",
    TargetKind.SOURCE: None,
    TargetKind.ADDRESS: None,
}
"""The engine of each kind of target; ``None`` where this version has none."""

_NAMES = {
    TargetKind.SOURCE: "a folder or a file",
    TargetKind.ADDRESS: "an address",
}


@dataclass(frozen=True, slots=True)
class Aim:
    """The targets to run, and the folders that only say where things are."""

    targets: tuple[Target, ...]
    folders: tuple[Path, ...]


def classify(text: str) -> Target:
    """Say what the user's target is. Raises a `UsageError` for what is nothing."""
    if _ADDRESS.match(text):
        return Target(TargetKind.ADDRESS, text)
    if _APPLICATION.fullmatch(text):
        return Target(TargetKind.APPLICATION, text)
    if Path(text).exists():
        return Target(TargetKind.SOURCE, text)
    hint = ""
    if re.fullmatch(r"[A-Za-z_][\w.]*", text) and not text.endswith(".py"):
        hint = f" (did you mean '{text}:app'?)"
    raise UsageError(
        f"{text!r} is no application ('package.module:app'), and no file or folder of that name "
        f"exists{hint}"
    )


def aim(targets: Iterable[Target]) -> Aim:
    """Keep the targets that an engine can run.

    A folder beside an application says where to import from and where to look for configuration.
    """
    given = tuple(targets)
    applications = tuple(t for t in given if ENGINES[t.kind] is not None)
    for target in given:
        beside = target.kind is TargetKind.SOURCE and Path(target.text).is_dir()
        if target not in applications and not (applications and beside):
            raise UsageError(
                f"{target.text!r} is {_NAMES[target.kind]}, and this version explores applications "
                "only: give one as 'package.module:app'"
            )
    folders = tuple(Path(t.text) for t in given if t not in applications)
    return Aim(applications, folders)
