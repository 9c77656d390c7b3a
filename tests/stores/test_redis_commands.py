"""What commands read and write: the table against the server's own word."""

from __future__ import annotations

import pytest
import redis

from tocsin.model.access import Mode
from tocsin.stores.redis_commands import accesses, label, looks_only, pauses, words_of
from tocsin.testing.servers import Redis

COMMANDS = (
    "GET a",
    "SET a 1",
    "SET a 1 NX",
    "SETEX a 9 1",
    "GETDEL a",
    "MGET a b",
    "MSET a 1 b 2",
    "MSETNX a 1 b 2",
    "DEL a b",
    "RENAME a b",
    "COPY a b",
    "INCRBY a 2",
    "HSET a f 1",
    "HGET a f",
    "LPUSH a 1",
    "LMOVE a b LEFT RIGHT",
    "BLPOP a b 1",
    "BLMPOP 1 2 a b LEFT",
    "LMPOP 2 a b LEFT",
    "SINTERSTORE a b c",
    "SINTERCARD 2 a b",
    "ZUNIONSTORE a 2 b c",
    "ZRANGESTORE a b 0 1",
    "ZADD a 1 m",
    "ZRANGE a 0 1",
    "BITOP AND a b c",
    "PFMERGE a b",
    "XADD a * f v",
    "XREAD COUNT 2 STREAMS a b 0 0",
    "XGROUP CREATE a g 0",
    "OBJECT ENCODING a",
    "EXPIRE a 9",
    "TTL a",
    "GEOSEARCHSTORE a b FROMMEMBER m BYRADIUS 1 km",
    "WATCH a b",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_server_names_the_same_keys_and_modes(command: str, redis_server: Redis) -> None:
    """COMMAND GETKEYSANDFLAGS says RO, OW (overwrites), RW, RM of each key."""
    words = command.split()
    with redis.Redis.from_url(redis_server.url(), decode_responses=True) as client:
        told = client.execute_command("COMMAND GETKEYSANDFLAGS", *words)
    theirs = {key: set(flags) for key, flags in told}
    ours = accesses("redis:0", words_of(words), {})
    assert {access.item.name for access in ours} == set(theirs)
    written = {access.item.name for access in ours if access.writes}
    assert written == {key for key, flags in theirs.items() if not flags & {"RO"}}
    read = {access.item.name for access in ours if not access.writes}
    # What is overwritten may be looked at all the same: the answer depends on it.
    assert read >= {key for key, flags in theirs.items() if flags & {"RO", "access"}}


def found(command: str, **scripts: str) -> set[tuple[str | None, str]]:
    words = words_of(command.split(" ", 3) if command.startswith("EVAL") else command.split())
    return {(a.item.name, a.mode.value) for a in accesses("redis:0", words, scripts)}


@pytest.mark.parametrize(
    "command", ["MIGRATE h 1 a 0 1", "NO.SUCH a", "SORT a STORE b", "EVALSHA x 0"]
)
def test_what_is_not_known_touches_everything(command: str) -> None:
    assert found(command) == {(None, "read"), (None, "write")}


@pytest.mark.parametrize("command", ["PING", "CLIENT SETNAME x", "SELECT 3", "SCRIPT LOAD x"])
def test_what_touches_no_key(command: str) -> None:
    assert found(command) == set()
    assert not pauses(words_of(command.split()))


def test_whoever_reads_for_a_group_takes() -> None:
    assert found("XREADGROUP GROUP g c STREAMS a >") == {("a", "read"), ("a", "write")}


def test_plain_set_does_not_look() -> None:
    assert found("SET a 1 EX 9") == {("a", "write")}
    assert found("SET a 1 GET") == {("a", "read"), ("a", "write")}


@pytest.mark.parametrize(
    ("script", "declares"),
    [
        ("return redis.call('GET', KEYS[1])", True),
        ('redis.call("SET", KEYS[1], redis.call("GET", KEYS[1]) + 1)', True),
        ("return redis.call('TIME')", True),
        ("return redis.call('GET', 'b')", False),
        ("local f = redis.call return f('GET', 'b')", False),
        ("return redis.call(ARGV[1], KEYS[1])", False),
        ("return redis.pcall('GET', KEYS[1] .. 'x')", False),
    ],
)
def test_scripts_are_believed_only_if_they_use_the_keys_they_are_given(
    script: str, *, declares: bool
) -> None:
    words = ("EVAL", script, "1", "a")
    names = {access.item.name for access in accesses("redis:0", words, {})}
    assert names == ({"a"} if declares else {None})
    known = {
        access.item.name
        for access in accesses("redis:0", ("EVALSHA", "s", "1", "a"), {"s": script})
    }
    assert known == names


def test_read_only_scripts_read() -> None:
    words = ("EVAL_RO", "return redis.call('GET', KEYS[1])", "1", "a")
    assert [access.mode for access in accesses("redis:0", words, {})] == [Mode.READ]


def test_labels_have_keys_and_no_values() -> None:
    assert label(words_of(("set", b"a", "secret", "EX", 9))) == "SET a ?"
    assert label(words_of(("MGET", "a", "b"))) == "MGET a b"
    assert label(words_of(("EVAL", "return 1", 1, "a", "x"))) == "EVAL ? a"


def test_who_only_looks() -> None:
    assert looks_only(words_of(("GET", "a")))
    assert not looks_only(words_of(("SET", "a", "1")))
    assert not looks_only(words_of(("NO.SUCH", "a")))
