"""Preconditions as a dependency."""

from __future__ import annotations

from typing import Annotated

import pytest
from fastapi import FastAPI, Response
from fastapi.testclient import TestClient

from tocsin.guard.fastapi import install, preconditions
from tocsin.guard.preconditions import Preconditions, tag

app = FastAPI()
install(app)


@app.get("/")
def read(given: Annotated[Preconditions, preconditions()], response: Response) -> dict[str, int]:
    given.read(tag(3))
    response.headers["ETag"] = str(tag(3))
    return {"version": 3}


@app.put("/")
def write(given: Annotated[Preconditions, preconditions(required=True)]) -> str:
    assert given.match is not None
    return str(len(given.match.listed))


def test_conditional_get() -> None:
    client = TestClient(app)
    first = client.get("/")
    again = client.get("/", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == '"3"'
    assert "content-type" not in again.headers


@pytest.mark.parametrize(
    ("headers", "status"), [([], 428), ([("If-Match", "3")], 400), ([("If-Match", '"3"')], 200)]
)
def test_writing(headers: list[tuple[str, str]], status: int) -> None:
    assert TestClient(app).put("/", headers=headers).status_code == status


def test_several_lines() -> None:
    lines = [("If-Match", '"1"'), ("If-Match", '"2", "3"')]
    assert TestClient(app).put("/", headers=lines).json() == "3"


def test_the_headers_are_documented() -> None:
    (first, second) = app.openapi()["paths"]["/"]["put"]["parameters"]
    assert {first["name"], second["name"]} == {"if-match", "if-none-match"}
