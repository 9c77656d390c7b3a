"""From a finding to the fixes that might mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import libcst as cst

from tocsin.model.fix import Change, Edit, Fix
from tocsin.source.parse import Unparsable, parse
from tocsin.static.engine import Report
from tocsin.static.fix.base import Elsewhere, Rewrite, Rewritten
from tocsin.static.fix.edits import applied, edits
from tocsin.static.fix.imports import Import, added
from tocsin.static.fix.registry import REWRITES
from tocsin.static.fix.site import Site
from tocsin.static.fix.tree import Tree, Unreadable


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """A fix that has not been tried. ``imports``, by file, are apart: several fixes share them.

    ``fix`` has the edits without the imports, ``whole`` those with them.
    """

    fix: Fix
    whole: Fix
    imports: Mapping[str, tuple[Import, ...]]


@dataclass(slots=True, eq=False)
class Trees:
    """The files that findings are in, parsed when they are asked for.

    ``read`` gives the content of those that are not among ``contents``; it may raise `OSError`.
    """

    contents: Mapping[str, bytes]
    read: Callable[[str], bytes]
    _known: dict[str, Tree | None] = field(default_factory=dict)

    def of(self, path: str) -> Tree | None:
        """The tree of a file; ``None`` if it cannot be parsed."""
        if path not in self._known:
            try:
                data = self.contents[path] if path in self.contents else self.read(path)
                parse(data)  # the parser of LibCST does not survive what this one refuses
                self._known[path] = Tree.read(data)
            except (OSError, Unparsable, Unreadable):
                self._known[path] = None
        return self._known[path]

    @property
    def unread(self) -> set[str]:
        """The files that were asked for and cannot be parsed."""
        return {path for path, tree in self._known.items() if tree is None}


def proposals(
    report: Report, trees: Trees, rewrites: Iterable[Rewrite] = REWRITES
) -> Iterator[Proposal]:
    """What might mend a finding, the best first. Whether it does is for a new scan to say."""
    window = report.window
    check, use = window.check.at, window.use.effect.at
    tree = trees.of(check.path)
    if tree is None:
        return
    site = Site(tree, check.path, report.judge.code, check, use, window, trees.of)
    for rewrite in rewrites:
        if site.code in rewrite.codes:
            rewritten = rewrite.apply(site)
            if rewritten is not None:
                proposal = _proposal(site, rewrite, rewritten)
                if proposal.whole.changes:
                    yield proposal


def _proposal(site: Site, rewrite: Rewrite, rewritten: Rewritten) -> Proposal:
    here = Elsewhere(site.path, rewritten.module, rewritten.imports)
    texts: dict[str, str] = {}
    made: dict[str, list[Edit]] = {}
    imports: dict[str, tuple[Import, ...]] = {}
    for each in (here, *rewritten.elsewhere):
        tree = site.other(each.path)
        if tree is not None:
            texts[each.path] = tree.module.code
            made.setdefault(each.path, []).extend(edits(tree.module.code, each.module.code))
            imports[each.path] = (*imports.get(each.path, ()), *each.imports)
    whole = {path: _with_imports(texts[path], made[path], imports[path]) for path in made}
    return Proposal(_fix(rewrite, rewritten, made), _fix(rewrite, rewritten, whole), imports)


def _with_imports(old: str, made: list[Edit], wanted: tuple[Import, ...]) -> Sequence[Edit]:
    if not wanted:
        return made
    return edits(old, added(cst.parse_module(applied(old, made)), wanted).code)


def _fix(rewrite: Rewrite, rewritten: Rewritten, made: Mapping[str, Sequence[Edit]]) -> Fix:
    changes = tuple(Change(path, tuple(sorted(each))) for path, each in made.items() if each)
    return Fix(rewrite.name, rewritten.description, rewritten.safety, changes, rewritten.hint)
