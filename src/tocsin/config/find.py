"""Where the configuration is."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tocsin.errors import UsageError


@dataclass(frozen=True, slots=True)
class Source:
    """A configuration file and the table in it that is tocsin's."""

    path: Path
    table: dict[str, object]


def find(starts: Iterable[Path], chosen: Path | None = None) -> Source | None:
    """The file that was chosen, else the nearest one at or above the first start that has one.

    In one folder ``tocsin.toml`` wins over ``pyproject.toml``; a ``pyproject.toml`` without
    ``[tool.tocsin]`` is passed by.
    """
    if chosen is not None:
        return _chosen(chosen)
    for start in starts:
        folder = start.resolve()
        for parent in (folder, *folder.parents):
            if found := _in(parent):
                return found
    return None


def shown(path: Path) -> Path:
    """The path as the user would type it, where that is shorter."""
    resolved, here = path.resolve(), Path.cwd().resolve()
    return resolved.relative_to(here) if resolved.is_relative_to(here) else path


def _chosen(path: Path) -> Source:
    if path.is_dir():
        found = _in(path)
        if found is None:
            raise UsageError(
                f"{shown(path)}: holds no tocsin.toml and no pyproject.toml with [tool.tocsin]"
            )
        return found
    table = _read(path)
    section = _section(table, path)
    if section is None and path.name == "pyproject.toml":
        raise UsageError(f"{shown(path)}: has no [tool.tocsin]")
    return Source(path, table if section is None else section)


def _in(folder: Path) -> Source | None:
    own = folder / "tocsin.toml"
    if _there(own):
        return Source(own, _read(own))
    project = folder / "pyproject.toml"
    if _there(project) and (section := _section(_read(project), project)) is not None:
        return Source(project, section)
    return None


def _there(path: Path) -> bool:
    """Whether there is such a file, as far as we may look."""
    try:
        return path.is_file()
    except OSError:
        return False


def _read(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{shown(path)}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{shown(path)}: is not valid TOML: {error}") from error


def _section(table: dict[str, object], path: Path) -> dict[str, object] | None:
    tool = table.get("tool")
    section = tool.get("tocsin") if isinstance(tool, dict) else None
    if section is not None and not isinstance(section, dict):
        raise UsageError(f"{shown(path)}: tool.tocsin must be a table")
    return section
