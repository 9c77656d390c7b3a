"""Small apps, guarded and not, judged by the explorer over all schedules."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tocsin.explore import jobs
from tocsin.explore.footprint import Candidate, Footprint
from tocsin.explore.messages import Bounds, Explored, RaceOrder, Spec
from tocsin.explore.run import Level
from tocsin.explore.schedulers.replay import Follow
from tocsin.explore.session import Session, opened
from tocsin.model.http import Request
from tocsin.model.schedule import Schedule

EXHAUSTIVE = Bounds(exhaustive=True, seconds=240)


@contextmanager
def session(
    name: str, source: str, folder: Path, *, setup: str = "", override: bool = False
) -> Iterator[Session]:
    """The app ``app`` of a module, loaded under the explorer; ``setup`` is a function of it.

    ``override`` says that a database on a server may be emptied, too.
    """
    (folder / f"{name}.py").write_text(textwrap.dedent(source))
    path = list(sys.path)
    spec = Spec(
        target=f"{name}:app",
        root=folder,
        directory=folder / "run",
        import_paths=(folder,),
        setup=f"{name}:{setup}" if setup else None,
        override=override,
        request_timeout=60,
    )
    try:
        with opened(spec) as loaded:
            yield loaded
    finally:
        sys.path[:] = path
        sys.modules.pop(name, None)


def judged(loaded: Session, *requests: Request) -> Explored:
    """The requests, raced in every order of their calls."""
    candidates = tuple(_candidate(loaded, request) for request in requests)
    return jobs.explore(loaded, RaceOrder(candidates, (), ()), EXHAUSTIVE)


def _candidate(loaded: Session, request: Request) -> Candidate:
    alone = loaded.execution.run(
        {"A": request}, Follow(Schedule.serial("A")), Level(), observers=(), invariants=()
    )
    return Candidate(request, Footprint.of(alone.history))
