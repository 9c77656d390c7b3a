"""Why a finding does not count."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tocsin.model.location import Location


class SuppressionKind(StrEnum):
    """Where it was decided: beside the code, or in the file of accepted findings."""

    COMMENT = "comment"
    BASELINE = "baseline"


@dataclass(frozen=True, slots=True)
class Suppression:
    """Somebody has looked at the finding and says why it may stay.

    ``place`` is the comment; a baseline has none.
    """

    kind: SuppressionKind
    reason: str
    place: Location | None = None
