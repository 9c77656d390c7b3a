"""Whether two series of measured times differ: two tests that both must say so.

Sources: H. B. Mann and D. R. Whitney, *On a test of whether one of two random variables is
stochastically larger than the other*, Ann. Math. Statist. 18 (1947), with the correction for ties;
S. A. Crosby, D. S. Wallach and R. H. Riedi, *Opportunities and limits of remote timing attacks*,
ACM TISSEC 12 (2009), for the box test: networks delay, they never hasten, so low quantiles are
compared.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

BOX = (0.05, 0.35)
"""The quantiles that span a box."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """``longer``: by so much the second series' median is greater, in seconds.

    ``p`` is the probability of ranks as uneven as these, if nothing differed; ``apart`` says that
    the boxes do not overlap.
    """

    longer: float
    p: float
    apart: bool

    def sure(self, level: float, least: float) -> bool:
        """Whether both tests agree, and the difference is worth speaking of."""
        return self.apart and self.p < level and abs(self.longer) >= least


def compare(first: Sequence[float], second: Sequence[float]) -> Comparison:
    """Compare two series. Raises ``ValueError`` if one is empty."""
    if not first or not second:
        raise ValueError("nothing was measured")
    return Comparison(
        median(second) - median(first), mann_whitney(first, second), apart(first, second)
    )


def mann_whitney(first: Sequence[float], second: Sequence[float]) -> float:
    """The two-sided p-value of the U test, by its normal approximation."""
    count = Counter((*first, *second))
    ranks: dict[float, float] = {}
    below = 0
    for value in sorted(count):
        ranks[value] = below + (count[value] + 1) / 2
        below += count[value]
    m, n = len(first), len(second)
    u = sum(ranks[value] for value in first) - m * (m + 1) / 2
    total = m + n
    ties = sum(k**3 - k for k in count.values())
    variance = m * n / 12 * (total + 1 - ties / (total * (total - 1))) if total > 1 else 0.0
    if variance <= 0:
        return 1.0
    # Half a rank is taken off: U is a whole number, the normal distribution is not.
    distance = max(0.0, abs(u - m * n / 2) - 0.5) / math.sqrt(variance)
    return math.erfc(distance / math.sqrt(2))


def apart(first: Sequence[float], second: Sequence[float]) -> bool:
    """The box test: whether the boxes of low quantiles do not overlap."""
    (low, high), (other_low, other_high) = (_box(series) for series in (first, second))
    return high < other_low or other_high < low


def quantile(series: Sequence[float], share: float) -> float:
    """The value below which this share lies, between two by their distance."""
    ordered = sorted(series)
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _box(series: Sequence[float]) -> tuple[float, float]:
    low, high = BOX
    return quantile(series, low), quantile(series, high)
