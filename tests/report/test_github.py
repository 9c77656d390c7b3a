"""Workflow commands: GitHub's own parsing, done here, gives back what was said."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tests.report import scanned
from tests.report.making import events
from tocsin.report.document import fold
from tocsin.report.github import command, render
from tocsin.report.words import clean

_COMMAND = re.compile(r"::(?P<name>\w+)(?: (?P<properties>.*?))?::(?P<data>.*)", re.DOTALL)


def read(line: str) -> tuple[str, dict[str, str], str]:
    """A command as the runner reads it: split at ``::``, ``,`` and ``=``, then unescaped."""
    match = _COMMAND.fullmatch(line)
    assert match is not None, line
    pairs = [pair.partition("=") for pair in (match["properties"] or "").split(",") if pair]
    data = match["data"].replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
    return match["name"], {key: _unescaped(value) for key, _, value in pairs}, data


def _unescaped(text: str) -> str:
    for escaped, plain in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escaped, plain)
    return text


def test_a_finding_is_an_annotation_at_its_check() -> None:
    name, properties, data = read(render(fold(events())).splitlines()[0])
    assert name == "error"
    assert properties == {
        "file": "shop/orders.py",
        "line": "41",
        "title": "TOC201 an order is cancelled twice",
    }
    assert "The use is at shop/orders.py:44." in data.splitlines()
    assert data.splitlines()[-1] == "Replay: tocsin replay .tocsin/witnesses/3f9a5c1e.json"


def test_severity_chooses_the_command_and_suppressed_findings_are_silent() -> None:
    lines = render(scanned.document()).splitlines()
    *commands, last = lines
    names = [read(line)[0] for line in commands]
    assert names == ["error", "warning", "warning", "notice", "warning", "notice"]
    assert last == "tocsin: 4 findings, grade D"


def test_a_file_that_could_not_be_read_is_a_warning() -> None:
    found = [read(line) for line in render(scanned.document()).splitlines()[:-1]]
    assert ("warning", {"file": "shop/old.py"}, "not analysed: is binary") in found


@given(st.text(), st.text(), st.text())
def test_whatever_is_said_cannot_be_another_command(path: str, title: str, text: str) -> None:
    line = command("error", text, file=path, title=title)
    assert "\n" not in line
    assert "\r" not in line
    assert read(line) == ("error", {"file": clean(path), "title": clean(title)}, clean(text))
