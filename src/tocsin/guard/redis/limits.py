"""Limits whose tallies are hashes in Redis, taken from by a script, which runs alone.

What is taken is taken at once, and stays so when a transaction of another database is rolled back:
``refund`` then. A tally that has ended is deleted by Redis.
"""

from __future__ import annotations

import time
from typing import Any

from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from tocsin.guard.limits import NEVER, Clock, Draw, Limit, Tally, digest, drawing

_READ = """
local kept = redis.call('HMGET', KEYS[1], 'used', 'ends')
local used, ends = tonumber(kept[1] or '0'), tonumber(kept[2] or '0')
local n, now, step = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local function keep(used, ends)
  redis.call('HSET', KEYS[1], 'used', string.format('%.0f', used), 'ends',
    string.format('%.0f', ends))
  if ends < tonumber(ARGV[4]) then
    redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.ceil((ends - now) / 1000)))
  end
end
"""

_TAKE = f"""{_READ}
local begin, most, latest = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local taken, until_ = used + n, ends + step
if ends <= now then
  taken, until_ = n, begin
elseif taken > most or until_ > latest then
  return {{0, used, ends}}
end
keep(taken, until_)
return {{1, taken, until_}}
"""

_GIVE_BACK = f"""{_READ}
if ends > now then
  keep(math.max(0, used - n), ends - step)
end
"""


def consume(
    client: Redis, limit: Limit, key: str | int, n: int = 1, *, clock: Clock = time.time
) -> int:
    """Take ``n`` of what the key may use, and answer how much is left.

    Raises ``TooMany`` with ``Retry-After``, ``Conflict`` where a stock is used up or never has
    that much, ``Unprocessable`` for an amount below 1. Nothing is taken then.
    """
    draw = drawing(limit, n, clock)
    return _left(limit, draw, client.register_script(_TAKE)(**_take(limit, key, draw)))


async def consume_async(
    client: AsyncRedis, limit: Limit, key: str | int, n: int = 1, *, clock: Clock = time.time
) -> int:
    """``consume``, awaited."""
    draw = drawing(limit, n, clock)
    return _left(limit, draw, await client.register_script(_TAKE)(**_take(limit, key, draw)))


def refund(
    client: Redis, limit: Limit, key: str | int, n: int = 1, *, clock: Clock = time.time
) -> None:
    """Give back ``n`` that were taken; what has ended by itself stays ended."""
    draw = drawing(limit, n, clock)
    client.register_script(_GIVE_BACK)(**_back(limit, key, draw))


async def refund_async(
    client: AsyncRedis, limit: Limit, key: str | int, n: int = 1, *, clock: Clock = time.time
) -> None:
    """``refund``, awaited."""
    draw = drawing(limit, n, clock)
    await client.register_script(_GIVE_BACK)(**_back(limit, key, draw))


def reset(client: Redis, limit: Limit, key: str | int) -> None:
    """Forget what the key has used: a login has succeeded."""
    client.delete(_name(limit, key))


async def reset_async(client: AsyncRedis, limit: Limit, key: str | int) -> None:
    """``reset``, awaited."""
    await client.delete(_name(limit, key))


def _name(limit: Limit, key: str | int) -> str:
    return f"tocsin:tally:{digest(limit, key)}"


def _back(limit: Limit, key: str | int, draw: Draw) -> dict[str, Any]:
    return {"keys": [_name(limit, key)], "args": [draw.n, draw.now, draw.step, NEVER]}


def _take(limit: Limit, key: str | int, draw: Draw) -> dict[str, Any]:
    asked = _back(limit, key, draw)
    return asked | {"args": [*asked["args"], draw.begin, draw.most, draw.latest]}


def _left(limit: Limit, draw: Draw, told: Any) -> int:
    taken, used, ends = told
    tally = Tally(int(used), int(ends))
    if not taken:
        raise limit.refusal(draw, tally)
    return limit.left(tally, draw.now)
