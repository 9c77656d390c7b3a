"""The user's own scenarios, found among the requests that work."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.config import Config
from tocsin.explore.footprint import Candidate
from tocsin.explore.messages import Selection
from tocsin.explore.plan import Planned
from tocsin.model.verdict import LEFT_OUT


def scenarios(
    config: Config, candidates: Sequence[Candidate], selection: Selection
) -> tuple[list[Planned], list[str]]:
    """The configured scenarios in their order, and a sentence for each that cannot be raced.

    Those that the selection leaves out have one sentence together.
    """
    planned, notes, unwanted = [], [], 0
    endpoints = {request.name: request.request for request in config.requests}
    for scenario in config.scenarios:
        found = {word: _find(word, candidates) for word in (*scenario.race, *scenario.observe)}
        missing = [word for word, index in found.items() if index is None]
        if any(not selection.takes(endpoints.get(word, word), word) for word in missing):
            unwanted += 1
        elif missing:
            notes.append(
                f"scenario {scenario.name!r} is left out: {missing[0]!r} could not be exercised"
            )
        if missing:
            continue
        race = [index for word in scenario.race if (index := found[word]) is not None]
        seen = [index for word in scenario.observe if (index := found[word]) is not None]
        pair = tuple(race) if len(race) > 1 else (race[0], race[0])
        planned.append(Planned(pair, tuple(seen), scenario.asserted, scenario.name))
    if unwanted:
        some = "1 scenario is" if unwanted == 1 else f"{unwanted} scenarios are"
        notes.append(f"{some} {LEFT_OUT}")
    return planned, notes


def _find(word: str, candidates: Sequence[Candidate]) -> int | None:
    """The candidate that a word names: a request's name, its endpoint, or what it asks for."""
    for index, candidate in enumerate(candidates):
        request = candidate.request
        if word in {request.name, request.endpoint, f"{request.method} {request.path}"}:
            return index
    return None
