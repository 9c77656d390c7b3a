"""What a target is, and which engine that means."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tocsin.errors import UsageError
from tocsin.scan.options import Target, TargetKind

_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_PORT = re.compile(r"[\w.-]+:\d+(/|$)")
"""An address without its scheme."""

_PYTHON = frozenset({"", ".py", ".pyi", ".pyw"})
"""How names of Python files end; scripts have no ending."""

_APPLICATION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")


@dataclass(frozen=True, slots=True)
class Aim:
    """The targets to run, and the folders that also say where things are."""

    targets: tuple[Target, ...]
    folders: tuple[Path, ...]


def classify(text: str) -> Target:
    """Say what the user's target is. Raises a `UsageError` for what is nothing."""
    if _ADDRESS.match(text):
        return Target(TargetKind.ADDRESS, text)
    if _APPLICATION.fullmatch(text):
        return Target(TargetKind.APPLICATION, text)
    path = Path(text)
    if path.is_file() and path.suffix not in _PYTHON:
        raise UsageError(f"{text!r} is no Python file")
    if path.exists():
        return Target(TargetKind.SOURCE, text)
    if "://" in text:
        raise UsageError(f"{text!r}: addresses begin with http:// or https://")
    hint = ""
    if _PORT.match(text):
        hint = f" (did you mean 'http://{text}'?)"
    elif re.fullmatch(r"[A-Za-z_][\w.]*", text) and not text.endswith(".py"):
        hint = f" (did you mean '{text}:app'?)"
    raise UsageError(
        f"{text!r} is no application ('package.module:app'), and no file or folder of that name "
        f"exists{hint}"
    )


def aim(targets: Iterable[Target]) -> Aim:
    """All targets, and of those that are folders where to look for imports and configuration.

    A folder is read; beside an application it also says where to import that from.
    """
    given = tuple(targets)
    sources = (Path(t.text) for t in given if t.kind is TargetKind.SOURCE)
    return Aim(given, tuple(path for path in sources if path.is_dir()))
