"""The servers that other tests stand on."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import redis

from tocsin.testing import servers


def test_mariadb_takes_statements(mariadb_server: servers.MariaDB) -> None:
    name = mariadb_server.create("CREATE TABLE t (n int); INSERT INTO t VALUES (1), (2)")
    assert mariadb_server.run("SELECT sum(n), @@tx_isolation FROM t", name) == (
        "3\tREPEATABLE-READ\n"
    )
    assert mariadb_server.run("SELECT version()").startswith(mariadb_server.version)
    with pytest.raises(subprocess.CalledProcessError):
        mariadb_server.run("SELEC 1")


def test_every_database_is_another(mariadb_server: servers.MariaDB) -> None:
    assert mariadb_server.create() != mariadb_server.create()


def test_redis_takes_commands(redis_server: servers.Redis) -> None:
    with redis.Redis.from_url(redis_server.url(3)) as client:
        client.set("a", "1")
        assert client.get("a") == b"1"
        assert client.info("server")["redis_version"] == redis_server.version
    with redis.Redis.from_url(redis_server.url(4)) as client:
        assert client.get("a") is None


def test_nothing_is_left_behind() -> None:
    with servers.redis() as server:
        folder = Path(server.socket).parent
        assert folder.is_dir()
    assert not folder.exists()


@pytest.mark.parametrize("start", [servers.mariadb, servers.redis])
def test_a_missing_server_is_said_in_one_sentence(
    start: type[object], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(servers, "_SBIN", ())
    with pytest.raises(servers.ServerMissing, match="apt-get install mariadb-server redis-server"):
        start().__enter__()  # type: ignore[attr-defined]


def test_a_server_that_does_not_start_is_said_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server = tmp_path / "redis-server"
    server.write_text("#!/bin/sh\necho out of luck\nexit 1\n")
    server.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(servers.ServerMissing, match="the server did not start: out of luck"):
        servers.redis().__enter__()
