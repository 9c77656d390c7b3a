"""From a finding to the fixes that might mend it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from tocsin.model.fix import Change, Edit, Fix
from tocsin.source.parse import Unparsable, decode
from tocsin.static.engine import Report
from tocsin.static.fix.base import Rewrite, Rewritten
from tocsin.static.fix.edits import edits
from tocsin.static.fix.imports import Import, added
from tocsin.static.fix.registry import REWRITES
from tocsin.static.fix.site import Site
from tocsin.static.fix.tree import Tree, Unreadable


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """A fix that has not been tried. ``imports`` are kept apart: several fixes share them.

    ``fix`` has the edits without the imports, ``whole`` those with them.
    """

    fix: Fix
    whole: Fix
    path: str
    imports: tuple[Import, ...]


@dataclass(slots=True, eq=False)
class Trees:
    """The files that findings are in, parsed when they are asked for."""

    contents: Mapping[str, bytes]
    _known: dict[str, Tree | None] = field(default_factory=dict)

    def of(self, path: str) -> Tree | None:
        """The tree of a file; ``None`` if it cannot be parsed."""
        if path not in self._known:
            try:
                decode(self.contents[path])
                self._known[path] = Tree.read(self.contents[path])
            except (KeyError, Unparsable, Unreadable):
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
    site = Site(tree, check.path, report.judge.code, check, use, window)
    for rewrite in rewrites:
        if site.code in rewrite.codes:
            rewritten = rewrite.apply(site)
            if rewritten is not None:
                proposal = _proposal(site, rewrite, rewritten)
                if proposal.whole.changes[0].edits:
                    yield proposal


def _proposal(site: Site, rewrite: Rewrite, rewritten: Rewritten) -> Proposal:
    old = site.tree.module.code
    body = _fix(site, rewrite, rewritten, edits(old, rewritten.module.code))
    complete = added(rewritten.module, rewritten.imports) if rewritten.imports else rewritten.module
    whole = _fix(site, rewrite, rewritten, edits(old, complete.code))
    return Proposal(body, whole, site.path, rewritten.imports)


def _fix(site: Site, rewrite: Rewrite, rewritten: Rewritten, made: tuple[Edit, ...]) -> Fix:
    change = Change(site.path, made)
    return Fix(rewrite.name, rewritten.description, rewritten.safety, (change,), rewritten.hint)
