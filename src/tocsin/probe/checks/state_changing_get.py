"""State-changing GET: reads after which other reads tell something else.

Caches, prefetchers, crawlers and retries send GET as often as they like (RFC 9110 section 9.2.1).
Reads that are counted or remembered as the latest are none of these, nor is what a first read
makes because it is missing: nobody asked for that.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping, Sequence
from enum import StrEnum
from urllib.parse import unquote

from tocsin.model.http import Request
from tocsin.probe.discover import Working, distinct
from tocsin.probe.effect import Change, Effect, content, effect
from tocsin.probe.flaw import Flaw
from tocsin.probe.script import Came, Scene, Script, Scripted, Step, ask, restore
from tocsin.scenario.words import split

NAME = "state_changing_get"

MOST = 40
"""Reads of one scan; each endpoint once."""

COUNTED = frozenset(
    {
        *("view", "views", "hit", "hits", "visit", "visits", "read", "reads", "unread", "seen"),
        *("accessed", "access", "last", "download", "downloads", "requests", "served", "latency"),
        *("time", "timestamp", "now", "uptime", "date", "expires", "nonce", "random"),
    }
)
"""Words of columns that count or date reads, or differ anyway."""


class Kind(StrEnum):
    """What is wrong."""

    CHANGES = "a read changes state"


def reads(working: Sequence[Working]) -> tuple[Request, ...]:
    """The first read of each endpoint."""
    found: dict[str, Request] = {}
    for one in distinct(working):
        if one.request.method == "GET":
            found.setdefault(one.request.endpoint, one.request)
    return tuple(found.values())[:MOST]


def asked_for(changed: Effect) -> list[Change]:
    """What changed, but for what counts or dates reads."""
    return [one for one in sorted(changed) if not COUNTED & set(split(_column(one.path)))]


def script(scene: Scene) -> Script:
    """Read everything twice; where something differs, find out after which read it does."""
    known = reads(scene.working)
    if not scene.restores or len(known) < 2:
        return
    yield from restore()
    first = yield from _all(known)
    second = yield from _all(known)
    told: set[Request] = set()
    for witness in known:
        label = _label(witness)
        if not asked_for(effect({label: first[label]}, {label: second[label]})):
            continue
        # What differs when nothing else is read tells of clocks, not of reads.
        if (yield from _changed(witness)):
            continue
        for suspect in known:
            if suspect in told or suspect == witness:
                continue
            said = yield from _guilty(witness, suspect)
            if said:
                told.add(suspect)
                reason = f"answers, and afterwards {'; '.join(map(str, said[:3]))}"
                yield Flaw(Kind.CHANGES, suspect, reason)
    yield from restore()


SCRIPTED = Scripted(NAME, script)


def _guilty(witness: Request, suspect: Request) -> Generator[Step, Came, list[Change]]:
    """What the suspect changes, twice the same, and not because something was missing."""
    said = yield from _changed(witness, suspect)
    if not said or said != (yield from _changed(witness, suspect)):
        return []
    if all(one.kind == "gains" for one in said):
        again = yield from _changed(witness, suspect, before=(suspect,))
        return said if again else []
    return said


def _changed(
    witness: Request, *suspects: Request, before: Sequence[Request] = ()
) -> Generator[Step, Came, list[Change]]:
    """What the witness tells otherwise after the suspects were read; ``before`` they are once."""
    label = _label(witness)
    yield from restore()
    for one in before:
        yield from ask(one)
    first = (yield from ask(witness)).response
    for one in suspects:
        yield from ask(one)
    last = (yield from ask(witness)).response
    return asked_for(effect({label: content(first)}, {label: content(last)}))


def _all(known: Sequence[Request]) -> Generator[Step, Came, Mapping[str, object]]:
    found: dict[str, object] = {}
    for one in known:
        reply = yield from ask(one)
        found[_label(one)] = content(reply.response)
    return found


def _label(read: Request) -> str:
    return f"{read.method} {unquote(read.path)} as {read.identity}"


def _column(path: str) -> str:
    """The last name in ``GET /orders as alice[].status``."""
    return re.split(r"[ .\[\]]+", path.rstrip("[]"))[-1]
