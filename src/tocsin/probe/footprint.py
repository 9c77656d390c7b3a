"""What a request changes when it is alone, as reads show it; whom it could meet there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from tocsin.model.http import Request, Response
from tocsin.probe.baseline import Outcome
from tocsin.probe.effect import Change, Effect

SILENT = 1
"""So many reads that show nothing of a request are made in its rounds, too."""

MOST = 2
"""So many reads that show something."""


def label(read: Request) -> str:
    """A read as effects name it: ``GET /orders as alice``."""
    return f"{read.method} {unquote(read.path)} as {read.identity}"


@dataclass(frozen=True, slots=True)
class Footprint:
    """One run of one request from the state of the beginning; ``readers`` were read around it."""

    request: Request
    readers: tuple[Request, ...]
    alone: Outcome

    @property
    def cells(self) -> frozenset[tuple[str, str]]:
        """Where something changed: the address that shows it, and the place in its answer.

        Whoever asked is left out: two people see the same things at one address, or may.
        """
        return frozenset(
            (read.path, change.path.removeprefix(label(read))) for read, change in self._told
        )

    @property
    def counts(self) -> bool:
        """Whether it moves numbers, as far as can be seen, and nothing else."""
        return {change.kind for change in self.alone.effect} == {"by"}

    @property
    def telling(self) -> tuple[Request, ...]:
        """The reads that show a change, and one that does not: at once it may."""
        shows = [read for read in self.readers if of(self.alone.effect, (read,))]
        return (*shows[:MOST], *[read for read in self.readers if read not in shows][:SILENT])

    @property
    def addresses(self) -> frozenset[tuple[str, bool]]:
        """Where something changed, and whether that is a row that was not there."""
        return frozenset((read.path, change.kind == "gains") for read, change in self._told)

    @property
    def _told(self) -> Iterator[tuple[Request, Change]]:
        for read in self.readers:
            for change in of(self.alone.effect, (read,)):
                yield read, change

    def seen_by(self, readers: Sequence[Request]) -> Outcome:
        """The run as if only these reads had been made."""
        return Outcome(self.alone.statuses, of(self.alone.effect, readers), self.alone.trouble)


def of(changes: Effect, readers: Sequence[Request]) -> Effect:
    """What these reads show of an effect."""
    labels = tuple(map(label, readers))
    return frozenset(change for change in changes if _told_by(change, labels))


def meet(one: Footprint, other: Footprint) -> bool:
    """Whether both change something in one place, or one of them whole rows of it."""
    mine, theirs = one.cells, other.cells
    if mine & theirs:
        return True
    return any(
        path == place and (_rows(inner, within) or _rows(within, inner))
        for path, inner in mine
        for place, within in theirs
    )


def shared(footprints: Mapping[Request, Footprint], requests: Sequence[Request]) -> bool:
    """Whether all of the requests change something at one address, whatever it is.

    Who makes new rows there shares nothing with who changes or deletes what there was.
    """
    touched = [footprints[one].addresses for one in requests if one in footprints]
    return len(touched) < len(requests) or bool(frozenset.intersection(*touched))


def sole(
    answers: Sequence[tuple[Request, Response]],
    readers: Sequence[Request],
    footprints: Mapping[Request, Footprint],
) -> Effect | None:
    """What these reads show of a row in which one request succeeded and all others were refused.

    ``None`` where that is not so, or was not read when the one was alone.
    """
    done = [
        footprints[one]
        for one, said in answers
        if one in footprints and said.ok and footprints[one].alone.statuses == (said.status,)
    ]
    refused = sum(said.refused for _, said in answers)
    if len(done) != 1 or refused != len(answers) - 1 or not set(readers) <= set(done[0].readers):
        return None
    return done[0].seen_by(readers).effect


def counting(footprints: Mapping[Request, Footprint]) -> frozenset[str]:
    """Endpoints whose requests move numbers, whoever sends them: all of which it is known do."""
    other = {one.endpoint for one, made in footprints.items() if not made.counts}
    return frozenset(one.endpoint for one in footprints) - other


def readings(
    footprints: Mapping[Request, Footprint], requests: Sequence[Request]
) -> tuple[Request, ...]:
    """The reads for requests that are sent together: each other's telling ones, in turn."""
    lists = [footprints[one].telling for one in requests if one in footprints]
    return tuple(dict.fromkeys(_in_turn(lists)))[: MOST + SILENT]


def _in_turn(lists: Sequence[Sequence[Request]]) -> Iterator[Request]:
    for place in range(max(map(len, lists), default=0)):
        yield from (one[place] for one in lists if place < len(one))


def _told_by(change: Change, labels: Sequence[str]) -> bool:
    return any(
        change.path == one or change.path.startswith((f"{one} ", f"{one}[")) for one in labels
    )


def _rows(inner: str, within: str) -> bool:
    """``[]`` is a whole row, ``[].status`` a column of it."""
    return inner.endswith("[]") and within.startswith(inner)
