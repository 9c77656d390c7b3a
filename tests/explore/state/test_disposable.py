"""Which databases may be written to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.explore.state.conftest import Server
from tocsin.explore.state.disposable import Target, is_embedded, why_disposable
from tocsin.stores.control import NotDisposable

PRODUCTION = Target("postgresql", "shop", "db.example.com")


def test_the_refusal_says_what_to_write() -> None:
    with pytest.raises(NotDisposable) as raised:
        why_disposable(PRODUCTION)
    assert str(raised.value) == (
        "postgresql database shop on db.example.com is not marked as disposable: if nothing in it"
        ' matters, write disposable = ["shop"] under [tool.tocsin]'
    )


@pytest.mark.parametrize("name", ["shop", "db.example.com/shop"])
def test_the_user_may_declare_it(name: str) -> None:
    assert why_disposable(PRODUCTION, allowed=["other", name]) == f"{name} is declared disposable"
    assert why_disposable(PRODUCTION, override=True)
    with pytest.raises(NotDisposable):
        why_disposable(PRODUCTION, allowed=["other", "localhost/shop"])


def test_sqlite_is_copied() -> None:
    assert why_disposable(Target("sqlite", "shop.db")) == "a copy of the file"


def test_an_embedded_server_is_known_by_its_program(server: Server) -> None:
    host = server.parameters["host"]
    assert why_disposable(Target("postgresql", "x", host)).startswith("an embedded server")
    assert not is_embedded(host, 5433)
    assert not is_embedded("localhost", 5432)


def test_another_servers_socket_is_not_embedded(tmp_path: Path) -> None:
    lock = tmp_path / ".s.PGSQL.5432.lock"
    lock.write_text("1\n/var/lib/postgresql/data\n")  # pid 1 is no PostgreSQL of a package's
    assert not is_embedded(str(tmp_path), 5432)
    lock.write_text("what is this")
    assert not is_embedded(str(tmp_path), 5432)
