"""Duplicate create: two requests make different things of one name, where only one may have it.

Copies of one request are `parallel_replay`'s: servers that recognise a repetition refuse those, and
still let two people take the same name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from tocsin.model.anomaly import Name
from tocsin.model.http import Operation, Request
from tocsin.probe import body
from tocsin.probe.baseline import Baseline, Outcome
from tocsin.probe.checks.base import Attack, Check, Wish
from tocsin.probe.checks.readers import readers
from tocsin.probe.discover import Working, distinct
from tocsin.probe.verdict import Broken, judge, made
from tocsin.scenario.words import KEYS, LABELS, split

NAME = "duplicate_create"

MOST = 12
"""Pairs of one scan."""

NATURAL = LABELS | KEYS | {"email", "mail", "username", "login", "handle", "sku", "isbn", "iban"}
"""Last words of fields by which people tell things apart."""


def plan(working: Sequence[Working], wish: Wish) -> list[Attack]:
    """Two requests for each endpoint that makes something, alike in the natural key alone."""
    found: dict[str, Attack] = {}
    for one in distinct(working):
        request = one.request
        if request.method != "POST" or request.endpoint.endswith("}") or request.endpoint in found:
            continue
        other = next(_namesakes(request, working, wish.known), None)
        if other is not None:
            found[request.endpoint] = Attack(NAME, (request, other), readers(request, working))
    return list(found.values())[:MOST]


def compare(baseline: Baseline, found: Outcome, method: str) -> Broken | None:
    """The round against both orders: more successes than one name allows, or more rows."""
    broken = judge(baseline, found, method)
    if broken is None or broken.name is not Name.STALE_CHECK or not made(found):
        return broken
    said = f"{found.successes} requests take one name, {baseline.most} in a row"
    return Broken(Name.DUPLICATE_CREATE, said)


CHECK = Check(NAME, plan, compare, frozenset({"POST"}))


def _namesakes(
    request: Request, working: Sequence[Working], known: Sequence[Operation]
) -> Iterator[Request]:
    """The same with something else changed; or the same of somebody else."""
    sent = body.fields(request)
    if sent is None or not any(map(_natural, sent)):
        return
    declared: Mapping[str, Mapping[str, object]] = body.declared(body.schema_of(request, known))
    for name, value in sent.items():
        if body.free(name, value) and not _natural(name):
            for other in body.others(value, declared.get(name, {})):
                yield body.written(request, {**sent, name: other})
    for one in working:
        if one.request.endpoint == request.endpoint and one.request.identity != request.identity:
            yield body.written(replace(one.request, path=request.path, query=request.query), sent)


def _natural(name: str) -> bool:
    words = split(name)
    return bool(words) and words[-1] in NATURAL
