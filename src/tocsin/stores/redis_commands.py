"""What Redis commands read and write: a table, after the key specifications of the commands.

Source: https://redis.io/docs/latest/develop/reference/key-specs/ and the pages of the commands.
What the table does not know reads and writes everything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tocsin.model.access import Access, Item, Mode

Words = tuple[str, ...]
"""A command and its arguments as text."""

Keys = Callable[[Words], Sequence[str]]
"""The keys among a command's arguments."""

SPINS = 5
"""As often a command may be tried in vain before it is taken for a loop that waits."""


@dataclass(frozen=True, slots=True)
class Command:
    """What a command touches: the keys it reads, those it writes, or everything."""

    reads: Keys | None = None
    writes: Keys | None = None
    everything: Mode | None = None


def _first(words: Words) -> Sequence[str]:
    return words[1:2]


def _second(words: Words) -> Sequence[str]:
    return words[2:3]


def _both(words: Words) -> Sequence[str]:
    return words[1:3]


def _all(words: Words) -> Sequence[str]:
    return words[1:]


def _after_first(words: Words) -> Sequence[str]:
    return words[2:]


def _but_last(words: Words) -> Sequence[str]:
    return words[1:-1]


def _pairs(words: Words) -> Sequence[str]:
    return words[1::2]


def _numbered(at: int) -> Keys:
    """``numkeys key …`` from the argument ``at`` on."""

    def keys(words: Words) -> Sequence[str]:
        count = int(words[at]) if len(words) > at and words[at].isdigit() else 0
        return words[at + 1 : at + 1 + count]

    return keys


def _streams(words: Words) -> Sequence[str]:
    upper = [word.upper() for word in words]
    after = words[upper.index("STREAMS") + 1 :] if "STREAMS" in upper else ()
    return after[: len(after) // 2]


def _table() -> Mapping[str, Command]:
    read, change = Command(_first), Command(_first, _first)
    rows = {
        read: "GET STRLEN GETRANGE SUBSTR TTL PTTL EXPIRETIME PEXPIRETIME TYPE DUMP GETBIT BITCOUNT"
        " BITPOS BITFIELD_RO HGET HGETALL HMGET HKEYS HVALS HLEN HEXISTS HSTRLEN HSCAN HRANDFIELD"
        " HTTL HPTTL LRANGE LINDEX LLEN LPOS SISMEMBER SMISMEMBER SMEMBERS SCARD SRANDMEMBER SSCAN"
        " ZSCORE ZMSCORE ZRANGE ZRANGEBYSCORE ZRANGEBYLEX ZREVRANGE ZREVRANGEBYSCORE"
        " ZREVRANGEBYLEX ZRANK ZREVRANK ZCARD ZCOUNT ZLEXCOUNT ZRANDMEMBER ZSCAN XRANGE XREVRANGE"
        " XLEN XPENDING GEOPOS GEODIST GEOHASH GEOSEARCH GEORADIUS_RO SORT_RO JSON.GET",
        Command(None, _first): "SETEX PSETEX",
        change: "SET SETNX GETSET GETDEL GETEX APPEND SETRANGE SETBIT BITFIELD INCR INCRBY"
        " INCRBYFLOAT DECR DECRBY EXPIRE PEXPIRE EXPIREAT PEXPIREAT PERSIST RESTORE HSET HSETNX"
        " HMSET HDEL HINCRBY HINCRBYFLOAT HEXPIRE HPEXPIRE HPERSIST HGETDEL HGETEX HSETEX LPUSH"
        " RPUSH LPUSHX RPUSHX LPOP RPOP LSET LREM LTRIM LINSERT SADD SREM SPOP ZADD ZREM ZINCRBY"
        " ZPOPMIN ZPOPMAX ZREMRANGEBYRANK ZREMRANGEBYSCORE ZREMRANGEBYLEX XADD XDEL XTRIM XACK"
        " XCLAIM XAUTOCLAIM XSETID PFADD GEOADD JSON.SET JSON.DEL JSON.NUMINCRBY JSON.ARRAPPEND",
        Command(_all): "MGET EXISTS TOUCH WATCH SINTER SUNION SDIFF PFCOUNT",
        Command(_all, _all): "DEL UNLINK",
        Command(None, _pairs): "MSET",
        Command(_pairs, _pairs): "MSETNX",
        Command(_both, _both): "RENAME RENAMENX SMOVE LMOVE RPOPLPUSH BRPOPLPUSH BLMOVE",
        Command(_both, _second): "COPY",
        Command(_both, _first): "ZRANGESTORE GEOSEARCHSTORE",
        Command(_but_last, _but_last): "BLPOP BRPOP BZPOPMIN BZPOPMAX",
        Command(_all, _first): "SUNIONSTORE SINTERSTORE SDIFFSTORE PFMERGE",
        Command(_after_first, _second): "BITOP",
        Command(_numbered(1)): "ZUNION ZINTER ZDIFF SINTERCARD ZINTERCARD",
        Command(_numbered(1), _numbered(1)): "LMPOP ZMPOP",
        Command(_numbered(2), _numbered(2)): "BLMPOP BZMPOP",
        Command(_numbered(2), _first): "ZUNIONSTORE ZINTERSTORE ZDIFFSTORE",
        Command(_second): "OBJECT XINFO",
        Command(_second, _second): "XGROUP",
        Command(_streams): "XREAD",
        Command(_streams, _streams): "XREADGROUP",
        Command(everything=Mode.READ): "KEYS SCAN DBSIZE RANDOMKEY",
        Command(everything=Mode.WRITE): "FLUSHDB FLUSHALL",
    }
    return {name: command for command, names in rows.items() for name in names.split()}


_COMMANDS = _table()
_SCRIPTS = frozenset({"EVAL", "EVALSHA", "EVAL_RO", "EVALSHA_RO", "FCALL", "FCALL_RO"})
_OWN = frozenset(
    {
        *("PING", "ECHO", "AUTH", "HELLO", "CLIENT", "SELECT", "INFO", "CONFIG", "TIME"),
        *("COMMAND", "SCRIPT", "FUNCTION", "UNWATCH", "DISCARD", "READONLY", "READWRITE"),
        *("QUIT", "RESET", "ROLE", "WAIT", "ACL", "SLOWLOG", "LATENCY"),
    }
)
"""Commands that touch no key: nobody could tell when they ran."""
_CHANNELS = frozenset({"PUBLISH", "SPUBLISH"})
_BLIND = frozenset({"NX", "XX", "GET", "IFEQ", "IFNE", "KEEPTTL"})
"""Options with which SET looks at what is there."""

_CALL = re.compile(r"redis\.p?call\b")
_DECLARED = re.compile(
    r"redis\.p?call\s*\(\s*['\"]\w+['\"]\s*(?:\)|,\s*KEYS\s*\[[^\[\]]+\]\s*[,)])"
)
"""A call whose first argument is a key that the script was given, or that has none."""


def words_of(command: Sequence[object]) -> Words:
    """A command as redis-py was given it (``"CLIENT LIST"`` is two words), as text."""
    words = [_text(word) for word in command]
    return (*words[0].upper().split(), *words[1:]) if words else ()


def label(words: Words) -> str:
    """The command with its keys, and a mark for each value that is something else."""
    keys = set(_keys(words))
    shown = (word if word in keys else "?" for word in words[1:])
    return " ".join((words[0], *dict.fromkeys(shown)))[:120] if words else ""


def pauses(words: Words) -> bool:
    """Whether another client could tell when the command ran."""
    return bool(words) and words[0] not in _OWN


def accesses(store: str, words: Words, scripts: Mapping[str, str]) -> tuple[Access, ...]:
    """What the command reads and writes. ``scripts`` are the texts of scripts by their digests."""
    if not words or words[0] in _OWN:
        return ()
    name = words[0]
    if name in _SCRIPTS:
        return tuple(_of_script(store, words, scripts))
    if name in _CHANNELS:
        return (Access(Item(store, f"(channel {words[1]})"), Mode.WRITE, name.lower()),)
    found = _COMMANDS.get(name)
    if found is None:
        return _everything(store, name)
    if found.everything is not None:
        return (Access(Item(store, None), found.everything, name.lower()),)
    blind = name == "SET" and _BLIND.isdisjoint(word.upper() for word in words[3:])
    reads = () if blind or found.reads is None else found.reads(words)
    writes = () if found.writes is None else found.writes(words)
    return tuple(
        Access(Item(store, key), mode, name.lower())
        for mode, keys in ((Mode.READ, reads), (Mode.WRITE, writes))
        for key in dict.fromkeys(keys)
    )


def looks_only(words: Words) -> bool:
    """Whether the command changes nothing, whatever it answers."""
    found = _COMMANDS.get(words[0]) if words else None
    return found is not None and found.writes is None and found.everything is not Mode.WRITE


def _of_script(store: str, words: Words, scripts: Mapping[str, str]) -> Iterator[Access]:
    name = words[0]
    script = words[1] if name.startswith("EVAL") and "SHA" not in name else scripts.get(words[1])
    keys = _numbered(2)(words)
    if script is None or not _declares(script):
        yield from _everything(store, name)
        return
    for key in dict.fromkeys(keys):
        yield Access(Item(store, key), Mode.READ, name.lower())
        if not name.endswith("_RO"):
            yield Access(Item(store, key), Mode.WRITE, name.lower())


def _declares(script: str) -> bool:
    """Whether every key that a script uses is plainly one of those it was given."""
    return len(_CALL.findall(script)) == len(_DECLARED.findall(script))


def _everything(store: str, name: str) -> tuple[Access, ...]:
    item = Item(store, None)
    return (Access(item, Mode.READ, name.lower()), Access(item, Mode.WRITE, name.lower()))


def _keys(words: Words) -> Sequence[str]:
    if not words:
        return ()
    if words[0] in _SCRIPTS:
        return _numbered(2)(words)
    if words[0] in _CHANNELS:
        return words[1:2]
    found = _COMMANDS.get(words[0])
    asked = [] if found is None else [each for each in (found.reads, found.writes) if each]
    return [key for each in asked for key in each(words)]


def _text(word: object) -> str:
    if isinstance(word, bytes | bytearray | memoryview):
        return bytes(word).decode(errors="backslashreplace")
    return str(word)
