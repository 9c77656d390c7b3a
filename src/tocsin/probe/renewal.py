"""A subject of its own for every run, where nobody can put the state back. Nothing is sent here.

What works once works again on something new: a thing that a POST makes (an order to cancel), a name
that nobody has taken yet, the version of today.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote, unquote

from tocsin.model.http import Identity, Operation, Request, Response
from tocsin.probe import body
from tocsin.probe.discover import Working
from tocsin.probe.effect import KEYS
from tocsin.probe.leftovers import made_key
from tocsin.probe.ownership import dressed
from tocsin.scenario import words
from tocsin.scenario.draft import WRITING
from tocsin.scenario.fitting import fits

SAMPLE = "-tocsin-6a000000-fff"
"""As long as marks are: what has no room for one is not marked."""

NEW = "-new"
"""What a run's mark is told as: runs are compared, and each has a mark of its own."""

_READS = 3
"""So many reads are asked for the version of today."""

Thing = tuple[str, str]
"""What kind it is, as one noun, and the key that names it."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """How an attack gets something new: ``makers`` are POSTs; ``fields`` take any text."""

    makers: tuple[Request, ...] = ()
    fields: tuple[str, ...] = ()


NOTHING_NEW = Renewal()


@dataclass(frozen=True, slots=True)
class Turn:
    """One run: its own requests for those of the attack; what is read, told in terms of any run."""

    requests: Mapping[Request, Request] = field(default_factory=dict)
    mark: str = ""
    made: Mapping[str, str] = field(default_factory=dict)

    def of(self, request: Request) -> Request:
        """The request of this run."""
        return self.requests.get(request, request)

    def told(self, content: object, name: str = "") -> object:
        """What was read, the same for every run in which the same happened."""
        if isinstance(content, dict):
            return {key: self.told(value, key) for key, value in content.items()}
        if isinstance(content, list):
            return [self.told(one, name) for one in content]
        if _names_a_key(name) and str(content) in self.made:
            return f"the new {self.made[str(content)]}"
        return (
            content.replace(self.mark, NEW) if isinstance(content, str) and self.mark else content
        )


def renewal(
    requests: Sequence[Request],
    working: Sequence[Working],
    known: Sequence[Operation],
    identities: Mapping[str, Identity],
) -> Renewal:
    """What the API offers to make these requests work again."""
    wanted = dict.fromkeys(noun for one in requests for noun, _ in _things(one))
    found = (maker(noun, requests[0].identity, working, identities) for noun in wanted)
    makers = tuple(one for one in found if one is not None)
    fields = (name for one in (*requests, *makers) for name in _free(one, known))
    return Renewal(makers, tuple(dict.fromkeys(fields)))


def lacking(made: Renewal, requests: Sequence[Request]) -> str:
    """What an attack needs that nothing makes; empty if there is nothing."""
    nouns = {_noun(one) for one in made.makers}
    missing = (noun for one in requests for noun, _ in _things(one) if noun not in nouns)
    return next(missing, "")


def aligned(working: Sequence[Working]) -> list[Working]:
    """The same with one key for all things of a kind that can be made: each run makes another.

    Two requests meet only where they are for one thing, and each worked with one of its own.
    """
    making = {_noun(one.request) for one in working if _makes(one)}
    first: dict[str, str] = {}
    for noun, key in (thing for one in working for thing in _things(one.request)):
        if noun in making:
            first.setdefault(noun, key)
    found = []
    for one in working:
        keys = {thing: first[thing[0]] for thing in _things(one.request) if thing[0] in first}
        moved = one.request if one.given or one.reads else _aimed(one.request, keys)
        name = one.request.name.replace(one.request.path, moved.path, 1)
        found.append(replace(one, request=replace(moved, name=name)))
    return found


def turn(
    made: Renewal, requests: Sequence[Request], readers: Sequence[Request], mark: str
) -> Generator[Request, Response, Turn]:
    """Yield what is to be asked before a run, be sent the answers, return the run's requests."""
    keys: dict[Thing, str] = {}
    for thing in dict.fromkeys(thing for one in requests for thing in _things(one)):
        making = next((one for one in made.makers if _noun(one) == thing[0]), None)
        if making is None:
            continue
        response = yield _marked(making, made.fields, mark)
        if key := key_in(response, making.path):
            keys[thing] = key
    moved = {one: _aimed(one, keys) for one in (*requests, *readers)}
    for one in dict.fromkeys(requests):
        today = yield from _versioned(moved[one], [moved[read] for read in readers])
        moved[one] = _marked(today, made.fields, mark)
    return Turn(moved, mark, {key: noun for (noun, _), key in keys.items()})


def _things(request: Request) -> Iterator[Thing]:
    """What the path names, and the fields that hold keys."""
    shape, path = request.endpoint.partition(" ")[2].split("/"), request.path.split("/")
    if len(shape) == len(path):
        for before, part, given in zip(shape, shape[1:], path[1:], strict=False):
            if re.fullmatch(r"\{[^{}]+\}", part) and before and "{" not in before:
                yield words.noun(before), unquote(given)
    for name, value in (body.fields(request) or {}).items():
        noun = _head(name)
        if noun and isinstance(value, (str, int)) and not isinstance(value, bool):
            yield noun, str(value)


def _head(name: str) -> str:
    """``order_id`` holds the key of an order."""
    parts = words.split(name)
    return words.noun("_".join(parts[:-1])) if len(parts) > 1 and parts[-1] in words.KEYS else ""


def _names_a_key(name: str) -> bool:
    return name in KEYS or bool(_head(name))


def _noun(maker: Request) -> str:
    return words.noun(maker.path.rstrip("/").rpartition("/")[2])


def key_in(response: Response, path: str) -> str:
    """What names the thing that a POST to ``path`` was answered to have made."""
    location = next((v for n, v in response.headers if n.lower() == "location"), "")
    return made_key(location, response.body, path, "id") if response.ok else ""


def _makes(one: Working) -> bool:
    """Whether it is a POST to a collection that tells the key of what it made."""
    request = one.request
    makes = request.method == "POST" and "{" not in request.endpoint
    return makes and bool(key_in(one.response, request.path))


def maker(
    noun: str, who: str, working: Sequence[Working], identities: Mapping[str, Identity]
) -> Request | None:
    """A request that makes one of these, sent by this identity."""
    for one in sorted(working, key=lambda each: each.request.identity != who):
        request = one.request
        if not _makes(one) or _noun(request) != noun:
            continue
        if request.identity == who or who not in identities:
            return request
        return dressed(request, identities.get(request.identity), identities[who])
    return None


def _free(request: Request, known: Sequence[Operation]) -> Iterator[str]:
    """Fields of the body that take any text, as far as the document says."""
    if request.method not in WRITING:
        return
    declared = body.declared(body.schema_of(request, known))
    for name, value in (body.fields(request) or {}).items():
        schema = declared.get(name, {})
        text = isinstance(value, str) and body.free(name, value) and not words.is_amount(name)
        plain = schema.get("format") in {None, "email"}
        if text and plain and fits(_with_mark(str(value), SAMPLE), schema):
            yield name


def _marked(request: Request, fields: Sequence[str], mark: str) -> Request:
    sent = body.fields(request) if request.method in WRITING else None
    texts = {n: v for n, v in (sent or {}).items() if n in fields and isinstance(v, str)}
    if not sent or not texts:
        return request
    new = {name: _with_mark(value, mark) for name, value in texts.items()}
    return body.written(request, {**sent, **new})


def _with_mark(text: str, mark: str) -> str:
    name, at, host = text.partition("@")
    return f"{name}{mark}{at}{host}"


def _aimed(request: Request, keys: Mapping[Thing, str]) -> Request:
    """The request for the new things."""
    shape, path = request.endpoint.partition(" ")[2].split("/"), request.path.split("/")
    if len(shape) == len(path):
        for place in range(1, len(path)):
            thing = (words.noun(shape[place - 1]), unquote(path[place]))
            if shape[place].startswith("{") and thing in keys:
                path[place] = quote(keys[thing], safe="")
    sent = body.fields(request) or {}
    new = {
        name: int(key) if isinstance(value, int) and key.isdecimal() else key
        for name, value in sent.items()
        if (key := keys.get((_head(name), str(value)), "")) and not isinstance(value, bool)
    }
    moved = replace(request, path="/".join(path))
    return body.written(moved, {**sent, **new}) if new else moved


def _versioned(
    request: Request, readers: Sequence[Request]
) -> Generator[Request, Response, Request]:
    """The request with the version that there is now, in its body or as ``If-Match``."""
    sent = body.fields(request) or {}
    names = [name for name in sent if words.VERSIONS & set(words.split(name))]
    matches = any(name.lower() == "if-match" for name, _ in request.headers)
    if request.method not in {"PUT", "PATCH"} or not (names or matches):
        return request
    near = [one for one in readers if one.identity == request.identity]
    for read in near[:_READS]:
        response = yield read
        row = body.shown(response) or {}
        etag = next((v for n, v in response.headers if n.lower() == "etag"), "")
        today = {name: row[name] for name in names if name in row}
        if today:
            return body.written(request, {**sent, **today})
        if matches and etag and read.path == request.path:
            kept = [pair for pair in request.headers if pair[0].lower() != "if-match"]
            return replace(request, headers=(*kept, ("If-Match", etag)))
    return request
