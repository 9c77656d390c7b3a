"""Preconditions of the request that is being answered."""

from __future__ import annotations

import pytest
from flask import Flask

from tocsin.guard.flask import install, preconditions
from tocsin.guard.preconditions import tag

app = Flask(__name__)
install(app)


@app.get("/")
def read() -> tuple[str, dict[str, str]]:
    preconditions().read(tag(3))
    return "3", {"ETag": str(tag(3))}


@app.put("/")
def write() -> str:
    given = preconditions(required=True)
    assert given.match is not None
    return str(len(given.match.listed))


def test_conditional_get() -> None:
    client = app.test_client()
    first = client.get("/")
    again = client.get("/", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == '"3"'


@pytest.mark.parametrize(
    ("headers", "status"), [([], 428), ([("If-Match", "3")], 400), ([("If-Match", '"3"')], 200)]
)
def test_writing(headers: list[tuple[str, str]], status: int) -> None:
    assert app.test_client().put("/", headers=headers).status_code == status
