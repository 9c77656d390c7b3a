"""``tocsin rules`` and ``tocsin explain``."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Command
from tocsin.rules.catalogue import CATALOGUE


def test_every_rule_is_listed(tocsin: Command) -> None:
    said = tocsin("rules")
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0].split() == ["code", "name", "what", "it", "finds", "fix", "found", "by"]
    first = {line.split()[0] for line in lines if line.strip()}
    assert {rule.code for rule in CATALOGUE} <= first
    assert "\x1b" not in said.out


def test_the_rules_as_json(tocsin: Command) -> None:
    rows = json.loads(tocsin("rules", "--output", "json").out)
    assert [row["code"] for row in rows] == [rule.code for rule in CATALOGUE]
    (row,) = [row for row in rows if row["code"] == "TOC202"]
    assert row["name"] == "read-modify-write"
    assert (row["cwe"], row["fix"], row["pedantic"]) == ("CWE-362", "safe", False)
    assert row["url"].endswith("/toc202.md")


def test_what_no_engine_finds_yet_is_said() -> None:
    from tocsin.cli.rules import _found_by

    found = _found_by()
    assert found["TOC201"] == ["static", "explore", "probe"]
    assert found["TOC213"] == ["static", "explore"]
    assert found["TOC209"] == ["static"]
    assert set(found) == {rule.code for rule in CATALOGUE}


@pytest.mark.parametrize("word", ["TOC203", "toc203", "guarded-relative-update"])
def test_a_page_is_shown(tocsin: Command, word: str) -> None:
    said = tocsin("explain", word)
    assert said.code == 0
    assert "TOC203 guarded-relative-update" in said.out
    assert "balance__gte=amount" in said.out
    assert "\x1b" not in said.out


def test_a_page_says_when_nothing_finds_it_yet(
    tocsin: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "No engine of this version" not in tocsin("explain", "TOC201").out
    monkeypatch.setattr("tocsin.static.rules.registry.JUDGES", ())
    assert "No engine of this version finds it yet" in tocsin("explain", "TOC209").out


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("TOC2001", "'TOC2001' is no rule; did you mean TOC201 (check-then-update)?"),
        ("lazy-locks", "'lazy-locks' is no rule; did you mean TOC208 (lazy-lock)?"),
        ("§", "'§' is no rule; 'tocsin rules' lists them"),
    ],
)
def test_what_is_no_rule_is_2_and_names_the_nearest(
    tocsin: Command, word: str, sentence: str
) -> None:
    said = tocsin("explain", word)
    assert (said.code, said.out) == (2, "")
    assert said.err == f"tocsin: error: {sentence}\n"
