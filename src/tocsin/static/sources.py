"""Where in the application's own files a word stands, or a class is defined: text, unparsed.

Tests are left out: they are more than half of many a project, and define nothing that is served.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tocsin.source.files import SourceFile
from tocsin.source.module import Module
from tocsin.source.project import Project
from tocsin.static.aside import aside

_CLASS = re.compile(rb"class (\w+)\(")


@dataclass(slots=True, eq=False)
class Sources:
    """The files of a project that are the application."""

    project: Project
    files: tuple[SourceFile, ...] = field(init=False)
    _classes: dict[str, list[SourceFile]] | None = None

    def __post_init__(self) -> None:
        self.files = tuple(each for each in self.project.files if not aside(each))

    def saying(self, *words: bytes, besides: bytes = b"") -> Iterator[Module]:
        """The modules whose text has any of some words, and one besides."""
        for file in self.files:
            data = self.project.data(file)
            if besides in data and any(word in data for word in words):
                module = self.project.module(file)
                if module is not None:
                    yield module

    def defining(self, name: str) -> Iterator[tuple[SourceFile, Module]]:
        """The modules with a class of that name, and bases."""
        if self._classes is None:
            self._classes = {}
            for file in self.files:
                for found in dict.fromkeys(_CLASS.findall(self.project.data(file))):
                    self._classes.setdefault(found.decode(), []).append(file)
        for file in self._classes.get(name, ()):
            module = self.project.module(file)
            if module is not None:
                yield file, module
