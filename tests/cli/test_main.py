"""The command as a process: help, version, completion, pipes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version

import pytest

from tests.cli.conftest import Command, Engine
from tocsin.model.event import Event
from tocsin.scan.options import ScanOptions


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["scan", "-h"], ["replay", "--help"]])
def test_help_has_examples(tocsin: Command, words: list[str]) -> None:
    said = tocsin(*words)
    assert said.code == 0
    assert "\n  Examples:\n    tocsin " in said.out


def test_help_lists_the_exit_codes(tocsin: Command) -> None:
    assert "130  interrupted" in tocsin("-h").out


def test_version(tocsin: Command) -> None:
    assert version("tocsin") in tocsin("--version").out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(tocsin: Command, shell: str) -> None:
    said = tocsin("completion", shell)
    assert said.code == 0
    assert "_TOCSIN_COMPLETE" in said.out


def test_an_unknown_verb_is_2(tocsin: Command) -> None:
    said = tocsin("scam")
    assert said.code == 2
    assert "No such command 'scam'" in said.err


def test_help_imports_neither_engine_nor_reports() -> None:
    program = (
        "import sys; from tocsin.cli.main import main; main(['--help']);"
        "print(sorted({'rich', 'msgspec', 'sqlglot', 'tocsin.scan'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_reader_that_leaves_is_no_error() -> None:
    program = (
        "import os, sys; from tocsin.cli.main import main;"
        "os.close(int(sys.argv[1])); sys.exit(main(['--help']))"
    )
    read, write = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", program, str(read)],
        stdout=write,
        stderr=subprocess.PIPE,
        pass_fds=[read],
    ) as process:
        os.close(read)
        os.close(write)
        _, err = process.communicate(timeout=30)
    assert err == b""
    assert process.returncode == 0


def test_an_application_that_leaves_is_one_sentence(tocsin: Command, engine: Engine) -> None:
    def leave(_: ScanOptions) -> Iterator[Event]:
        sys.exit(3)
        yield

    engine.runner = leave
    said = tocsin("scan", "a:b")
    assert said.code == 2
    assert said.err == "tocsin: error: the application ended the process with sys.exit()\n"
