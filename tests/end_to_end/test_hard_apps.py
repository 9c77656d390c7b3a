"""Applications that do what explorers dislike: they hang, have a life of their own, go past it."""

from __future__ import annotations

import pytest

from tests.end_to_end.conftest import Project

pytestmark = pytest.mark.slow

COUNTER = """
    import itertools
    import os
    import sqlite3
    import time
    from pathlib import Path

    from fastapi import FastAPI, HTTPException

    database = Path(__file__).with_name("counter.db")
    app = FastAPI()


    def seed():
        with sqlite3.connect(database) as connection:
            connection.execute("CREATE TABLE counters (id INTEGER PRIMARY KEY, n INTEGER)")
            connection.execute("INSERT INTO counters VALUES (1, 0)")
        connection.close()


    def add(connection):
        connection.execute("UPDATE counters SET n = n + 1 WHERE id = 1")
        connection.commit()
"""

HANGS = (
    COUNTER
    + """
    nobody_writes, _ = os.pipe()
    inside = []


    @app.post("/count")
    def count():
        connection = sqlite3.connect(database)
        inside.append(1)
        connection.execute("SELECT n FROM counters").fetchone()
        if len(inside) > 1:
            os.read(nobody_writes, 1)
        add(connection)
        inside.pop()
        connection.close()
        return {}
"""
)

ALWAYS_HANGS = (
    COUNTER
    + """
    nobody_writes, _ = os.pipe()


    @app.post("/count")
    def count():
        os.read(nobody_writes, 1)
        return {}


    @app.get("/health")
    def health():
        return {}
"""
)

VARIES = (
    COUNTER
    + """
    @app.post("/count")
    def count():
        connection = sqlite3.connect(database)
        add(connection)
        connection.close()
        return {"ok": True, "took": time.thread_time_ns()}
"""
)

LIVELY = """
    import asyncio
    import sqlite3
    import threading
    import time
    from contextlib import asynccontextmanager
    from pathlib import Path

    from fastapi import FastAPI

    database = Path(__file__).with_name("counter.db")


    def beat():
        while True:
            time.sleep(0.01)


    async def tick():
        while True:
            await asyncio.sleep(0.01)


    @asynccontextmanager
    async def lifespan(app):
        threading.Thread(target=beat, daemon=True).start()
        task = asyncio.create_task(tick())
        yield
        task.cancel()


    app = FastAPI(lifespan=lifespan)


    def seed():
        with sqlite3.connect(database) as connection:
            connection.execute("CREATE TABLE counters (id INTEGER PRIMARY KEY, n INTEGER)")
            connection.execute("INSERT INTO counters VALUES (1, 0)")
        connection.close()


    def add():
        with sqlite3.connect(database) as connection:
            connection.execute("UPDATE counters SET n = n + 1 WHERE id = 1")
        connection.close()


    @app.post("/count")
    async def count():
        await asyncio.gather(asyncio.sleep(0.01), asyncio.to_thread(add))
        return {}
"""

STARTS_A_THREAD = (
    LIVELY.partition("    @app.post")[0]
    + """
    @app.post("/count")
    def count():
        adding = threading.Thread(target=add)
        adding.start()
        adding.join()
        return {}
"""
)

COMPILED = (
    COUNTER
    + """
    import apsw

    {start}


    @app.post("/count")
    def count():
        {request}
        connection = sqlite3.connect(database)
        add(connection)
        connection.close()
        return {}
"""
)

PAST_THE_INSTRUMENTS = """
    import socket
    import threading

    from fastapi import FastAPI, HTTPException

    app = FastAPI()
    listening = socket.create_server(("127.0.0.1", 0))
    cell = [1]


    def serve():
        while True:
            line, _ = listening.accept()
            asked = line.recv(100)
            if asked == b"take":
                cell[0] -= 1
            line.sendall(b"%d" % cell[0])
            line.close()


    def ask(word):
        with socket.create_connection(listening.getsockname()) as line:
            line.sendall(word)
            return int(line.recv(100))


    threading.Thread(target=serve, daemon=True).start()


    @app.post("/take")
    def take():
        if ask(b"look") < 1:
            raise HTTPException(409)
        return {"left": ask(b"take")}
"""


def test_a_request_that_hangs_when_it_races_is_inconclusive(project: Project) -> None:
    project.write("counter.py", HANGS)
    project.write("tocsin.toml", 'setup = "counter:seed"\nrequest-timeout = 2\n')
    said = project.scan("counter:app", "--strict")
    assert said.code == 4, said.err
    (pair,) = said.document["pairs"]
    assert pair["verdict"] == "inconclusive"
    assert "did not answer within 2 s" in pair["reason"]


def test_a_request_that_always_hangs_is_skipped_with_the_reason(project: Project) -> None:
    project.write("counter.py", ALWAYS_HANGS)
    project.write("tocsin.toml", 'setup = "counter:seed"\nrequest-timeout = 2\n')
    said = project.scan("counter:app")
    assert said.code == 0, said.err
    operations = {o["endpoint"]: o for o in said.document["operations"]}
    assert operations["POST /count"]["status"] == "skipped"
    assert "did not answer within 2 s" in operations["POST /count"]["reason"]
    assert operations["GET /health"]["status"] == "exercised"


def test_a_field_that_varies_is_masked_and_named(project: Project) -> None:
    project.write("counter.py", VARIES)
    project.write("tocsin.toml", 'setup = "counter:seed"\n')
    said = project.scan("counter:app")
    assert said.code == 0, said.err
    (pair,) = said.document["pairs"]
    assert pair["verdict"] == "holds"
    assert "A.body.took differs from run to run: it is not compared" in said.document["notes"]


def test_an_app_with_threads_and_tasks_of_its_own(project: Project) -> None:
    project.write("counter.py", LIVELY)
    project.write("tocsin.toml", 'setup = "counter:seed"\n')
    said = project.scan("counter:app")
    assert said.code == 0, said.err
    (pair,) = said.document["pairs"]
    assert pair["verdict"] == "holds", pair
    assert pair["schedules"] > 2


def test_a_request_that_starts_a_thread(project: Project) -> None:
    project.write("counter.py", STARTS_A_THREAD)
    project.write("tocsin.toml", 'setup = "counter:seed"\n')
    said = project.scan("counter:app")
    assert said.code == 0, said.err
    (pair,) = said.document["pairs"]
    assert pair["verdict"] == "holds", pair
    assert pair["schedules"] > 2


def test_a_driver_that_is_not_known_is_not_controlled(project: Project) -> None:
    project.write("shop.py", PAST_THE_INSTRUMENTS)
    said = project.scan("shop:app", "--strict")
    assert said.code == 4, said.err
    (pair,) = said.document["pairs"]
    assert pair["verdict"] == "not_controlled"
    assert "socket" in pair["reason"]


@pytest.mark.parametrize(
    ("start", "request_", "verdict"),
    [
        ("", "", "holds"),
        ("", "apsw.Connection(':memory:').close()", "not_controlled"),
        ("other = apsw.Connection(':memory:')", "", "not_controlled"),
    ],
    ids=["imported", "used by a request", "used at the start"],
)
def test_a_compiled_driver_counts_once_it_is_used(
    project: Project, start: str, request_: str, verdict: str
) -> None:
    source = COMPILED.replace("{start}", start).replace("{request}", request_ or "pass")
    project.write("counter.py", source)
    project.write("tocsin.toml", 'setup = "counter:seed"\n')
    said = project.scan("counter:app")
    assert said.code == 0, said.err
    (pair,) = said.document["pairs"]
    assert pair["verdict"] == verdict, pair
    assert ("apsw is used (apsw.Connection)" in pair["reason"]) is (verdict != "holds")
