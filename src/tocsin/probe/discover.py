"""What can be asked of a server: operations become requests that work, and a matrix of who may."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tocsin.frameworks.base import Skipped
from tocsin.model.event import Event, OperationSeen, PermissionSeen
from tocsin.model.http import ANONYMOUS, Identity, Operation, Request, Response
from tocsin.model.table import Row, Table
from tocsin.model.verdict import LEFT_OUT, OperationResult, Permission
from tocsin.probe import generated
from tocsin.probe.client import Client
from tocsin.probe.effect import KEYS
from tocsin.probe.scope import SAFE_METHODS
from tocsin.probe.world import World
from tocsin.scenario import words
from tocsin.scenario.knowledge import Knowledge
from tocsin.scenario.prepare import Answer, Exercised, prepare, shared_reason, succeeded
from tocsin.scenario.said import parsed
from tocsin.scenario.template import templated

ROWS = 50
"""So many rows of one list are remembered."""

GENERATED = 20
"""So many endpoints are tried with values that take long to be made."""

PASSIVE = "may change something: --active sends it"
_LISTS = ("items", "results", "data", "objects", "records", "rows")
"""Where lists hide that come in pages."""

_ORDER = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
"""Reading first: what lists say, other requests need. Deleting last."""

Takes = Callable[[str, str], bool]

Supply = Callable[[str, str, "Sequence[Working]"], Row | None]
"""Makes one thing of a kind as this identity, by what works; ``None`` if nothing does."""


@dataclass(frozen=True, slots=True)
class Working:
    """A request that did its work. ``given`` by the user, or found."""

    request: Request
    response: Response
    given: bool = False

    @property
    def reads(self) -> bool:
        return self.request.method in SAFE_METHODS


@dataclass(slots=True)
class Discovery:
    """Finds working requests; ``working`` and ``denied`` grow while `events` is consumed."""

    client: Client
    world: World
    params: Mapping[str, Sequence[object]]
    takes: Takes
    supply: Supply = lambda _noun, _who, _working: None
    working: list[Working] = field(default_factory=list)
    _rows: dict[str, dict[str, list[Row]]] = field(default_factory=dict)
    _generated: set[str] = field(default_factory=set)
    _last: Response | None = None

    def events(self, operations: Sequence[Operation], given: Sequence[Request]) -> Iterator[Event]:
        """Try everything, reading first."""
        for request in given:
            yield from self._given(templated(request, operations))
        ordered = sorted(operations, key=lambda one: (_rank(one.method), one.path.count("{")))
        for operation in ordered:
            yield from self._operation(operation)

    def _given(self, request: Request) -> Iterator[Event]:
        endpoint, identity = request.endpoint, request.identity
        if not self.takes(endpoint, request.name) or identity not in self.client.sessions.known:
            return
        if not self._may(request.method):
            yield OperationSeen(OperationResult(endpoint, identity, "skipped", PASSIVE))
            return
        response = self._ask(request)
        if succeeded(response):
            self.working.append(Working(request, response, given=True))
            yield OperationSeen(OperationResult(endpoint, identity, "exercised"))
            return
        said = response.error or f"answers {response.status}"
        reason = f"the configured request {request.name!r} {said}"
        yield OperationSeen(OperationResult(endpoint, identity, "skipped", reason))

    def _operation(self, operation: Operation) -> Iterator[Event]:
        endpoint = operation.endpoint
        if not self.takes(endpoint, ""):
            yield OperationSeen(OperationResult(endpoint, "", "skipped", LEFT_OUT))
            return
        if not self._may(operation.method):
            yield OperationSeen(OperationResult(endpoint, "", "skipped", PASSIVE))
            return
        logins = self.client.sessions.logging_in(endpoint)
        for name in logins:  # made up names and passwords would only be refused there
            yield OperationSeen(OperationResult(endpoint, name, "exercised"))
        if logins:
            return
        reasons: dict[str, str] = {}
        done = False
        for identity in self.client.sessions.everybody:
            if done and not self._repeatable(operation):
                break
            found = self._drive(operation, identity)
            if isinstance(found, Exercised):
                done = True
                yield from self._kept(found)
                continue
            reasons[identity.name] = found.reason
            status = self._last.status if self._last is not None else 0
            if status in {401, 403, 404}:
                yield PermissionSeen(
                    Permission(endpoint, identity.name, allowed=False, status=status)
                )
        if not done:
            yield OperationSeen(OperationResult(endpoint, "", "skipped", shared_reason(reasons)))

    def _kept(self, found: Exercised) -> Iterator[Event]:
        request, response = found.request, found.response
        self.working.append(Working(request, response))
        if request.method == "GET":
            self._learn(found.operation, request.identity, response)
        yield OperationSeen(OperationResult(request.endpoint, request.identity, "exercised"))
        yield PermissionSeen(
            Permission(request.endpoint, request.identity, allowed=True, status=response.status)
        )

    def _drive(self, operation: Operation, identity: Identity) -> Exercised | Skipped:
        """With plain values; once more with others for an endpoint that refuses all of them."""
        self._supply(operation, identity)
        found = self._searched(operation, identity, self._knowledge(identity))
        refused = self._last is None or self._last.status in {400, 422}
        tried = operation.endpoint in self._generated or len(self._generated) >= GENERATED
        if isinstance(found, Exercised) or not refused or tried:
            return found
        self._generated.add(operation.endpoint)
        others = replace(self._knowledge(identity), generate=generated.values, whole=True)
        better = self._searched(operation, identity, others)
        return better if isinstance(better, Exercised) else found

    def _searched(
        self, operation: Operation, identity: Identity, known: Knowledge
    ) -> Exercised | Skipped:
        """Let the search try what it wants, from the same state each time if that can be had."""
        self._last = None
        today = self.client.sessions.known.get(identity.name, identity)
        search = prepare(operation, today, known)
        try:
            request = next(search)
            while True:
                request = search.send(Answer(self._ask(request)))
        except StopIteration as stop:
            found: Exercised | Skipped = stop.value
            return found

    def _supply(self, operation: Operation, identity: Identity) -> None:
        """Where nothing is put back, make what a request uses up: what was there is not ours."""
        if self.world.restores or operation.method in SAFE_METHODS:
            return
        parts = operation.path.split("/")
        for before, part in itertools.pairwise(parts):
            noun = words.noun(before)
            wanted = bool(noun) and part.startswith("{")
            row = self.supply(noun, identity.name, self.working) if wanted else None
            if row is not None:
                self._rows.setdefault(identity.name, {}).setdefault(noun, []).insert(0, row)

    def _ask(self, request: Request) -> Response:
        response = self.client.ask(request)
        self._last = response
        if response.ok and request.method not in SAFE_METHODS:
            self.world.restore()
        return response

    def _may(self, method: str) -> bool:
        return self.client.may_change or method in SAFE_METHODS

    def _repeatable(self, operation: Operation) -> bool:
        """Whether one more success costs nothing."""
        return operation.method in SAFE_METHODS or self.world.restores

    def _knowledge(self, identity: Identity) -> Knowledge:
        """What this identity has seen, then what others have."""
        rows: dict[str, list[Row]] = {}
        for name in (identity.name, *self._rows):
            for noun, seen in self._rows.get(name, {}).items():
                known = rows.setdefault(noun, [])
                known += [row for row in seen if row not in known]
        tables = {noun: _table(noun, seen) for noun, seen in rows.items()}
        people = [one for one in self.client.sessions.everybody if one.name != ANONYMOUS.name]
        thrifty = not self.world.restores
        return Knowledge(self.params, tables, rows, people, thrifty=thrifty)

    def _learn(self, operation: Operation, identity: str, response: Response) -> None:
        parts = [part for part in operation.path.split("/") if part and "{" not in part]
        rows = listed(response.body)
        if not rows and operation.path.endswith("}"):
            rows = single(response.body)
        if parts and rows:
            seen = self._rows.setdefault(identity, {})
            noun = words.noun(parts[-1])
            known = seen.setdefault(noun, [])
            known += [row for row in rows[:ROWS] if row not in known]


def listed(body: bytes) -> list[Row]:
    """The rows in a JSON answer: a list of objects, or one in the usual envelopes."""
    try:
        found: object = parsed(body)
    except ValueError:
        return []
    if isinstance(found, dict):
        found = next((found[key] for key in _LISTS if isinstance(found.get(key), list)), [])
    rows = found if isinstance(found, list) else []
    return [_plain(row) for row in rows if isinstance(row, dict)]


def single(body: bytes) -> list[Row]:
    """The row that a JSON answer is, if it is an object."""
    try:
        found: object = parsed(body)
    except ValueError:
        return []
    row = _plain(found) if isinstance(found, dict) else {}
    return [row] if row else []


def _plain(row: Mapping[str, object]) -> Row:
    return {key: value for key, value in row.items() if isinstance(value, (str, int, float, bool))}


def _table(noun: str, rows: Sequence[Row]) -> Table:
    columns = tuple(dict.fromkeys(column for row in rows for column in row))
    key = next((one for one in KEYS if one in columns), None)
    generated = ("id",) if "id" in columns else ()
    return Table(noun, columns, (key,) if key else columns[:1], generated)


def _rank(method: str) -> int:
    return _ORDER.index(method) if method in _ORDER else len(_ORDER)


def distinct(working: Sequence[Working]) -> list[Working]:
    """One of those that are the same request under two names."""
    seen: set[tuple[object, ...]] = set()
    kept: list[Working] = []
    for one in working:
        bare = replace(one.request, name="", endpoint="", headers=())
        key = (bare.method, bare.path, bare.query, bare.body, bare.identity)
        if key not in seen:
            seen.add(key)
            kept.append(one)
    return kept
