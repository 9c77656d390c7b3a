"""From what was found to what is shown: comments, selection, baseline, in a real folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.report import scanned
from tests.report.making import finding
from tests.scan.places import at as place
from tests.scan.places import proven, suspected
from tocsin.model.event import Event, FileSeen, FindingRaised, OperationSeen, RunStarted
from tocsin.model.finding import Finding
from tocsin.model.location import Location
from tocsin.model.verdict import FileResult, Level, OperationResult
from tocsin.report.baseline import Entry
from tocsin.report.document import Document, fold
from tocsin.rules.catalogue import codes
from tocsin.scan.selection import Selection
from tocsin.scan.triage import Wishes, triage


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "orders.py").write_text("check()\nuse()\n")
    return tmp_path


def at(path: str, line: int = 1, **changes: object) -> Finding:
    place = Location(path, line)
    return replace(scanned.suspected(), check=place, use=place, rule="TOC201", **changes)


def shown(document: Document, wishes: Wishes, *more: Event) -> Document:
    events = [FindingRaised(each) for each in document.findings]
    files = [FileSeen(FileResult("shop/orders.py"))]
    return triage(fold([*events, *files, *more]), wishes)


def found(*findings: Finding) -> Document:
    return fold(map(FindingRaised, findings))


def wishes(project: Path, **changes: object) -> Wishes:
    return replace(Wishes(root=project, here=project, sought=codes()), **changes)


def test_a_comment_in_the_file_suppresses(project: Path) -> None:
    text = "check()  # tocsin: ignore[TOC201] one worker\n"
    (project / "shop" / "orders.py").write_text(text)
    document = shown(found(at("shop/orders.py")), wishes(project))
    (only,) = document.findings
    assert only.suppression is not None
    assert only.suppression.reason == "one worker"
    assert document.live == ()
    assert document.notes == ()


def test_a_comment_that_suppresses_nothing_is_noted_where_the_rule_was_sought(
    project: Path,
) -> None:
    text = "check()  # tocsin: ignore[TOC201] one worker\n"
    (project / "shop" / "orders.py").write_text(text)
    note = "shop/orders.py:1: ignore[TOC201] suppresses nothing: remove it"
    assert shown(found(), wishes(project)).notes == (note,)
    assert shown(found(), wishes(project, sought=frozenset())).notes == ()
    ignoring = wishes(project, selection=Selection(ignore=("TOC201",)))
    assert shown(found(at("shop/orders.py")), ignoring).notes == ()


@pytest.mark.parametrize("named", ["shop/orders.py", "./shop/orders.py", "{0}/shop/orders.py"])
def test_a_file_has_one_name_however_an_engine_names_it(project: Path, named: str) -> None:
    document = shown(found(at(named.format(project))), wishes(project))
    (only,) = document.findings
    assert only.check is not None
    assert only.check.path == "shop/orders.py"


def test_places_named_from_the_project_are_shown_from_the_working_directory(
    project: Path,
) -> None:
    wanted = wishes(project, root=project / "shop")
    document = triage(found(at("orders.py")), wanted)
    (only,) = document.findings
    assert only.use is not None
    assert only.use.path == "shop/orders.py"


def test_the_places_of_a_witness_are_named_alike(project: Path) -> None:
    document = triage(found(finding()), wishes(project, here=project / "shop"))
    (only,) = document.findings
    assert only.check is not None
    assert only.check.path == "orders.py"
    witness = only.evidence.witness
    assert witness is not None
    assert {op.location.path for op in witness.history.ops if op.location} == {"orders.py"}
    assert witness.anomaly.check_at == only.check


def test_patterns_are_relative_to_the_configuration(project: Path) -> None:
    raised = found(at("shop/orders.py"))
    for exclude, number in ((("shop",), 0), (("orders.py",), 0), (("other/**",), 1)):
        wanted = wishes(project, selection=Selection(exclude=exclude))
        assert len(shown(raised, wanted).findings) == number
    inner = wishes(project, root=project / "shop", selection=Selection(exclude=("/orders.py",)))
    document = shown(raised, inner)
    assert (document.findings, document.files) == ((), ())


def test_low_confidence_is_hidden_and_counted(project: Path) -> None:
    raised = found(at("shop/orders.py", confidence="low"), finding())
    document = shown(raised, wishes(project))
    assert (len(document.findings), document.hidden) == (1, 1)
    pedantic = wishes(project, selection=Selection(pedantic=True))
    assert shown(raised, pedantic).hidden == 0


def test_what_the_baseline_has_is_accepted(project: Path) -> None:
    entries = (Entry("aa11", "TOC201", "shop/orders.py", 1),)
    document = shown(found(at("shop/orders.py")), wishes(project, accepted=entries))
    assert document.live == ()
    assert len(document.findings) == 1
    assert document.gone == ()


def test_an_entry_is_gone_only_where_this_run_looked(project: Path) -> None:
    entries = (
        Entry("1", "TOC201", "shop/orders.py", 1),
        Entry("2", "TOC201", "shop/deleted.py", 1),
        Entry("3", "TOC201", "pyproject.toml", 1),
        Entry("4", "TOC301", "shop/orders.py", 1),
        Entry("5", "TOC201", "", 0, "POST /x"),
    )
    (project / "pyproject.toml").write_text("")
    wanted = wishes(project, accepted=entries, selection=Selection(select=("TOC2",)))
    assert shown(found(), wanted).gone == (
        "TOC201 shop/orders.py:1 (1)",
        "TOC201 shop/deleted.py:1 (2)",
    )
    exercised = OperationSeen(OperationResult("POST /x", "alice", "exercised"))
    explored = triage(fold([exercised]), wanted)
    assert explored.gone[-1] == "TOC201 POST /x (5)"
    assert triage(replace(fold([exercised]), interrupted=True), wanted).gone == ()


def both(*findings: Finding) -> Document:
    """A document of two engines."""
    started = [RunStarted("static", "shop"), RunStarted("explore", "shop:app")]
    return fold([*started, *map(FindingRaised, findings)])


def two(project: Path) -> Document:
    """One race as both engines tell it: from the working directory, and from the project."""
    mine, theirs = f"{project.name}/shop/orders.py", "shop/orders.py"
    return both(
        suspected(place(1, path=mine), place(2, path=mine)),
        proven(place(1, path=theirs), place(2, path=theirs)),
    )


def above(project: Path, **changes: object) -> Wishes:
    return wishes(project, here=project.parent, **changes)


def test_engines_mean_one_race_whatever_folder_they_name_it_from(project: Path) -> None:
    (only,) = triage(two(project), above(project)).findings
    assert only.evidence.level is Level.PROVEN
    assert [twin.rule for twin in only.twins] == ["TOC207"]


@pytest.mark.parametrize("code", ["TOC201", "TOC207"])
def test_a_comment_silences_the_race_by_either_name(project: Path, code: str) -> None:
    text = f"check()  # tocsin: ignore[{code}] one worker\nuse()\n"
    (project / "shop" / "orders.py").write_text(text)
    document = triage(two(project), above(project))
    (only,) = document.findings
    assert only.suppression is not None
    assert only.suppression.reason == "one worker"
    assert document.live == ()
    assert document.notes == ()


@pytest.mark.parametrize("fingerprint", ["of source", "of a run"])
def test_a_baseline_of_either_engine_accepts_the_race(project: Path, fingerprint: str) -> None:
    entry = Entry(fingerprint, reason="known")
    document = triage(two(project), above(project, accepted=(entry,)))
    assert document.live == ()
    assert document.gone == ()


def test_a_race_is_told_as_long_as_one_of_its_rules_is_wanted(project: Path) -> None:
    for selection, number in (
        (Selection(ignore=("TOC201",)), 1),
        (Selection(ignore=("TOC207",)), 1),
        (Selection(select=("TOC207",)), 1),
        (Selection(ignore=("TOC2",)), 0),
    ):
        assert len(triage(two(project), above(project, selection=selection)).findings) == number
