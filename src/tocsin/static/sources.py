"""Where in the application's own files a word stands, or a class is defined: text, unparsed.

Tests are left out: they are more than half of many a project, and define nothing that is served.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tocsin.source.facts import Fact
from tocsin.source.files import SourceFile
from tocsin.source.module import Module
from tocsin.source.project import Project
from tocsin.static.aside import aside

_SAYING = "saying"
_DEFINING = "defining"
_RELATING = "relating"
_RELATED = re.compile(rb"""related_name\s*=\s*["'](\w+)["']""")
_FOREIGN = (b"ForeignKey", b"ManyToMany", b"OneToOne")
_TOP_CLASS = re.compile(rb"^class (\w+)\(", re.MULTILINE)
_CLASSES: Fact[list[str]] = Fact("classes", list[str])
_RELATIONS: Fact[list[str]] = Fact("relations", list[str])
_CLASS = re.compile(rb"class (\w+)\(")


@dataclass(slots=True, eq=False)
class Sources:
    """The files of a project that are the application."""

    project: Project
    files: tuple[SourceFile, ...] = field(init=False)
    _classes: dict[str, list[SourceFile]] | None = None
    _related: dict[str, list[SourceFile]] | None = None

    def __post_init__(self) -> None:
        self.files = tuple(each for each in self.project.files if not aside(each))
        trail = self.project.trail
        trail.tell(_SAYING, self._told)
        trail.tell(_DEFINING, lambda name: _paths(self._defining(name)))
        trail.tell(_RELATING, lambda word: _paths(self._relating(word)))

    def saying(self, *words: bytes, besides: bytes = b"") -> Iterator[Module]:
        """The modules whose text has any of some words, and one besides."""
        self.project.trail.look(_SAYING, besides.decode(), *(each.decode() for each in words))
        for file in self._saying(words, besides):
            module = self.project.module(file)
            if module is not None:
                yield module

    def _told(self, besides: str, *words: str) -> list[str]:
        return _paths(self._saying([each.encode() for each in words], besides.encode()))

    def _saying(self, words: Sequence[bytes], besides: bytes) -> Iterator[SourceFile]:
        for file in self.files:
            data = self.project.data(file)
            if besides in data and any(word in data for word in words):
                yield file

    def defining(self, name: str) -> Iterator[tuple[SourceFile, Module]]:
        """The modules with a class of that name, and bases."""
        self.project.trail.look(_DEFINING, name)
        for file in self._defining(name):
            module = self.project.module(file)
            if module is not None:
                yield file, module

    def _defining(self, name: str) -> Sequence[SourceFile]:
        if self._classes is None:
            self._classes = {}
            for file in self.files:
                for each in self.project.fact(_CLASSES, file, self._defined):
                    self._classes.setdefault(each, []).append(file)
        return self._classes.get(name, ())

    def _defined(self, file: SourceFile) -> list[str]:
        names = dict.fromkeys(_CLASS.findall(self.project.data(file)))
        return [each.decode() for each in names]

    def relating(self, word: str) -> Iterator[Module]:
        """The modules that say a related name, or (``class order``) have a class with foreign keys.

        Names of classes are in small letters.
        """
        self.project.trail.look(_RELATING, word)
        for file in self._relating(word):
            module = self.project.module(file)
            if module is not None:
                yield module

    def _relating(self, word: str) -> Sequence[SourceFile]:
        if self._related is None:
            self._related = {}
            for file in self.files:
                for name in self.project.fact(_RELATIONS, file, self._relations):
                    self._related.setdefault(name, []).append(file)
        return self._related.get(word, ())

    def _relations(self, file: SourceFile) -> list[str]:
        data = self.project.data(file)
        if not any(each in data for each in _FOREIGN):
            return []
        names = {found.decode() for found in _RELATED.findall(data)}
        names |= {f"class {found.decode().lower()}" for found in _TOP_CLASS.findall(data)}
        return sorted(names)


def _paths(files: Iterable[SourceFile]) -> list[str]:
    return [each.path for each in files]
