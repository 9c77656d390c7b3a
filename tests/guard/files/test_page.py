"""docs/how-to/guard-files.md: the same app in three frameworks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.frameworks.django_settings import configure
from tests.guard import pages

configure()

from tests.guard.served import FRAMEWORKS, served  # noqa: E402 # settings first


@pytest.fixture(params=FRAMEWORKS)
def client(
    request: pytest.FixtureRequest, world: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[httpx2.Client]:
    monkeypatch.setenv("EXPORTS", str(world / "exports"))
    page = pages.module("guard-files", request.param)
    with served(request.param, page) as client:
        yield client
    page.exports.close()


def test_a_file_is_sent_as_a_file(client: httpx2.Client) -> None:
    answer = client.get("/exports/sub/b.txt")
    assert (answer.status_code, answer.content) == (200, b"b")
    assert answer.headers["content-length"] == "1"
    assert answer.headers["content-type"].partition(";")[0] == "text/plain"
    assert answer.headers["content-disposition"] == 'attachment; filename="b.txt"' or (
        answer.headers["content-disposition"] == "attachment; filename=b.txt"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["etag"].startswith('"')
    assert answer.headers["last-modified"].endswith("GMT")


@pytest.mark.parametrize("name", ["secret", "out/secret", "fifo", "link", "sub", "gone", "socket"])
def test_what_is_no_file_of_ours_is_not_there(client: httpx2.Client, name: str) -> None:
    answer = client.get(f"/exports/{name}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert b"secret" not in answer.content


NO_NAMES = [
    "%2e%2e/exports-evil/secret",
    "sub/%2e%2e/%2e%2e/exports-evil/secret",
    "a%00",
    "n" * 300,
]


@pytest.mark.parametrize("name", NO_NAMES)
def test_names_that_no_file_has(client: httpx2.Client, name: str, world: Path) -> None:
    for method in ("GET", "PUT"):
        answer = client.request(
            method, f"/exports/{name}", content=b"" if method == "PUT" else None
        )
        assert answer.status_code == 400
    assert (world / "exports-evil/secret").read_text() == "secret"


def test_a_body_is_stored_and_sent_again(client: httpx2.Client, world: Path) -> None:
    body = bytes(range(256)) * 1000
    answer = client.put("/exports/sub/new.bin", content=body)
    assert (answer.status_code, answer.json()) == (201, {"size": len(body)})
    assert (world / "exports/sub/new.bin").read_bytes() == body
    assert client.get("/exports/sub/new.bin").content == body


def test_the_first_has_the_name(client: httpx2.Client, world: Path) -> None:
    assert client.put("/exports/a.txt", content=b"mine").status_code == 409
    assert (world / "exports/a.txt").read_text() == "a"


def test_too_much_is_refused(client: httpx2.Client, world: Path) -> None:
    before = sorted(world.rglob("*"))
    assert client.put("/exports/new", content=b"x" * 1_000_001).status_code == 413
    assert client.post("/pictures", files={"file": ("x", b"x" * 1_000_001)}).status_code == 413
    assert sorted(world.rglob("*")) == before


def test_a_part_of_a_form_gets_a_name_of_its_own(client: httpx2.Client, world: Path) -> None:
    answer = client.post("/pictures", files={"file": ("../../me.PNG", b"picture")})
    assert answer.status_code == 201
    name = answer.json()["name"]
    assert name.endswith(".png")
    assert (world / "exports" / name).read_bytes() == b"picture"
