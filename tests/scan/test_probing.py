"""An address as a target: scope before everything, credentials in no output."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.probe.gate import gated
from tests.probe.servers import under_uvicorn
from tests.probe.shop import PEOPLE, Shop, application
from tocsin.cli.common import OUTPUTS
from tocsin.cli.main import cli

CONFIGURATION = """
[identities.alice]
basic = ["alice", "wonderland-1865"]

[identities.bob]
basic = ["bob", "builder-1999"]
"""


@pytest.fixture
def address() -> Iterator[str]:
    shop = Shop()
    shop.restore()
    with gated(shop.gate), under_uvicorn(application(shop)) as origin:
        yield str(origin)


def scan(folder: Path, *words: str) -> Result:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        if not (folder / "tocsin.toml").exists():
            (folder / "tocsin.toml").write_text(CONFIGURATION)
        return CliRunner().invoke(cli, ["scan", *words], standalone_mode=False)


def test_a_foreign_host_without_scope_is_5_and_gets_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tocsin.cli.main import run

    asked: list[Any] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *words, **_: asked.append(words))
    monkeypatch.setattr(socket, "create_connection", lambda *words, **_: asked.append(words))
    monkeypatch.setattr(socket.socket, "connect", lambda *words: asked.append(words))
    monkeypatch.setattr("sys.argv", ["tocsin", "scan", "http://shop.example/", "--active"])
    with pytest.raises(SystemExit) as left:
        run()
    assert left.value.code == 5
    assert asked == []


def test_an_address_of_this_machine_under_another_name_is_not_connected_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        port = listener.getsockname()[1]
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_words, **_: found)
        (tmp_path / "tocsin.toml").write_text('scope = ["shop.example"]')
        result = scan(tmp_path, f"http://shop.example:{port}")
        assert "127.0.0.1 is this machine" in str(result.exception)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_the_keys_of_the_report(tmp_path: Path, address: str) -> None:
    result = scan(tmp_path, address, "--only", "GET *", "--only", "POST /spend", "--rounds", "3",
                  "--output", "json", "--no-progress")  # fmt: skip
    document = json.loads(result.stdout)
    (finding,) = document["findings"]
    assert {
        "category",
        "severity",
        "description",
        "endpoint",
        "code_snippet",
        "remediation",
    } <= set(finding)
    assert finding["evidence"]["level"] == "observed"
    assert finding["evidence"]["volley"]["shown"] == 3
    (pair,) = [one for one in document["pairs"] if one["verdict"] == "violated"]
    assert pair["findings"] == [finding["fingerprint"]]
    (test,) = document["fastapi_toctou_tests"]
    assert set(test) == {"endpoint", "test_type", "vulnerability", "recommendation"}
    assert test["test_type"] == "parallel_replay"
    assert result.return_value == 1


TWO = """
[[requests]]
name = "spend a little"
request = "POST /spend"
identity = "alice"
json = { n = 1 }

[[requests]]
name = "spend more"
request = "POST /spend"
identity = "alice"
json = { n = 2 }
"""


def test_what_several_attacks_show_of_the_same_endpoints_is_one_finding(
    tmp_path: Path, address: str
) -> None:
    (tmp_path / "tocsin.toml").write_text(CONFIGURATION + TWO)
    result = scan(tmp_path, address, "--only", "GET *", "--only", "POST /spend", "--rounds", "3",
                  "--output", "json", "--no-progress")  # fmt: skip
    document = json.loads(result.stdout)
    (finding,) = document["findings"]
    violated = [one for one in document["pairs"] if one["verdict"] == "violated"]
    assert len(violated) > 1
    assert {name for one in violated for name in one["findings"]} == {finding["fingerprint"]}


def test_a_finding_is_located_in_the_document(tmp_path: Path, address: str) -> None:
    described = application(Shop()).openapi()
    (tmp_path / "api.json").write_text(json.dumps(described, indent=2))
    result = scan(tmp_path, address, "--spec", "api.json", "--only", "GET *", "--only",
                  "POST /spend", "--rounds", "1", "--output", "sarif", "--no-progress")  # fmt: skip
    (found,) = json.loads(result.stdout)["runs"][0]["results"]
    (place,) = found["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "api.json"
    line = place["physicalLocation"]["region"]["startLine"]
    lines = (tmp_path / "api.json").read_text().splitlines()
    assert [one.strip() for one in lines[line - 2 : line]] == ['"/spend": {', '"post": {']


@pytest.mark.parametrize("output", OUTPUTS)
def test_credentials_are_in_no_output(tmp_path: Path, address: str, output: str) -> None:
    result = scan(
        tmp_path, address, "--only", "GET *", "--only", "POST /spend", "--rounds", "1",
        "--output", output, "--har", "out.har", "--no-progress",
    )  # fmt: skip
    assert "spend" in result.stdout
    written = result.output + "".join(
        path.read_text()
        for path in tmp_path.rglob("*")
        if path.is_file() and path.suffix != ".toml"
    )
    assert "spend" in (tmp_path / "out.har").read_text()
    for name, password in PEOPLE.items():
        encoded = base64.b64encode(f"{name}:{password}".encode()).decode()
        assert password not in written
        assert encoded not in written


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["http://127.0.0.1:1/", "--spec", "none.json"], "spec none.json: is no file, and no path"),
        (["http://alice:pw@127.0.0.1:1/"], "has credentials in it"),
        (["a:b", "--dry-run"], "--dry-run is for addresses"),
    ],
)
def test_bad_words_are_one_sentence(tmp_path: Path, words: list[str], sentence: str) -> None:
    assert sentence in str(scan(tmp_path, *words).exception)


def test_a_rehearsal_says_what_would_be_sent(tmp_path: Path, address: str) -> None:
    result = scan(tmp_path, address, "--dry-run")
    assert result.return_value == 0
    assert (
        "POST /spend as alice, bob, anonymous: duplicate_create, parallel_replay" in result.stdout
    )
