"""What is shown of the findings, by rule, path, confidence, baseline and comment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.conftest import Command, Engine
from tests.report import scanned
from tests.report.making import events, finding
from tocsin.model.event import Event, FileSeen, FindingRaised, RunStarted
from tocsin.model.verdict import FileResult, Severity
from tocsin.scan.options import ScanOptions

SUSPECTED = replace(scanned.suspected(), severity=Severity.HIGH)
READ = [RunStarted("static", "."), FileSeen(FileResult("shop/orders.py"))]


@pytest.fixture
def project(tmp_path: Path, engine: Engine) -> Path:
    """A folder in which the engine finds one suspected and one proven race."""
    (tmp_path / "shop").mkdir()
    raise_(engine, FindingRaised(finding()), FindingRaised(SUSPECTED))
    return tmp_path


def raise_(engine: Engine, *found: Event) -> None:
    engine.runner = lambda _: iter([*READ, *found])


def rules(said: str) -> list[str]:
    return [each["rule"] for each in json.loads(said)["findings"]]


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ([], ["TOC401", "TOC201"]),
        (["--select", "TOC2"], ["TOC201"]),
        (["--select", "TOC2,TOC4"], ["TOC401", "TOC201"]),
        (["--select", "TOC301", "--select", "toc401"], ["TOC401"]),
        (["--ignore", "TOC201"], ["TOC401"]),
        (["--ignore", "TOC2, TOC4"], []),
        (["--exclude", "shop/orders.py"], ["TOC401"]),
    ],
)
def test_rules_and_files_are_chosen(
    tocsin: Command, project: Path, words: list[str], left: list[str]
) -> None:
    said = tocsin("scan", "a:b", "--output", "json", *words)
    assert sorted(rules(said.out)) == sorted(left)
    assert said.code == (1 if left else 0)


def test_when_every_file_is_excluded_there_is_nothing_to_analyse(
    tocsin: Command, project: Path
) -> None:
    said = tocsin("scan", "a:b", "--exclude", "shop/**")
    assert said.code == 3
    assert said.err == "tocsin: error: no file was analysed, so there is nothing to judge\n"


def test_the_configuration_chooses_by_path(tocsin: Command, project: Path) -> None:
    (project / "tocsin.toml").write_text('[per-path."shop/*rooms.py"]\nignore = ["TOC4"]\n')
    assert rules(tocsin("scan", "a:b", "--output", "json").out) == ["TOC201"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--select", "TOC2,TOC8"], "--select: 'TOC8' means no rule; did you mean"),
        (["--ignore", "X"], "--ignore: 'X' means no rule; 'tocsin rules' lists them"),
        (["--baseline", "none.json"], "--baseline none.json: cannot be read: No such file"),
    ],
)
def test_wrong_words_are_one_sentence_and_2(
    tocsin: Command, project: Path, words: list[str], sentence: str
) -> None:
    said = tocsin("scan", "a:b", *words)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"tocsin: error: {sentence}")
    assert said.err.count("\n") == 1


def test_what_is_only_possible_is_counted_and_shown_when_asked_for(
    tocsin: Command, engine: Engine
) -> None:
    raise_(engine, FindingRaised(replace(SUSPECTED, confidence="low")))
    said = tocsin("scan", "a:b")
    assert said.code == 0
    assert "0 findings · 1 only possible (--pedantic)" in said.out
    said = tocsin("scan", "a:b", "--pedantic")
    assert said.code == 1
    assert "only possible" not in said.out


def test_a_suppressed_finding_stays_in_the_report_and_out_of_the_exit_code(
    tocsin: Command, engine: Engine, project: Path
) -> None:
    lines = ["", ""] * 20 + ["check()  # tocsin: ignore[TOC201] one worker"]
    (project / "shop" / "orders.py").write_text("\n".join(lines))
    raise_(engine, FindingRaised(finding()))
    said = tocsin("scan", "a:b", "--output", "json")
    assert said.code == 0
    (found,) = json.loads(said.out)["findings"]
    assert found["suppression"]["reason"] == "one worker"


def test_a_suppression_without_a_reason_does_not_count(
    tocsin: Command, engine: Engine, project: Path
) -> None:
    lines = ["", ""] * 20 + ["check()  # tocsin: ignore[TOC201]"]
    (project / "shop" / "orders.py").write_text("\n".join(lines))
    raise_(engine, FindingRaised(finding()))
    said = tocsin("scan", "a:b")
    assert said.code == 1
    assert "shop/orders.py:41: the suppression of TOC201 has no reason" in said.out


def test_a_baseline_hides_what_is_known(tocsin: Command, engine: Engine, project: Path) -> None:
    raise_(engine, FindingRaised(finding()))
    said = tocsin("baseline", "a:b")
    assert (said.code, said.out) == (0, "1 finding accepted in .tocsin-baseline.json\n")
    said = tocsin("scan", "a:b", "--baseline", ".tocsin-baseline.json")
    assert said.code == 0
    assert "0 findings · 1 accepted" in said.out
    raise_(engine, FindingRaised(finding()), FindingRaised(SUSPECTED))
    said = tocsin("scan", "a:b", "--baseline", ".tocsin-baseline.json")
    assert said.code == 1
    assert "1 finding (1 high) · 1 accepted" in said.out


def test_what_is_gone_from_the_baseline_is_told(
    tocsin: Command, engine: Engine, project: Path
) -> None:
    tocsin("baseline", "a:b")
    raise_(engine)
    said = tocsin("scan", "a:b", "--baseline", ".tocsin-baseline.json")
    assert "No longer occurs" in said.out
    assert "TOC201 shop/orders.py:41 (3f9a5c1e)" in said.out


def test_the_configured_baseline_stands_beside_the_configuration(
    tocsin: Command, engine: Engine, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "tocsin.toml").write_text('baseline = "known.json"')
    tocsin("baseline", "a:b", "--out", "known.json")
    monkeypatch.chdir(project / "shop")
    raise_(engine, FindingRaised(finding()))
    assert tocsin("scan", "a:b").code == 0


def test_reasons_in_a_baseline_are_kept_when_it_is_written_again(
    tocsin: Command, project: Path
) -> None:
    tocsin("baseline", "a:b")
    path = project / ".tocsin-baseline.json"
    file = json.loads(path.read_text())
    file["findings"][0]["reason"] = "one worker"
    path.write_text(json.dumps(file))
    tocsin("baseline", "a:b")
    assert [each["reason"] for each in json.loads(path.read_text())["findings"]] == [
        "one worker",
        "",
    ]


def test_a_damaged_baseline_is_one_sentence_and_2(tocsin: Command, project: Path) -> None:
    (project / "b.json").write_text("{")
    for words in (("scan", "a:b", "--baseline", "b.json"), ("baseline", "a:b", "--out", "b.json")):
        said = tocsin(*words)
        assert said.code == 2
        assert said.err.startswith("tocsin: error: --baseline b.json: is not JSON: ")
        assert said.err.count("\n") == 1


def test_an_interrupted_run_writes_no_baseline(
    tocsin: Command, engine: Engine, project: Path
) -> None:
    def interrupted(_: ScanOptions) -> Iterator[Event]:
        yield from events()[:7]
        raise KeyboardInterrupt

    engine.runner = interrupted
    assert tocsin("baseline", "a:b").code == 130
    assert not (project / ".tocsin-baseline.json").exists()


@pytest.mark.parametrize(
    ("results", "words", "code", "sentence"),
    [
        ([FileResult("a.py")], [], 0, ""),
        ([FileResult("a.py"), FileResult("b.py", "is binary")], [], 0, ""),
        ([FileResult("a.py"), FileResult("b.py", "is binary")], ["--strict"], 4, ""),
        ([FileResult("b.py", "is binary")], [], 3, "no file could be read: b.py is binary"),
        ([], [], 3, "no file was analysed, so there is nothing to judge"),
    ],
)
def test_a_file_that_could_not_be_read_is_never_a_silent_success(
    tocsin: Command,
    engine: Engine,
    results: list[FileResult],
    words: list[str],
    code: int,
    sentence: str,
) -> None:
    engine.runner = lambda _: iter([RunStarted("static", "."), *map(FileSeen, results)])
    said = tocsin("scan", "a:b", *words)
    assert said.code == code
    assert sentence in said.err
    for result in results:
        assert not result.reason or f"{result.path}: {result.reason}" in said.out


@pytest.mark.parametrize(
    "output", ["text", "json", "sarif", "github", "gitlab", "junit", "markdown"]
)
def test_no_output_has_a_credential_in_it(
    tocsin: Command, engine: Engine, project: Path, output: str
) -> None:
    (project / "tocsin.toml").write_text('[identities.alice]\nbasic = ["alice", "wonderland7"]')
    leaking = replace(
        finding(),
        title="wonderland7",
        description="wonderland7",
        endpoint="POST /wonderland7",
        code_snippet="wonderland7",
        witness_path="wonderland7",
    )
    raise_(engine, FindingRaised(leaking))
    said = tocsin("scan", "a:b", "--output", output)
    assert said.code == 1
    assert "wonderland7" not in said.out
