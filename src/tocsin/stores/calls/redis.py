"""redis-py, sync and async: keys that all workers share, and what looks and changes at once.

A key of a hash is a thing of its own: ``field`` rows name it with their second argument. A pipeline
that watches a key stores nothing when somebody else has changed it (WatchError); a script runs
alone.

Sources: redis.io/docs/latest/commands; redis.io/docs/latest/develop/interact/transactions;
redis.readthedocs.io, "Redis commands", "Lock" and "Pipelines".
"""

from __future__ import annotations

from tocsin.stores.calls.base import Act, Call, Library, rows

_REDIS = "redis.Redis"
_LOCK = "redis.Lock"
_PIPELINE = "redis.Pipeline"
_SCRIPT = "redis.Script"
WATCH = "watch"
"""The verb of a look that makes what follows conditional on nobody else's change."""

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
        "get exists hgetall hmget hlen hkeys hvals sismember smismember smembers scard llen"
        " lrange lindex lpos zscore zcard zcount zrange zrevrange zrangebyscore zrank zrevrank mget"
        " strlen getbit getrange bitcount ttl pttl type xlen xrange",
        subject=0,
        store="cache",
    ),
    *rows(Act.LOOK, _REDIS, "hget hexists", subject=0, store="cache", shape="field"),
    *rows(
        Act.PUT,
        _REDIS,
        "set setex psetex hmset lpush rpush lset linsert sadd zadd setbit setrange append xadd",
        subject=0,
        store="cache",
    ),
    Call(f"{_REDIS}.hset", Act.PUT, subject=0, store="cache", shape="field"),
    *rows(
        Act.PUT,
        _REDIS,
        "delete unlink srem lrem zrem zremrangebyscore zremrangebyrank ltrim",
        subject=0,
        store="cache",
        word="remove",
    ),
    Call(f"{_REDIS}.hdel", Act.PUT, subject=0, store="cache", word="remove", shape="field"),
    *rows(
        Act.TAKE,
        _REDIS,
        "setnx getdel getset getex spop lpop rpop blpop brpop lmove rpoplpush smove zpopmin"
        " zpopmax bzpopmin bzpopmax",
        subject=0,
        store="cache",
        word="take",
    ),
    *rows(
        Act.TAKE,
        _REDIS,
        "incr incrby incrbyfloat decr decrby zincrby",
        subject=0,
        store="cache",
        word="count",
    ),
    *rows(
        Act.TAKE,
        _REDIS,
        "hincrby hincrbyfloat",
        subject=0,
        store="cache",
        word="count",
        shape="field",
    ),
    Call(f"{_REDIS}.hsetnx", Act.TAKE, subject=0, store="cache", word="take", shape="field"),
    # What changes no content: when a key goes, who is told.
    *rows(
        Act.PURE,
        _REDIS,
        "expire expireat pexpire pexpireat persist touch ping publish object info dbsize",
    ),
)

# Until it watches, a pipeline only collects.
_PIPELINES = (
    Call(f"{_REDIS}.pipeline", Act.MAKE, _PIPELINE),
    Call(f"{_PIPELINE}.watch", Act.LOOK, subject=0, store="cache", word=WATCH),
    *rows(Act.PURE, _PIPELINE, "multi unwatch reset immediate_execute_command"),
)

# Nothing else runs while a script does: it is one operation, of keys that are its own affair.
_SCRIPTS = (
    *rows(Act.TAKE, _REDIS, "eval evalsha fcall eval_ro evalsha_ro"),
    Call(f"{_REDIS}.register_script", Act.MAKE, _SCRIPT),
    Call(f"{_SCRIPT}.__call__", Act.TAKE),
)

# A lock is the key that it is made for, wherever the object was made.
_LOCKS = (
    Call(f"{_REDIS}.lock", Act.MAKE, _LOCK, word="named"),
    Call("redis.lock.Lock", Act.MAKE, _LOCK, word="named"),
    Call("redis.asyncio.lock.Lock", Act.MAKE, _LOCK, word="named"),
    Call("redis_lock.Lock", Act.MAKE, _LOCK, word="named"),
    Call("pottery.Redlock", Act.MAKE, _LOCK, word="named"),
    Call(f"{_LOCK}.__enter__", Act.HOLD, word="redis"),
    Call(f"{_LOCK}.acquire", Act.ACQUIRE, word="redis"),
    Call(f"{_LOCK}.release", Act.RELEASE, word="redis"),
    *rows(Act.PURE, _LOCK, "locked owned extend reacquire"),
)

_HOLDERS = (Call("limits.storage.RedisStorage.storage", Act.ATTRIBUTE, _REDIS),)

LIBRARY = Library(
    name="redis",
    calls=(
        *_COMMANDS,
        *_LOCKS,
        *_PIPELINES,
        *_SCRIPTS,
        *_HOLDERS,
        *(Call(f"{module}.from_url", Act.MAKE, _REDIS) for module in _MODULES),
        *(Call(f"{name}.from_url", Act.MAKE, _REDIS) for name in _CLIENTS),
    ),
    types={
        **dict.fromkeys(_CLIENTS, _REDIS),
        **{f"{name}.from_url": _REDIS for name in (*_MODULES, *_CLIENTS)},
        "redis.lock.Lock": _LOCK,
        "redis.asyncio.lock.Lock": _LOCK,
        **dict.fromkeys(("redis.client.Pipeline", "redis.asyncio.client.Pipeline"), _PIPELINE),
    },
    parents={_PIPELINE: _REDIS},
)
