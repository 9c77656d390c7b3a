"""Which findings the user wants to see: by rule, by path, by confidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tocsin.config import Config
from tocsin.config.globs import matches
from tocsin.config.selectors import chooses
from tocsin.model.finding import Finding
from tocsin.model.verdict import Level
from tocsin.rules.catalogue import codes, find


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Selectors of rules and patterns of paths, as the configuration and the command line say.

    An empty ``select`` means every rule. Paths are relative to the configuration's folder.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    per_path: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pedantic: bool = False

    @classmethod
    def of(cls, config: Config) -> Selection:
        return cls(
            select=tuple(config.select),
            ignore=tuple(config.ignore),
            exclude=tuple(config.exclude),
            per_path={glob: tuple(given.ignore) for glob, given in config.per_path.items()},
            pedantic=config.pedantic,
        )

    def reports(self, code: str) -> bool:
        """Whether findings of the rule are reported somewhere."""
        chosen = not self.select or _any(self.select, code)
        return chosen and not _any(self.ignore, code)

    def wants(self, finding: Finding, path: str | None) -> bool:
        """Whether the finding is reported; ``path`` is where it is, if that is known."""
        if not self.reports(finding.rule):
            return False
        if path is None:
            return True
        if self.excludes(path):
            return False
        return not any(
            matches(glob, path) and _any(ignored, finding.rule)
            for glob, ignored in self.per_path.items()
        )

    def excludes(self, path: str) -> bool:
        """Whether there are no findings in the file."""
        return any(matches(glob, path) for glob in self.exclude)

    def hides(self, finding: Finding) -> bool:
        """Whether the finding is only possible, and nobody asked for such."""
        if self.pedantic or finding.suppression is not None:
            return False
        if finding.evidence.level is Level.OBSERVED and not finding.anomaly:
            # Seen for certain, but whether that is wrong is for the application to say.
            return finding.confidence == "low"
        if finding.evidence.level is not Level.SUSPECTED:
            return False
        rule = find(finding.rule)
        return finding.confidence == "low" or (
            rule is not None and rule.pedantic and finding.confidence != "high"
        )

    @property
    def codes(self) -> frozenset[str]:
        """The rules that are reported somewhere."""
        return frozenset(code for code in codes() if self.reports(code))


def _any(selectors: Iterable[str], code: str) -> bool:
    return any(chooses(selector, code) for selector in selectors)
