"""Property-level authorization: what is written though it is not to be, and shown though it is not.

No race. Only what the schema or the API itself contradicts is told: a property that the request's
schema does not have, or calls read-only, and that changes when it is sent; one that is write-only,
or a secret that the answer's schema does not have, and that is answered; one that the API keeps
from somebody in one place and gives them in another. Source: OWASP API3:2023 (broken object
property level authorization).
"""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from tocsin.model.http import Operation, Request
from tocsin.model.table import Row
from tocsin.probe import body
from tocsin.probe.discover import Working, distinct, listed, single
from tocsin.probe.flaw import Flaw
from tocsin.probe.ownership import Owned, aimed, dressed, owned, peers
from tocsin.probe.script import Came, Scene, Script, Scripted, Step, ask, restore
from tocsin.scenario.words import KEYS, noun, split

NAME = "properties"

MOST = 40
"""So many properties are sent in one scan, and so many things are compared."""

EACH = 6
"""Properties of one endpoint."""

SECRETS = frozenset({"password", "passwd", "pwd", "salt", "secret", "cvv", "cvc", "otp", "totp"})
"""Words of properties that nobody is to be shown."""

MASKS = frozenset({"hidden", "redacted", "masked", "removed", "secret", "filtered", "protected"})
"""Words that stand in the place of a secret."""

TELLING = (
    frozenset({"role", "roles", "admin", "staff", "superuser", "permissions", "scope", "group"}),
    frozenset({"owner", "user", "tenant", "account", "organization"}),
    frozenset({"balance", "credit", "credits", "price", "total", "paid", "verified", "status"}),
)
"""Words of properties that are worth writing, the worst first."""

WRITES = frozenset({"POST", "PUT", "PATCH"})


class Kind(StrEnum):
    """What is wrong, worst first."""

    ASSIGNED = "a property that is not to be written can be written"
    KEPT = "a property that is kept from others is shown to them"
    SHOWN = "a property that is not to be shown is answered"


@dataclass(frozen=True, slots=True)
class Writing:
    """A request with one more property, the same without, and where to see what came of it."""

    plain: Request
    more: Request
    read: Operation | Request
    name: str
    value: object
    declared: bool


def shown(working: Sequence[Working], known: Sequence[Operation]) -> Iterator[Flaw]:
    """Properties in answers that the schema does not let through; one for each endpoint."""
    secret = {(noun_of(one), name) for one in known for name in _marked(one, "writeOnly")}
    operations = {one.endpoint: one for one in known}
    told: set[str] = set()
    for one in working:
        request = one.request
        operation = operations.get(request.endpoint)
        if request.method != "GET" or operation is None or request.endpoint in told:
            continue
        for name in _names(one):
            written = (noun_of(operation), name) in secret
            excess = bool(operation.shown) and name not in operation.shown and _secret(name)
            if written or excess:
                told.add(request.endpoint)
                why = "is write-only" if written else "is not in the answer's schema"
                yield Flaw(Kind.SHOWN, request, f"answers with {name}, which {why}")
                break


def writings(working: Sequence[Working], known: Sequence[Operation]) -> tuple[Writing, ...]:
    """Properties that the thing has and its request has not, the most telling first."""
    found: list[Writing] = []
    seen: set[str] = set()
    for one in distinct(working):
        request = one.request
        if request.method in WRITES and request.endpoint not in seen:
            made = list(_writings(one, working, known))
            if made:
                seen.add(request.endpoint)
                found += made[:EACH]
    return tuple(found[:MOST])


def assigned(writing: Writing, without: Row, with_it: Row) -> Flaw | None:
    """Whether the property has the value that was sent, and has it for that reason alone."""
    name, value = writing.name, writing.value
    if with_it.get(name) != value or without.get(name) == value or name not in without:
        return None
    why = "which it calls read-only" if writing.declared else "which its schema does not have"
    said = f"takes {name} {value!r}, {why}; without it {name} is {without[name]!r}"
    return Flaw(Kind.ASSIGNED, writing.more, said)


def script(scene: Scene) -> Script:
    """What is shown; what is kept from somebody, and where; what can be written."""
    yield from shown(scene.working, scene.known)
    yield from _kept(scene)
    told: set[str] = set()
    for writing in writings(scene.working, scene.known) if scene.free else ():
        if writing.plain.endpoint in told:
            continue
        without = yield from _written(writing.plain, writing.read)
        with_it = yield from _written(writing.more, writing.read)
        flaw = assigned(writing, without, with_it) if without and with_it else None
        if flaw is not None:
            told.add(writing.plain.endpoint)
            yield flaw
    yield from restore()


SCRIPTED = Scripted(NAME, script)


def noun_of(operation: Operation) -> str:
    """What an operation is about: ``GET /users/{id}`` of a user."""
    parts = [part for part in operation.path.split("/") if part and "{" not in part]
    return noun(parts[-1]) if parts else ""


def _names(one: Working) -> list[str]:
    rows = listed(one.response.body) or single(one.response.body)
    return sorted({name for row in rows for name, value in row.items() if _told(value)})


def _told(value: object) -> bool:
    """Whether a value says something: neither nothing nor a mask (``****``, ``<hidden>``)."""
    return (
        isinstance(value, str)
        and bool(set(value.lower()) - set("x*.•-_# "))
        and not (MASKS & set(split(value)))
    )


def _secret(name: str) -> bool:
    return bool(SECRETS & set(split(name)))


def _marked(operation: Operation, mark: str) -> Iterator[str]:
    schema = operation.body or {}
    for name, part in body.declared({**schema}).items():
        if part.get(mark) is True:
            yield name


def _writings(
    one: Working, working: Sequence[Working], known: Sequence[Operation]
) -> Iterator[Writing]:
    request = one.request
    sent = body.fields(request)
    schema = body.schema_of(request, known)
    declared = body.declared(schema)
    found = _read_of(one, working, known)
    # A schema that is learnt from examples says nothing of what else there may be.
    typed = any({"type", "anyOf", "enum", "allOf"} & part.keys() for part in declared.values())
    if sent is None or found is None or not typed or schema.get("additionalProperties"):
        return
    read, row = found
    for name in sorted(row, key=_rank):
        part = declared.get(name)
        if set(split(name)) & KEYS or (part is not None and part.get("readOnly") is not True):
            continue
        for value in _values(name, row[name], working, part or {}):
            more = body.written(request, {**sent, name: value})
            yield Writing(request, more, read, name, value, part is not None)


def _read_of(
    one: Working, working: Sequence[Working], known: Sequence[Operation]
) -> tuple[Operation | Request, Row] | None:
    """Where the thing can be read back (GET of the same path, or of what was made), and its row."""
    request = one.request
    if request.method == "POST":
        made = single(one.response.body)
        path = request.endpoint.partition(" ")[2].rstrip("/")
        reads = [o for o in known if o.method == "GET" and o.path.startswith(f"{path}/{{")]
        if made and reads and reads[0].path.count("{") == 1 and _key(made[0]):
            return reads[0], made[0]
        return None
    for read in working:
        same = read.request.method == "GET" and read.request.path == request.path
        rows = single(read.response.body) if same else []
        if rows and read.request.identity == request.identity:
            return read.request, rows[0]
    return None


def _key(row: Row) -> str:
    """The value that names what was made."""
    return next((str(row[name]) for name in ("id", "uuid", "pk", "key", "slug") if name in row), "")


def _values(
    name: str, value: object, working: Sequence[Working], part: Mapping[str, object]
) -> list[object]:
    """Two other values: those that other rows have first, since they are some that there are."""
    rows = (row for one in working for row in listed(one.response.body))
    others = [row[name] for row in rows if name in row and row[name] != value]
    alike = [one for one in dict.fromkeys(others) if type(one) is type(value)]
    return [*alike, *body.others(value, part)][:2]


def _rank(name: str) -> tuple[int, str]:
    words = set(split(name))
    return next((n for n, some in enumerate(TELLING) if some & words), len(TELLING)), name


def _written(request: Request, read: Operation | Request) -> Generator[Step, Came, Row | None]:
    """The thing after the request; ``None`` if that was refused, or it cannot be read."""
    yield from restore()
    answer = (yield from ask(request)).response
    if not answer.ok:
        return None
    if isinstance(read, Operation):
        made = single(answer.body)
        before, _, rest = read.path.partition("{")
        path = before + quote(_key(made[0]) if made else "", safe="") + rest.partition("}")[2]
        read = Request(f"GET {path}", read.endpoint, "GET", path, (), _bare(request), b"",
                       request.identity)  # fmt: skip
    seen = (yield from ask(read)).response
    rows = single(seen.body) if seen.ok else []
    return rows[0] if rows else None


def _bare(request: Request) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in request.headers if not pair[0].lower().startswith("content-"))


def _kept(scene: Scene) -> Script:
    """A property that the owner is shown of a thing, a stranger not, and yet somewhere else."""
    lists = [one for one in scene.working if listed(one.response.body)]
    told: set[str] = set()
    for thing, own, foreign in itertools.islice(_pairs(scene), MOST):
        mine = (yield from ask(own)).response
        theirs = (yield from ask(foreign)).response
        if not (mine.ok and theirs.ok):
            continue
        near = [one for one in lists if one.request.identity == foreign.identity]
        same = [one for one in near if _noun(one.request) == thing.noun]
        for flaw in leaks(single(mine.body), single(theirs.body), same):
            if flaw.request.endpoint not in told:
                told.add(flaw.request.endpoint)
                yield flaw


def leaks(mine: Sequence[Row], theirs: Sequence[Row], lists: Sequence[Working]) -> Iterator[Flaw]:
    """Lists that show a stranger what an answer kept from them, of the same thing."""
    if not mine or not theirs or not _key(mine[0]) or _key(mine[0]) != _key(theirs[0]):
        return
    hidden = {name for name, value in mine[0].items() if value not in ("", None)} - set(theirs[0])
    for one in lists:
        for row in listed(one.response.body):
            if _key(row) != _key(mine[0]):
                continue
            for name in sorted(hidden & set(row)):
                if row[name] == mine[0][name]:
                    said = f"shows {one.request.identity} the {name} of {_key(row)}, which is kept "
                    yield Flaw(Kind.KEPT, one.request, said + "from them where it is read alone")
                    return


def _pairs(scene: Scene) -> Iterator[tuple[Owned, Request, Request]]:
    """One thing, read by its owner and by somebody who may no more than they."""
    for thing, one in itertools.product(owned(scene.working, scene.identities), scene.working):
        here = aimed(one.request, thing) if one.request.method == "GET" else None
        owner = scene.identities.get(thing.owner)
        if here is None or owner is None:
            continue
        before = scene.identities.get(one.request.identity)
        for stranger in (scene.identities.get(name) for name in thing.strangers):
            if stranger is not None and peers(owner, stranger, scene.cells):
                yield thing, dressed(here, before, owner), dressed(here, before, stranger)


def _noun(read: Request) -> str:
    return noun(read.path.rstrip("/").rsplit("/", 1)[-1])
