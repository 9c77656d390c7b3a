"""Whatever is wrong with what tocsin is given, it says so in one sentence that helps."""

from __future__ import annotations

import socket

import pytest

from tests.end_to_end import apps
from tests.end_to_end.conftest import Project

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("target", "source", "words"),
    [
        ("shop:app", None, ("shop",)),
        ("shop:app", "import a_module_that_is_nowhere", ("shop", "a_module_that_is_nowhere")),
        ("shop:app", "1 / 0", ("shop", "ZeroDivisionError")),
        ("shop:app", "def half(:", ("shop", "SyntaxError")),
        ("shop:ap", "from fastapi import FastAPI\napp = FastAPI()", ("'ap'", "shop:app")),
        ("shop:app", "app = 3", ("shop:app", "'int'")),
        ("shop:app", "import sys\nsys.exit(3)", ("shop",)),
    ],
    ids=[
        "no such module",
        "an import of it fails",
        "it raises",
        "it is not Python",
        "no such attribute",
        "no application",
        "it exits",
    ],
)
def test_a_target_that_is_none(
    project: Project, target: str, source: str | None, words: tuple[str, ...]
) -> None:
    if source is not None:
        project.write("shop.py", source)
    said = project.scan(target)
    assert said.code == 2, said.err
    assert [word for word in words if word not in said.sentence] == []


def test_an_app_that_fails_at_start_up(project: Project) -> None:
    project.write(
        "shop.py",
        """
        from contextlib import asynccontextmanager

        from fastapi import FastAPI


        @asynccontextmanager
        async def lifespan(app):
            raise RuntimeError("no licence found")
            yield


        app = FastAPI(lifespan=lifespan)
        """,
    )
    said = project.scan("shop:app")
    assert said.code == 2, said.err
    assert said.sentence == "shop:app at start-up failed: RuntimeError: no licence found"


def test_a_setup_that_raises(project: Project) -> None:
    project.write("shop.py", apps.HARMLESS + "\n    def seed():\n        {}['price']\n")
    project.write("tocsin.toml", 'setup = "shop:seed"')
    said = project.scan("shop:app")
    assert said.code == 2, said.err
    assert said.sentence == "setup shop:seed failed: KeyError: 'price'"


def test_a_setup_that_is_not_there(project: Project) -> None:
    project.write("shop.py", apps.HARMLESS)
    project.write("tocsin.toml", 'setup = "shop:sed"')
    said = project.scan("shop:app")
    assert said.code == 2, said.err
    assert said.sentence.startswith("setup shop:sed cannot be imported: ")


def test_a_setup_that_exits(project: Project) -> None:
    project.write("shop.py", apps.HARMLESS + "\n    def seed():\n        raise SystemExit(1)\n")
    project.write("tocsin.toml", 'setup = "shop:seed"')
    said = project.scan("shop:app")
    assert said.code == 2, said.err
    assert "setup shop:seed" in said.sentence


def test_a_variable_that_is_not_set(project: Project) -> None:
    project.write(
        "tocsin.toml", '[identities.admin]\nbasic = ["admin", "${SHOP_ADMIN_PASSWORD}"]\n'
    )
    said = project.scan("shop:app")
    assert said.code == 2
    assert "SHOP_ADMIN_PASSWORD" in said.sentence


def test_an_unknown_key(project: Project) -> None:
    project.write("tocsin.toml", 'set-up = "shop:seed"\n')
    said = project.scan("shop:app")
    assert said.code == 2
    assert "unknown key 'set-up' at the top; did you mean 'setup'?" in said.sentence


def test_two_identities_that_are_one(project: Project) -> None:
    project.write(
        "tocsin.toml",
        """
        [identities.alice]
        basic = ["alice", "wonderland"]
        [identities.bob]
        basic = ["alice", "wonderland"]
        """,
    )
    said = project.scan("shop:app")
    assert said.code == 2
    assert "alice" in said.sentence
    assert "bob" in said.sentence
    assert "wonderland" not in said.err


POSTGRESQL = """
    import psycopg
    from fastapi import FastAPI

    app = FastAPI()


    def seed():
        with psycopg.connect("postgresql://shop@127.0.0.1:{port}/shop") as connection:
            connection.execute("SELECT 1")


    @app.post("/orders")
    def order():
        seed()
        return {{}}
"""


@pytest.fixture
def closed_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_a_database_that_is_not_reachable(project: Project, closed_port: int) -> None:
    project.write("shop.py", POSTGRESQL.format(port=closed_port))
    project.write("tocsin.toml", 'setup = "shop:seed"\ndisposable = ["shop"]\n')
    said = project.scan("shop:app")
    assert said.code == 5, said.err
    assert str(closed_port) in said.sentence


def test_a_database_that_only_requests_need_and_is_not_reachable(
    project: Project, closed_port: int
) -> None:
    project.write("shop.py", POSTGRESQL.format(port=closed_port))
    project.write("tocsin.toml", 'disposable = ["shop"]\n')
    said = project.scan("shop:app")
    assert said.code == 5, said.err
    assert str(closed_port) in said.sentence


@pytest.mark.parametrize("when", ["in the setup", "in a request"])
def test_a_database_that_somebody_may_need(project: Project, closed_port: int, when: str) -> None:
    project.write("shop.py", POSTGRESQL.format(port=closed_port))
    project.write("tocsin.toml", 'setup = "shop:seed"\n' if when == "in the setup" else "")
    said = project.scan("shop:app")
    assert said.code == 2, said.err
    assert "postgresql database shop on 127.0.0.1 is not marked as disposable" in said.sentence
    assert 'write disposable = ["shop"]' in said.sentence


def test_an_app_without_anything_to_race(project: Project) -> None:
    project.write("shop.py", "from fastapi import FastAPI\napp = FastAPI()\n")
    said = project.scan("shop:app")
    assert said.code == 3
    assert "no operation could be exercised" in said.sentence


def test_what_could_not_be_exercised_is_reported_even_if_it_was_all(project: Project) -> None:
    project.write(
        "shop.py",
        apps.HARMLESS.replace("def health():", "def health():\n        raise OSError('no disk')"),
    )
    said = project.scan("shop:app")
    assert said.code == 3
    (health,) = (o for o in said.document["operations"] if o["endpoint"] == "GET /health")
    assert health["status"] == "skipped"
    assert "500" in health["reason"]
