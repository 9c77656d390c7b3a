"""``tocsin fix``: what is written, what is only said, what is left alone."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.static.fix.apps import TOPS
from tocsin.cli import fixing
from tocsin.cli.main import main
from tocsin.scan import writing

SAFE = """@app.post("/files/{name}")
def create(name: str, text: str) -> None:
    path = FOLDER / name
    if path.exists():
        raise HTTPException(409, "ähnlich")
    path.write_text(text)
"""
UNSAFE = """@app.post("/seats/{name}")
def take(name: str) -> None:
    with threading.Lock():
        left = seats[name]
        if left < 1:
            raise HTTPException(409)
        app.log(name)
        seats[name] = left - 1
"""
NONE = """@app.post("/exports/{name}")
def export(name: str, text: str) -> None:
    with open(f"/tmp/export-{name}.csv", "w") as file:
        file.write(text)
"""
EVERY = f"{SAFE}\n\n{UNSAFE}\n\n{NONE}"


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "app.py"
    file.write_text(TOPS["python"] + EVERY, "utf-8")
    return file


def test_safe_fixes_are_applied_and_the_others_counted(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fix", "."]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[-1] == (
        "fixed 1, 1 needs --unsafe-fixes, 1 has no automatic fix (1 file)"
    )
    text = app.read_text("utf-8")
    assert 'path.open("x")' in text
    assert "with threading.Lock():" in text


def test_unsafe_fixes_are_applied_when_asked_for(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fix", "app.py", "--unsafe-fixes"]) == 0
    assert "fixed 2, 1 has no automatic fix (1 file)" in capsys.readouterr().out
    assert "with _take_lock:" in app.read_text("utf-8")


@pytest.mark.parametrize("configured", [True, False])
def test_guards_are_written_when_asked_for(
    app: Path, configured: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    (app.parent / "tocsin.toml").write_text(f"guards = {str(configured).lower()}\n", "utf-8")
    words = [] if configured else ["--with-guards"]
    assert main(["fix", ".", "--unsafe-fixes", "--diff"]) == 1
    printed = capsys.readouterr().out
    assert ("+from tocsin.guard.files import Root" in printed) is configured
    assert main(["fix", ".", "--unsafe-fixes", *words]) == 0
    text = app.read_text("utf-8")
    assert "with Root(FOLDER) as folder, folder.create(name) as file:" in text
    assert main(["fix", ".", "--unsafe-fixes", *words, "--diff"]) == 0


def test_fixing_twice_changes_nothing(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["fix", ".", "--unsafe-fixes"])
    once = app.read_bytes()
    assert main(["fix", ".", "--unsafe-fixes"]) == 0
    assert app.read_bytes() == once
    assert "fixed 0," in capsys.readouterr().out


def test_a_diff_applies_and_writes_nothing(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = app.read_bytes()
    assert main(["fix", "--diff", "--unsafe-fixes", "."]) == 1
    printed = capsys.readouterr()
    assert app.read_bytes() == before
    assert "would fix 2" in printed.err
    done = subprocess.run(
        ["git", "apply", "-"], input=printed.out, text=True, cwd=app.parent, check=False
    )
    assert done.returncode == 0
    patched = app.read_bytes()
    app.write_bytes(before)
    main(["fix", "--unsafe-fixes", "."])
    assert app.read_bytes() == patched


def test_a_diff_of_nothing_is_empty(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app.write_text(TOPS["python"] + NONE, "utf-8")
    assert main(["fix", "--diff", "."]) == 0
    assert capsys.readouterr().out == ""


def test_only_the_selected_rules_are_fixed(app: Path) -> None:
    main(["fix", ".", "--unsafe-fixes", "--select", "TOC210"])
    text = app.read_text("utf-8")
    assert "path.write_text(text)" in text
    assert "with _take_lock:" in text


def test_a_suppressed_finding_is_left_alone(app: Path) -> None:
    comment = "# tocsin: ignore[TOC301] names are made from a counter"
    text = app.read_text("utf-8").replace("exists():", f"exists():  {comment}")
    app.write_text(text, "utf-8")
    main(["fix", "."])
    assert app.read_text("utf-8") == text


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encoding_and_line_ends_are_kept(app: Path, encoding: str, end: str) -> None:
    head = "# -*- coding: latin-1 -*-\n" if encoding == "latin-1" else ""
    text = (head + TOPS["python"] + SAFE).replace("\n", end)
    app.write_bytes(text.encode(encoding))
    assert main(["fix", "."]) == 0
    data = app.read_bytes()
    assert b'path.open("x")' in data
    assert data.decode(encoding).count("\n") == data.count(end.encode())
    assert "ähnlich" in data.decode(encoding)
    assert data.startswith(b"\xef\xbb\xbf") == (encoding == "utf-8-sig")


def test_mode_and_links_are_kept(app: Path, tmp_path: Path) -> None:
    app.chmod(0o640)
    link = tmp_path / "link.py"
    link.symlink_to(app)
    main(["fix", "link.py"])
    assert link.is_symlink()
    assert 'path.open("x")' in app.read_text("utf-8")
    assert os.stat(app).st_mode & 0o777 == 0o640
    assert sorted(each.name for each in tmp_path.iterdir()) == ["app.py", "link.py"]


def test_a_file_that_was_changed_meanwhile_is_left_alone(
    app: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def somebody_else(path: str, old: bytes, new: bytes) -> str:
        app.write_text("x = 1\n", "utf-8")
        return writing.replaced(path, old, new)

    monkeypatch.setattr(fixing, "replaced", somebody_else)
    assert main(["fix", "."]) == 0
    printed = capsys.readouterr()
    assert app.read_text("utf-8") == "x = 1\n"
    assert "was changed meanwhile" in printed.err
    assert "fixed 0," in printed.out


def test_a_file_that_cannot_be_read_is_told_about(
    app: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (app.parent / "other.py").write_bytes(b"x = '\xff'\n")
    assert main(["fix", "."]) == 0
    assert "other.py has an encoding that cannot be read" in capsys.readouterr().err


def scanned(output: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    words = ["scan", ".", "--fixes", "--no-cache", "--output", output, "--fail-on", "never"]
    assert main(words) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_report_says_what_would_be_written(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    findings = {each["rule"]: each["fixes"] for each in scanned("json", capsys)["findings"]}
    assert {rule: [fix["safety"] for fix in fixes] for rule, fixes in findings.items()} == {
        "TOC301": ["safe"],
        "TOC210": ["unsafe"],
        "TOC302": [],
    }
    lines = app.read_text("utf-8").splitlines(keepends=True)
    (change,) = findings["TOC301"][0]["changes"]
    assert change["path"] == "app.py"
    for edit in reversed(change["edits"]):
        lines[edit["line"] - 1 : edit["end_line"] - 1] = [edit["text"]]
    main(["fix", "."])
    assert "".join(lines) == app.read_text("utf-8")


def test_sarif_says_it_in_replacements(app: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (run,) = scanned("sarif", capsys)["runs"]
    (fix,) = next(each["fixes"] for each in run["results"] if each["ruleId"] == "TOC301")
    (change,) = fix["artifactChanges"]
    assert change["artifactLocation"]["uri"] == "app.py"
    assert 'path.open("x")' in "".join(
        each["insertedContent"]["text"] for each in change["replacements"]
    )


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["shop:app"], 2, "only source can be fixed"),
        (["nothing.py"], 2, "no file or folder of that name"),
        (["empty"], 3, "no Python file"),
        (["binary.py"], 3, "is binary"),
    ],
)
def test_bad_input_gets_a_sentence(
    app: Path, words: list[str], code: int, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (app.parent / "empty").mkdir()
    (app.parent / "binary.py").write_bytes(b"\0")
    assert main(["fix", *words]) == code
    assert sentence in capsys.readouterr().err
