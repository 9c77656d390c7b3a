"""Races on MariaDB, proven and mended: the schedules of the mended twins are all run."""

from __future__ import annotations

from string import Template

import pytest

from tests.end_to_end.conftest import Project
from tocsin.testing.servers import MariaDB

_SYNC = Template("""
    from fastapi import FastAPI, HTTPException
    from sqlalchemy import create_engine, text

    engine = create_engine("$url")
    app = FastAPI()


    def seed():
        with engine.begin() as db:
            db.execute(text("CREATE TABLE accounts (id INT PRIMARY KEY, balance INT NOT NULL)"))
            db.execute(text("INSERT INTO accounts VALUES (1, 100)"))


    @app.post("/accounts/{account_id}/withdraw")
    def withdraw(account_id: int, n: int = 80):
        who = {"id": account_id, "n": n}
        with engine.begin() as db:
$body
        return {"withdrawn": n}


    @app.get("/accounts/{account_id}")
    def account(account_id: int):
        who = {"id": account_id}
        with engine.begin() as db:
            db.scalar(text("SELECT COUNT(*) FROM accounts"))
            return {"balance": db.scalar(text("SELECT balance FROM accounts WHERE id = :id"), who)}
""")

_CHECK_THEN_ACT = """
            balance = db.scalar(text("SELECT balance FROM accounts WHERE id = :id"), who)
            if balance is None or balance < n:
                raise HTTPException(409)
            db.execute(text("UPDATE accounts SET balance = balance - :n WHERE id = :id"), who)
"""

_ONE_STATEMENT = """
            taken = db.execute(
                text("UPDATE accounts SET balance = balance - :n WHERE id = :id AND balance >= :n"),
                who,
            )
            if taken.rowcount == 0:
                raise HTTPException(409)
"""

_LOCKED = _CHECK_THEN_ACT.replace('WHERE id = :id"', 'WHERE id = :id FOR UPDATE"', 1)

_ASYNC = (
    ("create_engine, text", "text"),
    ("import create_engine", "import text"),
    (
        "from sqlalchemy import text",
        "from sqlalchemy import text\n    from sqlalchemy.ext.asyncio import create_async_engine",
    ),
    ("= create_engine(", "= create_async_engine("),
    ("def seed", "async def seed"),
    ("def withdraw", "async def withdraw"),
    ("def account", "async def account"),
    ("with engine", "async with engine"),
    ("db.execute(", "await db.execute("),
    ("db.scalar(", "await db.scalar("),
)


def bank(project: Project, server: MariaDB, driver: str, body: str) -> None:
    database = server.create()
    text = _SYNC.substitute(url=server.url(driver, database), body=body)
    for sync, awaited in _ASYNC if driver in {"aiomysql", "asyncmy"} else ():
        text = text.replace(sync, awaited)
    project.write("bank.py", text)
    project.write("tocsin.toml", f'setup = "bank:seed"\ndisposable = ["{database}"]\n')


@pytest.mark.parametrize("driver", ["pymysql", "asyncmy"])
def test_a_double_withdrawal_is_proven_and_replays(
    driver: str, project: Project, mariadb_server: MariaDB
) -> None:
    bank(project, mariadb_server, driver, _CHECK_THEN_ACT)
    said = project.scan("bank:app")
    assert said.code == 1, said.err
    (finding,) = said.document["findings"]
    assert finding["anomaly"] == "limit overrun"
    assert finding["evidence"]["level"] == "proven"
    assert finding["check"]["line"] < finding["use"]["line"]
    replayed = project.tocsin("replay", finding["witness"])
    assert "reproduced 10/10 times, each time with the same outcome" in replayed.out
    assert "tocsin_" not in mariadb_server.run("SHOW DATABASES")


@pytest.mark.parametrize(
    ("driver", "body"),
    [("pymysql", _ONE_STATEMENT), ("pymysql", _LOCKED), ("aiomysql", _LOCKED)],
    ids=["one statement", "locked", "locked, awaited"],
)
def test_the_mended_bank_holds_in_every_schedule(
    driver: str, body: str, project: Project, mariadb_server: MariaDB
) -> None:
    bank(project, mariadb_server, driver, body)
    said = project.scan("bank:app", "--exhaustive")
    assert said.code == 0, said.err
    pairs = said.document["pairs"]
    assert len(pairs) == 2  # what reads twice in one snapshot is raced with it too
    for pair in pairs:
        assert pair["verdict"] == "holds", pair
        assert pair["bound"] == "every schedule, equivalent ones once"
        assert pair["schedules"] >= 2


def test_serializable_ends_in_a_deadlock_that_nobody_retries(
    project: Project, mariadb_server: MariaDB
) -> None:
    bank(project, mariadb_server, "pymysql", _CHECK_THEN_ACT)
    path = project.folder / "bank.py"
    serializable = path.read_text().replace('")\napp', '", isolation_level="SERIALIZABLE")\napp')
    path.write_text(serializable)
    said = project.scan("bank:app")
    assert said.code == 0, said.err
    (finding,) = said.document["findings"]
    assert finding["anomaly"] == "deadlock"
    assert finding["severity"] == "medium"
    replayed = project.tocsin("replay", finding["witness"])
    assert "reproduced 10/10 times, each time with the same outcome" in replayed.out


def test_a_database_that_may_not_be_written_to_is_left_alone(
    project: Project, mariadb_server: MariaDB
) -> None:
    bank(project, mariadb_server, "pymysql", _ONE_STATEMENT)
    project.write("tocsin.toml", 'setup = "bank:seed"\n')
    said = project.scan("bank:app")
    assert said.code == 2
    assert "is not marked as disposable" in said.sentence


def test_a_server_that_is_not_there_is_unreachable(project: Project) -> None:
    text = _SYNC.substitute(url="mysql+pymysql://root@127.0.0.1:1/shop", body=_ONE_STATEMENT)
    project.write("bank.py", text)
    project.write("tocsin.toml", 'setup = "bank:seed"\ndisposable = ["shop"]\n')
    said = project.scan("bank:app")
    assert said.code == 5
    assert "Can't connect to MySQL server on '127.0.0.1'" in said.sentence
