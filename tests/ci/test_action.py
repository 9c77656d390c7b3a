"""The GitHub action and the pre-commit hook: well formed, and the script does what it says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tocsin.cli.main import cli

ROOT = Path(__file__).resolve().parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
SCRIPT = ROOT / ".ci" / "action-scan"
FAKE = (
    '#!/bin/sh\nprintf "%s\\n" "$@" > words\n[ -n "$REPORT" ] && echo {} > "$REPORT"\nexit $CODE\n'
)


def scan(folder: Path, code: int = 0, report: str = "", **given: str) -> dict[str, str]:
    """Run the script with a `tocsin` that writes down what it was given."""
    fake = folder / "bin" / "tocsin"
    fake.parent.mkdir(exist_ok=True)
    fake.write_text(FAKE)
    fake.chmod(0o755)
    output = folder / "output"
    output.write_text("")
    environment = {
        "PATH": f"{fake.parent}{os.pathsep}{os.environ['PATH']}",
        "GITHUB_OUTPUT": str(output),
        "CODE": str(code),
        "REPORT": report,
        **given,
    }
    done = subprocess.run([SCRIPT], cwd=folder, env=environment, check=False, capture_output=True)
    assert done.returncode == 0, done.stderr
    return dict(line.split("=") for line in output.read_text().splitlines())


def words(folder: Path) -> list[str]:
    return (folder / "words").read_text().splitlines()


def test_the_words_of_the_inputs_are_kept_whole(tmp_path: Path) -> None:
    scan(
        tmp_path,
        TARGETS="src\n\n  my folder  \nshop.main:app\n",
        ARGUMENTS="--only\nPOST /orders; rm -rf $HOME\n",
        FAIL_ON="medium",
    )
    assert words(tmp_path) == [
        *("scan", "--fail-on", "medium", "--output", "github"),
        *("--only", "POST /orders; rm -rf $HOME"),
        *("--", "src", "my folder", "shop.main:app"),
    ]


@pytest.mark.parametrize(
    ("code", "report", "written"),
    [(0, "r.sarif", "true"), (1, "r.sarif", "true"), (2, "", "false")],
)
def test_the_code_and_the_report_are_told(
    tmp_path: Path, code: int, report: str, written: str
) -> None:
    (tmp_path / "r.sarif").write_text("of an earlier run")
    told = scan(tmp_path, code, report, SARIF="r.sarif")
    assert told == {"code": str(code), "written": written}
    assert words(tmp_path)[3:7] == ["--output", "sarif", "--out", "r.sarif"]


def test_the_real_command_takes_what_the_script_gives(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("import flask\n\napp = flask.Flask(__name__)\n")
    output = tmp_path / "output"
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GITHUB_OUTPUT": str(output),
        "TARGETS": ".",
        "SARIF": str(tmp_path / "r.sarif"),
    }
    subprocess.run([SCRIPT], cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert output.read_text().splitlines() == ["code=0", "written=true"]
    assert json.loads((tmp_path / "r.sarif").read_text())["version"] == "2.1.0"


def test_every_input_is_used_and_none_is_put_into_a_script() -> None:
    text = (ROOT / "action.yml").read_text("utf-8")
    for name, described in ACTION["inputs"].items():
        assert f"inputs.{name}" in text
        assert described["description"]
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", "")


def test_every_input_is_described() -> None:
    page = (ROOT / "docs" / "how-to" / "github.md").read_text("utf-8")
    assert [name for name in ACTION["inputs"] if f"| `{name}` |" not in page] == []


def test_the_hook_runs_a_command_that_exists() -> None:
    (hook,) = HOOKS
    assert hook["id"] == "tocsin"
    program, verb = hook["entry"].split()
    assert program == "tocsin"
    assert verb in cli.commands
    assert hook["pass_filenames"] is False
