"""Words that choose rules, in the configuration and in variables."""

from __future__ import annotations

from pathlib import Path

import pytest

from tocsin.config import load
from tocsin.config.selectors import check_selectors, chooses
from tocsin.errors import UsageError


@pytest.mark.parametrize("selector", ["TOC201", "toc201", "TOC20", "TOC2", "TOC", " TOC2 "])
def test_a_code_or_a_beginning_of_it_means_a_rule(selector: str) -> None:
    assert chooses(selector, "TOC201")
    check_selectors([selector], "select")


def test_other_codes_do_not() -> None:
    assert not chooses("TOC202", "TOC201")
    assert not chooses("TOC2011", "TOC201")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('select = ["TOC7"]', "tocsin.toml: select: 'TOC7' means no rule"),
        ('ignore = ["TOC201X"]', "ignore: 'TOC201X' means no rule; did you mean 'TOC201'?"),
        ('ignore = [""]', "ignore: '' means no rule; 'tocsin rules' lists them"),
        ('ignore = ["*"]', "ignore: '*' means no rule"),
        (
            '[per-path."tests/**"]\nignore = ["TOC000"]',
            "per-path.\"tests/**\".ignore: 'TOC000' means no rule",
        ),
        ('[per-path."tests/**"]\nignor = []', "unknown key 'ignor' in per-path.\"tests/**\""),
        ('[per-path]\n"tests/**" = ["TOC2"]', 'per-path."tests/**": must be a table, not a list'),
        ("exclude = 1", "exclude: must be a list, not a whole number"),
        ('pedantic = "yes"', "pedantic: must be true or false, not text"),
        ("baseline = false", "baseline: must be text, not true or false"),
    ],
)
def test_what_means_nothing_is_an_error(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "tocsin.toml").write_text(text)
    with pytest.raises(UsageError) as refused:
        load(start=tmp_path, environment={})
    assert sentence in refused.value.message


def test_the_settings_arrive(tmp_path: Path) -> None:
    (tmp_path / "tocsin.toml").write_text(
        'select = ["TOC2"]\nexclude = ["old/**"]\npedantic = true\nbaseline = "b.json"\n'
        '[per-path."tests/**"]\nignore = ["TOC202"]\n'
    )
    config = load(start=tmp_path, environment={"TOCSIN_IGNORE": "TOC205, TOC206"}).config
    assert (config.select, config.ignore) == (("TOC2",), ("TOC205", "TOC206"))
    assert (config.exclude, config.pedantic, config.baseline) == (("old/**",), True, "b.json")
    assert config.per_path["tests/**"].ignore == ("TOC202",)
