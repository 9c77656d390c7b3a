"""``tocsin scan``: words in; report, sentence and exit code out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Command, Engine
from tests.report.making import events, finding
from tocsin.errors import Unreachable
from tocsin.model.event import Event, FindingRaised, OperationSeen, RunStarted, UnitFinished
from tocsin.model.verdict import (
    Level,
    OperationResult,
    PairResult,
    RequestRef,
    Severity,
    Verdict,
)
from tocsin.scan.options import ScanOptions

PAIR = (RequestRef("POST /x", "alice", "A"),) * 2
CLEAN: list[Event] = [
    RunStarted("explore", "shop.main:app"),
    OperationSeen(OperationResult("POST /x", "alice", "exercised")),
    UnitFinished(PairResult(PAIR, Verdict.HOLDS, 5)),
]


def test_a_finding_is_printed_and_makes_the_exit_code_1(tocsin: Command) -> None:
    said = tocsin("scan", "shop.main:app")
    assert said.code == 1
    assert "double submit  POST /orders/{order_id}/cancel" in said.out
    assert "\x1b" not in said.out
    assert said.err == ""


def test_json_is_json_and_nothing_else(tocsin: Command) -> None:
    said = tocsin("scan", "shop.main:app", "--output", "json")
    assert json.loads(said.out)["verdict"] == "violated"


@pytest.mark.parametrize(
    ("output", "beginning"),
    [
        ("sarif", '{\n  "$schema": "https://docs.oasis-open.org/sarif'),
        ("github", "::error file=shop/orders.py,line=41,"),
        ("gitlab", '{\n  "version": "15.'),
        ("junit", "<?xml version='1.0' encoding='utf-8'?>\n<testsuites"),
        ("markdown", "# tocsin\n"),
    ],
)
def test_other_outputs(tocsin: Command, tmp_path: Path, output: str, beginning: str) -> None:
    said = tocsin("scan", "shop.main:app", "--output", output)
    assert (said.code, said.err) == (1, "")
    assert said.out.startswith(beginning)
    tocsin("scan", "shop.main:app", "--output", output, "--out", "report")
    assert (tmp_path / "report").read_text("utf-8").startswith(beginning)


def test_out_writes_a_file(tocsin: Command, tmp_path: Path) -> None:
    said = tocsin("scan", "shop.main:app", "--output", "json", "--out", "deep/report.json")
    assert json.loads((tmp_path / "deep" / "report.json").read_text())["grade"] == "D"
    assert said.out == ""
    assert "the report is in deep/report.json" in said.err


def test_quiet_is_headlines_and_a_summary(tocsin: Command) -> None:
    said = tocsin("scan", "shop.main:app", "-q")
    assert "Interleaving" not in said.out
    assert "HIGH" in said.out
    assert "1 finding (1 high)" in said.out
    assert said.err == ""


@pytest.mark.parametrize(
    ("severity", "threshold", "code"),
    [
        (Severity.HIGH, "critical", 0),
        (Severity.HIGH, "high", 1),
        (Severity.LOW, "medium", 0),
        (Severity.CRITICAL, "never", 0),
        (Severity.INFO, "info", 1),
    ],
)
def test_fail_on(
    tocsin: Command, engine: Engine, severity: Severity, threshold: str, code: int
) -> None:
    engine.runner = lambda _: iter([*CLEAN, FindingRaised(finding(severity))])
    assert tocsin("scan", "a:b", "--fail-on", threshold).code == code


def test_what_was_not_reproduced_does_not_fail(tocsin: Command, engine: Engine) -> None:
    raised = FindingRaised(finding(Severity.HIGH, Level.NOT_REPRODUCED))
    engine.runner = lambda _: iter([*CLEAN, raised])
    assert tocsin("scan", "a:b").code == 0


def test_strict_makes_inconclusive_4(tocsin: Command, engine: Engine) -> None:
    unknown = UnitFinished(PairResult(PAIR, Verdict.INCONCLUSIVE, 1, "", "hung"))
    engine.runner = lambda _: iter([*CLEAN, unknown])
    assert tocsin("scan", "a:b").code == 0
    assert tocsin("scan", "a:b", "--strict").code == 4


def test_nothing_exercised_is_3(tocsin: Command, engine: Engine) -> None:
    skipped = OperationSeen(OperationResult("POST /x", "alice", "skipped", "no value"))
    engine.runner = lambda _: iter([RunStarted("explore", "a:b"), skipped])
    said = tocsin("scan", "a:b")
    assert said.code == 3
    assert "no value" in said.out
    assert said.err.startswith("tocsin: error: no operation could be exercised")


def test_the_options_reach_the_engine(tocsin: Command, engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "tocsin.toml").write_text(
        'fail-on = "low"\npreemptions = 3\n'
        '[identities.alice]\nbearer = "t1"\n[identities.bob]\nbearer = "t2"\n'
    )
    (tmp_path / "backend").mkdir()
    tocsin(
        *("scan", "backend", "shop.main:app", "--identity", "bob", "--preemptions", "0"),
        *("--only", "POST /*", "--skip", "POST /login", "--time-limit", "9", "--workers", "2"),
        *("--flask", "--exhaustive", "--witness-dir", "w", "--i-know-this-database-is-disposable"),
    )
    options = engine.options
    assert options is not None
    assert options.applications == ("shop.main:app",)
    assert options.sources == ("backend",)
    assert options.import_paths == (tmp_path / "backend", tmp_path)
    assert [identity.name for identity in options.identities] == ["bob"]
    assert len(options.secrets) == 2
    config = options.config
    assert (config.preemptions, config.fail_on, config.framework) == (0, "low", "flask")
    assert (config.only, config.skip) == (("POST /*",), ("POST /login",))
    assert (config.time_limit, config.workers, config.exhaustive) == (9, 2, True)
    assert (options.witness_dir, options.disposable) == (Path("w"), True)
    assert options.cache is not None


def test_without_a_cache_nothing_is_kept(tocsin: Command, engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "backend").mkdir()
    tocsin("scan", "backend", "--no-cache")
    assert engine.options is not None
    assert engine.options.cache is None


def test_without_a_target_the_configured_app_is_explored(
    tocsin: Command, engine: Engine, tmp_path: Path
) -> None:
    (tmp_path / "tocsin.toml").write_text('app = "shop.main:app"')
    tocsin("scan")
    assert engine.options is not None
    assert engine.options.applications == ("shop.main:app",)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "no target: give an application"),
        (["a:b", "--dry-run"], "--dry-run is for addresses"),
        (["shop.main"], "(did you mean 'shop.main:app'?)"),
        (["localhost:8000"], "(did you mean 'http://localhost:8000'?)"),
        (["ftp://localhost/"], "'ftp://localhost/': addresses begin with http:// or https://"),
        (["no/such/folder"], "no file or folder of that name exists"),
        (["a:b", "--identity", "bob"], "--identity bob: no identity has this name"),
        (["a:b", "--config", "none.toml"], "none.toml: cannot be read: No such file"),
    ],
)
def test_bad_words_are_one_sentence_and_2(tocsin: Command, words: list[str], sentence: str) -> None:
    said = tocsin("scan", *words)
    assert said.code == 2
    assert said.err.startswith("tocsin: error: ")
    assert said.err.count("\n") == 1
    assert sentence in said.err


def test_what_is_no_python_is_one_sentence_and_2(tocsin: Command, tmp_path: Path) -> None:
    (tmp_path / "notes.ipynb").write_text("{}")
    said = tocsin("scan", "notes.ipynb")
    assert (said.code, said.err) == (2, "tocsin: error: 'notes.ipynb' is no Python file\n")


def test_unknown_configuration_is_2(tocsin: Command, tmp_path: Path) -> None:
    (tmp_path / "tocsin.toml").write_text("fail_on = 1")
    said = tocsin("scan", "a:b")
    assert said.code == 2
    assert "tocsin.toml: unknown key 'fail_on' at the top; did you mean 'fail-on'?" in said.err


def test_an_unknown_option_is_2(tocsin: Command) -> None:
    said = tocsin("scan", "a:b", "--fail-onn", "x")
    assert said.code == 2
    assert "--fail-on" in said.err


def test_unreachable_is_5(tocsin: Command, engine: Engine) -> None:
    def refuse(_: ScanOptions) -> Iterator[Event]:
        raise Unreachable("the database shop does not answer")
        yield

    engine.runner = refuse
    said = tocsin("scan", "a:b")
    assert (said.code, said.out) == (5, "")
    assert said.err == "tocsin: error: the database shop does not answer\n"


def test_a_name_that_the_system_refuses_is_no_internal_error(tocsin: Command) -> None:
    name = "x" * 300  # as a folder that may not be entered, but for root as well
    said = tocsin("scan", f"{name}.py")
    assert (said.code, said.err) == (2, f"tocsin: error: {name}.py: File name too long\n")


def test_an_internal_error_is_one_sentence_and_70(tocsin: Command, engine: Engine) -> None:
    def fail(_: ScanOptions) -> Iterator[Event]:
        yield from CLEAN
        raise ValueError("two\nlines")

    engine.runner = fail
    said = tocsin("scan", "a:b")
    assert said.code == 70
    assert "Interrupted" in said.out
    assert said.err.splitlines() == [
        "tocsin: error: internal error: ValueError: two lines; re-run with --debug to see where"
    ]
    assert "Traceback (most recent call last)" in tocsin("scan", "a:b", "--debug").err


def test_ctrl_c_lets_the_engine_clean_up_and_prints_what_is_known(
    tocsin: Command, engine: Engine
) -> None:
    cleaned: list[str] = []

    def interrupted(_: ScanOptions) -> Iterator[Event]:
        try:
            yield from events()[:7]
            raise KeyboardInterrupt
        finally:
            cleaned.append("restored")

    engine.runner = interrupted
    said = tocsin("scan", "a:b")
    assert said.code == 130
    assert cleaned == ["restored"]
    assert "double submit" in said.out
    assert "Interrupted: this covers what was explored until then." in said.out


def test_progress_stays_on_stderr(tocsin: Command) -> None:
    said = tocsin("scan", "a:b", "--progress", "--output", "json")
    assert json.loads(said.out)
