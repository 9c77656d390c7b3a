"""Requests that are carried out once, kept in Redis.

Redis and the effect have no common transaction. Who is at work has a lease; when it runs out, the
request is taken for dead, and the next one is carried out, although the dead one may have had its
effect already. A request that is cancelled at work (its client went away, the server stops) is as
good as dead: nobody knows how far it came, so its lease stands, and who sends it again is told to
come back. Where key and effect can be one transaction of one database, take that.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from typing import Any

from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from tocsin.guard.errors import Conflict
from tocsin.guard.idempotency import KEEP, LEASE, Answer, Asked, Record, judge, keeps

_PAUSE = 0.05
_FOREVER = 2**53

# Nothing is there: it is mine. Otherwise what is there.
_CLAIM = """
local found = redis.call('HMGET', KEYS[1], 'fingerprint', 'token', 'answer')
if found[2] then
  return {found[1], found[2], found[3] or '', redis.call('PTTL', KEYS[1])}
end
redis.call('HSET', KEYS[1], 'fingerprint', ARGV[1], 'token', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {}
"""
# Whose lease has run out keeps its answer, unless somebody else is at work by now.
_FINISH = """
local token = redis.call('HGET', KEYS[1], 'token')
if token and token ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'fingerprint', ARGV[1], 'token', ARGV[2], 'answer', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
"""
_ABANDON = """
if redis.call('HGET', KEYS[1], 'token') == ARGV[2] then redis.call('DEL', KEYS[1]) end
"""


@dataclass(frozen=True, slots=True)
class _Script:
    """Run a script on the key, and say what it answered."""

    text: str
    key: str
    args: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class _Work:
    """Carry the request out, and say what it answered."""


@dataclass(frozen=True, slots=True)
class _Pause:
    """Let the first one work."""

    seconds: float


_Step = _Script | _Work | _Pause
_Steps = Generator[_Step, Any, Answer]


def once(
    client: Redis,
    asked: Asked | None,
    work: Callable[[], Answer],
    *,
    keep: float = KEEP,
    lease: float = LEASE,
    wait: float = 0,
    sleep: Callable[[float], None] = time.sleep,
) -> Answer:
    """The answer of ``work``, or the one it gave before.

    ``lease`` is longer than any request takes. When ``work`` raises an ``Exception``, or answers
    500 or more, the key is free again: it has had no effect then. When it is cancelled, or the
    process is told to end (what is no ``Exception``), that is not known: the key stays taken until
    the lease runs out. Without a key (None) there is nothing to do but to work.

    Raises ``Conflict`` when the first is at work for longer than ``wait`` seconds,
    ``Unprocessable`` for another request under the same key.
    """

    def perform(step: _Step) -> Any:
        match step:
            case _Script(text, key, args):
                return client.register_script(text)(keys=[key], args=args)
            case _Pause(seconds):
                return sleep(seconds)
            case _Work():
                return work()

    steps = _steps(asked, keep, lease, wait)
    step = next(steps)
    try:
        while True:
            try:
                told = perform(step)
            except BaseException as error:  # noqa: BLE001 - the steps raise it again
                step = steps.throw(error)
            else:
                step = steps.send(told)
    except StopIteration as done:
        answer: Answer = done.value
        return answer


async def once_async(
    client: AsyncRedis,
    asked: Asked | None,
    work: Callable[[], Awaitable[Answer]],
    *,
    keep: float = KEEP,
    lease: float = LEASE,
    wait: float = 0,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Answer:
    """``once``, awaited.

    Cancelled before ``work`` has begun, it leaves the key free; cancelled after its end, the answer
    is kept all the same.
    """

    def perform(step: _Step) -> Awaitable[Any]:
        match step:
            case _Script(text, key, args):
                return client.register_script(text)(keys=[key], args=args)
            case _Pause(seconds):
                return sleep(seconds)
            case _Work():
                return work()

    steps = _steps(asked, keep, lease, wait)
    step = next(steps)
    try:
        while True:
            try:
                told = await perform(step)
            except BaseException as error:  # noqa: BLE001 - the steps raise it again
                step = steps.throw(error)
            else:
                step = steps.send(told)
    except StopIteration as done:
        answer: Answer = done.value
        return answer


def _steps(asked: Asked | None, keep: float, lease: float, wait: float) -> _Steps:
    """What is to be done, one step after the other, whoever does it."""
    if asked is None:
        answer: Answer = yield _Work()
        return answer
    claim = Record.fresh(asked, 0, lease=lease, keep=keep)
    name = f"tocsin:once:{asked.id}"
    mine = (claim.fingerprint, claim.token)
    pauses = math.ceil(wait / _PAUSE)
    while found := (yield from _claimed(name, mine, round(lease * 1_000))):
        try:
            kept = judge(_record(*found), asked, 0)
        except Conflict:
            if pauses <= 0:
                raise
            yield _Pause(_PAUSE)
            pauses -= 1
            continue
        assert kept is not None  # noqa: S101 - Redis has deleted what is over
        return kept
    try:
        answer = yield _Work()
    except Exception:
        yield _Script(_ABANDON, name, mine)
        raise
    last = _Script(_ABANDON, name, mine)
    if keeps(answer):
        last = _Script(_FINISH, name, (*mine, round(keep * 1_000), answer.encode()))
    yield from _insisting(last, last)
    return answer


def _claimed(name: str, mine: tuple[str, str], lease: int) -> Generator[_Step, Any, Any]:
    """What was there before; nothing, when the key is mine now."""
    # Cancelled here, nothing was begun, and nobody will finish: the key may be mine or not.
    claim, abandon = _Script(_CLAIM, name, (*mine, lease)), _Script(_ABANDON, name, mine)
    return (yield from _insisting(claim, abandon))


def _insisting(step: _Step, otherwise: _Step) -> Generator[_Step, Any, Any]:
    """A step, and another one before leaving when that was cancelled."""
    try:
        return (yield step)
    except (Exception, GeneratorExit):
        raise
    except BaseException:
        yield otherwise
        raise


def _record(fingerprint: Any, token: Any, answer: Any, left: int) -> Record:
    # Clients give texts or bytes, as they were told to.
    return Record(_text(fingerprint), _text(token), max(1, left), _FOREVER, _text(answer) or None)


def _text(told: Any) -> str:
    return told.decode() if isinstance(told, bytes) else str(told)
