"""Folders that hold no application's own code or data."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from collections.abc import Iterable


class Folders:
    """A set of folders, asked whether a path lies in one of them."""

    def __init__(self, folders: Iterable[str | os.PathLike[str]]) -> None:
        names = {os.path.abspath(os.fspath(folder)).rstrip(os.sep) for folder in folders}
        self._starts = tuple(sorted(name + os.sep for name in names))

    @classmethod
    def of_interpreter(cls) -> Folders:
        """Where Python and what was installed for it live."""
        paths = sysconfig.get_paths()
        environment = sys.prefix != sys.base_prefix
        return cls(
            [
                *(paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")),
                os.path.dirname(os.__file__),
                *site.getsitepackages(),
                site.getusersitepackages(),
                *([sys.prefix] if environment else []),
            ]
        )

    def __contains__(self, path: str) -> bool:
        return (path + os.sep).startswith(self._starts)
