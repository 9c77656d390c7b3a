"""Finds out what an app can be asked: working requests, who may what, and what each one touches."""

from __future__ import annotations

import sys
from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import TypeVar, cast

from tocsin.explore.execution import Result
from tocsin.explore.fields import recording
from tocsin.explore.footprint import Candidate, Footprint
from tocsin.explore.messages import Discovery, Selection
from tocsin.explore.run import Level
from tocsin.explore.schedulers.replay import Follow
from tocsin.explore.session import Session, says_unreachable
from tocsin.frameworks.registry import describe
from tocsin.model.access import Item
from tocsin.model.http import ANONYMOUS, Identity, Operation, Request, Response
from tocsin.model.schedule import Schedule
from tocsin.model.verdict import LEFT_OUT, OperationResult, Permission
from tocsin.scenario.knowledge import Knowledge
from tocsin.scenario.prepare import Answer, Exercised, prepare, shared_reason
from tocsin.scenario.template import templated
from tocsin.scenario.variants import variants

TASK = "A"
T = TypeVar("T")
_ON_TRUST = {
    "tocsin.guard.memory": (
        "no schedule interrupts the lines of tocsin.guard.memory: that its tallies hold between "
        "threads is taken on trust here (tocsin's own tests explore a copy of them)"
    ),
}
"""Modules whose lines nobody interrupts, and what a verdict over them leaves out."""
_LIBRARIES = ("sqlalchemy", "sqlalchemy.ext.asyncio", "django.db", "rest_framework")


class Discoverer:
    """Asks one app. ``given`` are the user's own requests, credentials included."""

    def __init__(self, session: Session, given: Sequence[Request], selection: Selection) -> None:
        self._session = session
        self._given = given
        self._selection = selection
        libraries = tuple(name for name in _LIBRARIES if name in sys.modules)
        self._found = Discovery(session.loaded.framework.name, session.stores(), libraries)
        self._knowledge = self._known()
        self._last: Response | None = None
        self._results: dict[Request, Result] = {}
        self._untraced: list[int] = []

    def discover(self) -> Discovery:
        """Exercise every operation with every identity."""
        described = describe(self._session.loaded.application)
        for request in self._given:
            self._exercise_given(templated(request, described.operations))
        for skipped in described.skipped:
            self._say(OperationResult(skipped.endpoint, "", "skipped", skipped.reason))
        for operation in described.operations:
            self._exercise(operation)
        self._trace()
        self._session.execution.rest()
        self._found.notes.extend(note for name, note in _ON_TRUST.items() if name in sys.modules)
        for driver, what in self._session.uncontrolled().items():
            self._found.notes.append(f"{driver} {what}; requests that meet there are not paired")
        return self._found

    def _exercise_given(self, request: Request) -> None:
        if not self._selection.takes(request.endpoint, request.name):
            return
        result = self._run(request)
        response = result.responses.get(TASK)
        if response is None or not response.ok:
            reason = result.trouble or (f"answers {response.status}" if response else "no answer")
            self._say(
                OperationResult(
                    request.endpoint,
                    request.identity,
                    "skipped",
                    f"the configured request {request.name!r} {reason}",
                )
            )
            return
        self._say(OperationResult(request.endpoint, request.identity, "exercised"))
        self._keep(request, result, given=True)

    def _exercise(self, operation: Operation) -> None:
        endpoint = operation.endpoint
        if not self._selection.takes(endpoint):
            self._say(OperationResult(endpoint, "", "skipped", LEFT_OUT))
            return
        reasons: dict[str, str] = {}
        worked = False
        for identity in (*self._session.spec.identities, ANONYMOUS):
            outcome = self._drive(prepare(operation, identity, self._knowledge))
            if isinstance(outcome, Exercised):
                worked = True
                self._allow(outcome)
                self._candidates(outcome)
            else:
                reasons[identity.name] = outcome.reason
                self._deny(operation, identity)
        if not worked:
            self._say(OperationResult(endpoint, "", "skipped", shared_reason(reasons)))

    def _candidates(self, exercised: Exercised) -> None:
        request = exercised.request
        self._say(OperationResult(request.endpoint, request.identity, "exercised"))
        self._keep(request, self._run(request))
        if request.reads_only:
            return
        for variant in self._drive(variants(exercised, self._knowledge)):
            if self._keep(variant.request, self._results[variant.request]):
                self._untraced.append(len(self._found.candidates) - 1)

    def _trace(self) -> None:
        """Look at the variants line by line, if lines of anything were seen to change memory.

        It takes twice the time, and most apps keep their state elsewhere.
        """
        candidates = self._found.candidates
        if any(access.writes for c in candidates for access in c.footprint.memory):
            for index in self._untraced:
                result = self._run(candidates[index].request)
                footprint = Footprint.of(result.history, result.escapes)
                candidates[index] = replace(candidates[index], footprint=footprint)

    def _keep(self, request: Request, result: Result, *, given: bool = False) -> bool:
        """Add a candidate, unless it is known."""
        footprint = Footprint.of(result.history, result.escapes)
        same = any(
            c.request.path == request.path
            and (c.request.query, c.request.body) == (request.query, request.body)
            and c.request.identity == request.identity
            and c.request.method == request.method
            for c in self._found.candidates
        )
        if not same:
            self._found.candidates.append(Candidate(request, footprint, given))
        return not same

    def _drive(self, search: Generator[Request, Answer, T]) -> T:
        """Send what a search wants to try, until it is done."""
        self._last = None
        self._results.clear()
        try:
            request = next(search)
            while True:
                request = search.send(self._answer(request))
        except StopIteration as stop:
            return cast("T", stop.value)

    def _answer(self, request: Request) -> Answer:
        with recording(request.body) as recorder:
            result = self._run(request, Level())
        response = result.responses.get(TASK) or Response(504, error=result.trouble or "no answer")
        self._last = response
        self._results[request] = result
        return Answer(response, recorder.asked)

    def _run(self, request: Request, level: Level | None = None) -> Result:
        """Run it alone; by default down to its lines, for its footprint in memory."""
        level = level or Level(lines=True)
        follow = Follow(Schedule.serial(TASK))
        result = self._session.execution.run({TASK: request}, follow, level)
        answer = result.responses.get(TASK)
        if answer is not None and answer.error is not None and says_unreachable(answer.error):
            self._found.unreachable = " ".join(answer.error.split())
        return result

    def _allow(self, exercised: Exercised) -> None:
        self._found.permissions.append(
            Permission(
                exercised.operation.endpoint,
                exercised.identity.name,
                allowed=True,
                status=exercised.response.status,
            )
        )

    def _deny(self, operation: Operation, identity: Identity) -> None:
        status = self._last.status if self._last is not None else 0
        if status in {401, 403, 404}:
            self._found.permissions.append(
                Permission(operation.endpoint, identity.name, allowed=False, status=status)
            )

    def _say(self, result: OperationResult) -> None:
        if result not in self._found.operations:
            self._found.operations.append(result)

    def _known(self) -> Knowledge:
        """What request values are taken from: the rows that every run starts with."""
        session = self._session
        everything = {Item(store, None) for store in session.vault.states() if store != "file"}
        rows = {
            name: list(rows)
            for tables in session.execution.before(everything).values()
            for name, rows in tables.items()
        }
        return Knowledge(session.spec.params, session.tables(), rows, session.spec.identities)
