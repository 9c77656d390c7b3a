"""Lost update: two writers of one thing, each with what it has read before.

Where the server offers a version (an ETag, a version field), both writers send the one that they
read: one may succeed. Otherwise each writes another field: both changes must be there. Sources:
RFC 9110 section 13.1.1 (If-Match), RFC 6585 section 3 (428), W3C *Editing the Web* (1999).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import unquote

from tocsin.model.anomaly import Name
from tocsin.model.http import Operation, Request, Response
from tocsin.probe import body
from tocsin.probe.baseline import Baseline, Outcome
from tocsin.probe.checks.base import Attack, Check, Wish
from tocsin.probe.checks.readers import readers
from tocsin.probe.checks.state_change_attack import things
from tocsin.probe.discover import Working, distinct
from tocsin.probe.flaw import Flaw
from tocsin.probe.script import Scene, Script, Scripted, ask, restore
from tocsin.probe.verdict import Broken, judge
from tocsin.scenario.words import VERSIONS, split

NAME = "lost_update"
WRITES = frozenset({"PUT", "PATCH"})
CONFLICTS = frozenset({409, 412, 428})

MOST = 12
"""Things of one scan that are written by two."""


class Kind(StrEnum):
    """What is wrong without a race, worst first."""

    IGNORED = "a version that is out of date is accepted"
    UNVERSIONED = "writers overwrite each other, and no version is offered"


@dataclass(frozen=True, slots=True)
class Writers:
    """Two requests that write one thing, and the read that tells of it.

    ``version`` names what both say that they have read; empty where the server offers nothing.
    ``fields`` are those in which the two differ.
    """

    first: Request
    second: Request
    read: Request
    version: str
    fields: tuple[str, ...]

    @property
    def apart(self) -> bool:
        """Whether each writes a field of its own, so that both changes can be there."""
        return len(self.fields) > 1


def writers(working: Sequence[Working], known: Sequence[Operation]) -> Iterator[Writers]:
    """Two writers for each endpoint that replaces or changes a thing which can be read."""
    seen: set[str] = set()
    for one in distinct(working):
        request = one.request
        if request.method not in WRITES or request.endpoint in seen:
            continue
        found = _writers(request, working, known)
        if found is not None:
            seen.add(request.endpoint)
            yield found


def plan(working: Sequence[Working], wish: Wish) -> list[Attack]:
    """Writers of which serially one is refused, or of which both changes stay."""
    return [
        Attack(NAME, (one.first, one.second), _readers(one, working), both=one.apart)
        for one in writers(working, wish.known)
        if one.version or one.apart
    ][:MOST]


def compare(baseline: Baseline, found: Outcome, method: str) -> Broken | None:
    """The round against both orders: two successes where a version lets one, or a change gone."""
    broken = judge(baseline, found, method)
    if broken is None or broken.name is Name.CRASH:
        return broken
    if broken.name is Name.STALE_CHECK:
        said = f"{found.successes} writers of one version succeed, {baseline.most} in a row"
        return Broken(Name.LOST_UPDATE, said, "TOC212")
    return replace(broken, name=Name.LOST_UPDATE, rule="TOC211")


def script(scene: Scene) -> Script:
    """Write twice with the version that was read first, one after the other."""
    if not scene.free:
        return
    for one in list(writers(scene.working, scene.known))[:MOST]:
        yield from _asked(one)


def _asked(one: Writers) -> Script:
    """Two rounds of it; what they do not agree on is no evidence."""
    flaws = []
    for _ in range(2):
        yield from restore()
        before = (yield from ask(one.read)).response
        first = (yield from ask(one.first)).response
        between = (yield from ask(one.read)).response
        second = (yield from ask(one.second)).response
        after = (yield from ask(one.read)).response
        flaws.append(overwritten(one, (first, second), (before, between, after)))
    yield from restore()
    if flaws[0] is not None and flaws[0] == flaws[1]:
        yield flaws[0]


def overwritten(
    one: Writers, answers: tuple[Response, Response], reads: Sequence[Response]
) -> Flaw | None:
    """Whether the second writer replaced what the first had written; ``reads`` around both.

    A version that the first did not change says nothing about writers.
    """
    first, second = answers
    before, between, after = (body.shown(read) for read in reads)
    if not (_did(first) and _did(second)) or before is None or between is None or after is None:
        return None
    (field, *more) = one.fields
    mine, theirs = ((body.fields(w) or {}).get(field) for w in (one.first, one.second))
    if more or between.get(field) != mine or after.get(field) != theirs:
        return None
    if not one.version:
        if not things(one.first):
            return None
        said = f"replaces {field} {mine!r} by {theirs!r}, and nobody is told"
        return Flaw(Kind.UNVERSIONED, one.second, said)
    versions = [_version(read, one.version) for read in reads[:2]]
    if versions[0] == versions[1]:
        return None
    said = (
        f"answers {second.status} to the {one.version} {versions[0]}, which is {versions[1]} by "
        f"then: {field} {mine!r} is overwritten by {theirs!r}"
    )
    return Flaw(Kind.IGNORED, one.second, said)


CHECK = Check(NAME, plan, compare, WRITES)
SCRIPTED = Scripted(NAME, script)


def _writers(
    request: Request, working: Sequence[Working], known: Sequence[Operation]
) -> Writers | None:
    sent = body.fields(request)
    seen = _seen(request, working)
    row = body.shown(seen.response) if seen is not None else None
    if sent is None or seen is None or row is None:
        return None
    schema = body.schema_of(request, known)
    declared = body.declared(schema)
    choice = {
        name: body.others(row[name], declared.get(name, {}))
        for name in {**sent, **declared}
        if name in row and body.free(name, row[name])
    }
    fields: tuple[str, ...]
    apart = [name for name, values in choice.items() if values and name in declared]
    version, request = _versioned(request, seen, row)
    if not version and len(apart) > 1 and not schema.get("required"):
        fields = (apart[0], apart[1])
        bodies = [{name: choice[name][0]} for name in fields]
    else:
        alone = next((n for n, values in choice.items() if n in sent and len(values) > 1), None)
        if alone is None:
            return None
        fields = (alone,)
        bodies = [{**(body.fields(request) or {}), alone: value} for value in choice[alone]]
    first, second = (body.written(request, one) for one in bodies)
    return Writers(first, second, seen.request, version, fields)


def _seen(request: Request, working: Sequence[Working]) -> Working | None:
    """The read of the thing itself, or of what it is a part of, by who writes it."""
    sent = body.fields(request) or {}
    for place in _places(request):
        for one in working:
            row = body.shown(one.response)
            here = unquote(one.request.path).rstrip("/") == place and one.request.method == "GET"
            if here and one.request.identity == request.identity and row and set(row) & set(sent):
                return one
    return None


def _places(request: Request) -> Iterator[str]:
    """The path, and those above it as long as it names a part: ``/profile/email``, ``/profile``.

    What ``/orders`` tells of ``/orders/1`` is a list.
    """
    path, shape = unquote(request.path).rstrip("/"), request.endpoint.rstrip("/")
    yield path
    while path.count("/") > 1 and not shape.endswith("}"):
        path, shape = path.rpartition("/")[0], shape.rpartition("/")[0]
        yield path


def _versioned(request: Request, seen: Working, row: body.Fields) -> tuple[str, Request]:
    """What both writers say that they have read: a field of the body, or an ETag."""
    sent = body.fields(request) or {}
    for name in sent:
        if VERSIONS & set(split(name)) and name in row:
            return name, body.written(request, {**sent, name: row[name]})
    etag = _etag(seen.response)
    if not etag or seen.request.path != request.path:
        return "", request
    kept = [pair for pair in request.headers if pair[0].lower() != "if-match"]
    return "ETag", replace(request, headers=(*kept, ("If-Match", etag)))


def _etag(response: Response) -> str:
    """A strong one: If-Match is never true of a weak one (RFC 9110 section 13.1.1)."""
    found = next((value for name, value in response.headers if name.lower() == "etag"), "")
    return "" if found.startswith("W/") else found


def _version(response: Response, name: str) -> object:
    return _etag(response) if name == "ETag" else (body.shown(response) or {}).get(name)


def _readers(one: Writers, working: Sequence[Working]) -> tuple[Request, ...]:
    return (one.read, *(read for read in readers(one.first, working) if read != one.read))


def _did(response: Response) -> bool:
    return response.error is None and 200 <= response.status < 300
