"""From rounds to a verdict: what no serial order gives, how often it was seen, how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tocsin.model.anomaly import Name
from tocsin.probe.baseline import Baseline, Outcome
from tocsin.probe.effect import Effect, unmasked

ENOUGH = 3
"""Rounds that show the same: then nobody is in doubt."""

CLEAR = 2
"""So many are enough where the server's own statuses say it: nothing else in the state can."""

_BY_STATUS = frozenset(
    {Name.DOUBLE_SUBMIT, Name.LIMIT_OVERRUN, Name.DUPLICATE_CREATE, Name.STALE_CHECK}
)

_Z = 1.959963984540054
"""The normal distribution's 97.5th percentile: intervals of 95 %."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Between which shares of all volleys the truth lies, at 95 % confidence."""

    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:.0%} to {self.high:.0%}"


@dataclass(frozen=True, slots=True)
class Broken:
    """A round that no serial order explains, and what it is called.

    ``rule`` where its check knows a narrower one than the name's.
    """

    name: Name
    reason: str
    rule: str = ""


def judge(baseline: Baseline, found: Outcome, method: str) -> Broken | None:
    """Compare a round with the serial runs. ``None``: it may be explained, or cannot be compared.

    Fewer successes than in a row are no race: servers may refuse what they cannot order.
    """
    if found.trouble:
        return None
    if found.successes > baseline.most:
        if method == "DELETE" and _as_in_a_row(baseline, found):
            return None  # told twice, done once: RFC 9110, 9.2.2
        said = f"{found.successes} requests succeed, {baseline.most or 'none'} in a row"
        return Broken(_overrun(baseline, found, method), said)
    crashed = crashes(baseline, found, method)
    if crashed is not None:
        return crashed
    known = baseline.effects.get(baseline.key(found)) if found.read else None
    seen = unmasked(found.effect, baseline.masks)
    if known is None or seen in known:
        return None
    some = min(known, key=lambda one: (len(one ^ seen), sorted(one)))
    changed = "; ".join(map(str, sorted(seen - some)[:3])) or "nothing more changes"
    instead = "; ".join(map(str, sorted(some - seen)[:3])) or "nothing more changes"
    more = _gained(seen) > max(map(_gained, known))
    name = Name.DUPLICATE_CREATE if more else Name.LOST_UPDATE
    return Broken(name, f"{changed}; in a row {instead}")


def crashes(baseline: Baseline, found: Outcome, _method: str) -> Broken | None:
    """Compare errors of the server alone: all that tells where orders are too many to be run."""
    if found.trouble:
        return None
    crashed = sorted({one for one in found.statuses if one >= 500} - baseline.statuses)
    said = f"answers {crashed[0]}, which it never does in a row" if crashed else ""
    return Broken(Name.CRASH, said) if crashed else None


def mixed(baseline: Baseline, found: Outcome, method: str, *, kinds: int) -> Broken | None:
    """Compare a crowd of so many different requests, which stand in turn.

    Its orders are too many to be run. But where no row lets more than one kind succeed, a crowd may
    not either, however many of that kind do.
    """
    crashed = crashes(baseline, found, method)
    if crashed is not None or found.trouble:
        return crashed
    row = max(_succeeding(run, kinds) for group in baseline.whole for run in group)
    seen = _succeeding(found, kinds)
    if seen <= row or method == "DELETE":
        return None  # nobody reads which of them did it
    said = f"{seen} different requests succeed, {row or 'none'} in a row"
    return Broken(Name.STALE_CHECK, said)


def _succeeding(run: Outcome, kinds: int) -> int:
    """Of how many kinds at least one request succeeds."""
    return len({n % kinds for n, status in enumerate(run.statuses) if 200 <= status < 400})


def _as_in_a_row(baseline: Baseline, found: Outcome) -> bool:
    """Whether nothing else changed than in some serial run, as far as anybody looked.

    Different requests must have changed something: otherwise nobody knows that one of them did.
    """
    seen = unmasked(found.effect, baseline.masks)
    return (
        found.read
        and bool(seen or baseline.copies)
        and any(seen in known for known in baseline.effects.values())
    )


def made(found: Outcome) -> bool:
    """Whether requests made something, by what they answer or what is listed afterwards."""
    return 201 in found.statuses or any(change.kind == "gains" for change in found.effect)


def _spent(found: Outcome) -> bool:
    """Whether a supply went down: then that is what limits the requests."""
    return any(change.kind == "by" and change.value.startswith("-") for change in found.effect)


def _gained(seen: Effect) -> int:
    """How many rows are there now that were not."""
    return sum(one.times for one in seen if one.kind == "gains" and one.path.endswith("[]"))


def _overrun(baseline: Baseline, found: Outcome, method: str) -> Name:
    """What it means that more requests succeed than can."""
    if not baseline.copies:
        return Name.STALE_CHECK
    if method in {"PUT", "PATCH"}:
        return Name.LOST_UPDATE
    if baseline.most > 1:
        return Name.LIMIT_OVERRUN
    twice = method == "POST" and made(found) and not _spent(found)
    return Name.DUPLICATE_CREATE if twice else Name.DOUBLE_SUBMIT


def enough(seen: Sequence[Broken]) -> bool:
    """Whether another round would tell nothing new."""
    clear = len(seen) >= CLEAR and all(one.name in _BY_STATUS for one in seen)
    return clear or len(seen) >= ENOUGH


def interval(shown: int, rounds: int) -> Interval:
    """Wilson's score interval (E. B. Wilson, JASA 22, 1927); never narrower than what was seen."""
    if rounds <= 0:
        return Interval(0.0, 1.0)
    share, square = shown / rounds, _Z * _Z
    middle = (share + square / (2 * rounds)) / (1 + square / rounds)
    spread = share * (1 - share) / rounds + square / (4 * rounds * rounds)
    half = _Z * math.sqrt(spread) / (1 + square / rounds)
    low = 0.0 if shown == 0 else max(0.0, middle - half)
    high = 1.0 if shown == rounds else min(1.0, middle + half)
    return Interval(low, high)


def at_most(rounds: int) -> float:
    """The share that a race may have and yet not be seen in so many rounds, at 95 %."""
    return 1.0 if rounds <= 0 else 1 - math.pow(0.05, 1 / rounds)


def commonest(seen: Sequence[Broken]) -> Broken:
    """The anomaly that most rounds showed; of equals the first."""
    return max(seen, key=lambda one: sum(other.name is one.name for other in seen))
