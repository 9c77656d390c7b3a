"""redis-py, sync and async: keys that all workers share, and what looks and changes at once.

Sources: redis.io/docs/latest/commands; redis.readthedocs.io, "Redis commands" and "Lock".
"""

from __future__ import annotations

from tocsin.stores.calls.base import Act, Call, Library, rows

_REDIS = "redis.Redis"
_LOCK = "redis.Lock"
_CLIENTS = (
    "redis.Redis redis.StrictRedis redis.client.Redis redis.client.StrictRedis redis.RedisCluster"
    " redis.asyncio.Redis redis.asyncio.StrictRedis redis.asyncio.client.Redis"
    " redis.asyncio.RedisCluster redis.cluster.RedisCluster aioredis.Redis fakeredis.FakeRedis"
    " valkey.Valkey valkey.asyncio.Valkey flask_redis.FlaskRedis"
).split()
_MODULES = ("redis", "redis.asyncio", "aioredis", "valkey", "valkey.asyncio")

_COMMANDS = (
    *rows(
        Act.LOOK,
        _REDIS,
        "get exists hget hgetall hmget hexists hlen hkeys hvals sismember smembers scard llen"
        " lrange lindex zscore zcard zrange zrank mget strlen getbit ttl pttl",
        subject=0,
        store="cache",
    ),
    *rows(
        Act.PUT,
        _REDIS,
        "set setex psetex hset hmset lpush rpush sadd zadd setbit setrange append",
        subject=0,
        store="cache",
    ),
    *rows(
        Act.PUT,
        _REDIS,
        "delete unlink hdel srem lrem zrem ltrim",
        subject=0,
        store="cache",
        word="remove",
    ),
    *rows(
        Act.TAKE,
        _REDIS,
        "setnx hsetnx getdel getset getex spop lpop rpop blpop brpop lmove zpopmin zpopmax",
        subject=0,
        store="cache",
        word="take",
    ),
    *rows(
        Act.TAKE,
        _REDIS,
        "incr incrby incrbyfloat decr decrby hincrby hincrbyfloat zincrby",
        subject=0,
        store="cache",
        word="count",
    ),
)

# A lock is the key that it is made for, wherever the object was made.
_LOCKS = (
    Call(f"{_REDIS}.lock", Act.MAKE, _LOCK, word="named"),
    Call("redis.lock.Lock", Act.MAKE, _LOCK, word="named"),
    Call("redis.asyncio.lock.Lock", Act.MAKE, _LOCK, word="named"),
    Call(f"{_LOCK}.__enter__", Act.HOLD, word="redis"),
    Call(f"{_LOCK}.acquire", Act.ACQUIRE, word="redis"),
    Call(f"{_LOCK}.release", Act.RELEASE, word="redis"),
)

LIBRARY = Library(
    name="redis",
    calls=(
        *_COMMANDS,
        *_LOCKS,
        *(Call(f"{module}.from_url", Act.MAKE, _REDIS) for module in _MODULES),
        *(Call(f"{name}.from_url", Act.MAKE, _REDIS) for name in _CLIENTS),
    ),
    types={
        **dict.fromkeys(_CLIENTS, _REDIS),
        **{f"{name}.from_url": _REDIS for name in (*_MODULES, *_CLIENTS)},
        "redis.lock.Lock": _LOCK,
        "redis.asyncio.lock.Lock": _LOCK,
    },
)
