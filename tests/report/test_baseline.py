"""Baselines: what is written is read, what is accepted stays accepted when lines move."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report import scanned
from tests.report.making import finding
from tocsin.model.finding import Finding
from tocsin.model.location import Location
from tocsin.model.suppression import SuppressionKind
from tocsin.report.baseline import BaselineError, Entry, accept, dumps, loads


def raised(*fingerprints: str) -> list[Finding]:
    return [replace(finding(), fingerprint=each) for each in fingerprints]


def accepted(findings: list[Finding], entries: tuple[Entry, ...]) -> list[bool]:
    marked, _ = accept(findings, entries)
    return [each.suppression is not None for each in marked]


def test_the_place_is_written_for_readers() -> None:
    (entry,) = loads(dumps([finding()]))
    assert str(entry) == "TOC201 shop/orders.py:41 (3f9a5c1e)"
    (entry,) = loads(dumps([scanned.nowhere()]))
    assert str(entry).startswith("TOC401 POST /orders/")


def test_a_finding_that_moved_is_still_accepted() -> None:
    entries = loads(dumps(raised("a", "b")))
    moved = [replace(each, check=Location("shop/orders.py", 99)) for each in raised("b", "c")]
    assert accepted(moved, entries) == [True, False]
    _, unused = accept(moved, entries)
    assert [entry.fingerprint for entry in unused] == ["a"]


def test_an_entry_accepts_one_finding() -> None:
    assert accepted(raised("a", "a"), loads(dumps(raised("a")))) == [True, False]
    assert accepted(raised("a", "a"), loads(dumps(raised("a", "a")))) == [True, True]


def test_a_comment_comes_first_and_uses_the_entry_up() -> None:
    entries = loads(dumps([scanned.commented()]))
    (marked,), unused = accept([scanned.commented()], entries)
    assert marked.suppression is not None
    assert marked.suppression.kind is SuppressionKind.COMMENT
    assert unused == ()


def test_a_reason_is_kept_when_the_file_is_written_anew() -> None:
    known = (Entry("a", reason="one worker"),)
    entries = loads(dumps(raised("a", "b"), known))
    assert [entry.reason for entry in entries] == ["one worker", ""]
    (marked,), _ = accept(raised("a"), entries)
    assert marked.suppression is not None
    assert marked.suppression.reason == "one worker"


def test_the_order_is_that_of_the_places() -> None:
    one = replace(finding(), fingerprint="1", check=Location("b.py", 1))
    two = replace(finding(), fingerprint="2", check=Location("a.py", 9))
    assert dumps([one, two]) == dumps([two, one])
    assert [entry.path for entry in loads(dumps([one, two]))] == ["a.py", "b.py"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        (b"\xff", "is not JSON"),
        ("[]", "is no baseline"),
        ("{}", "is no baseline: Object missing required field `schema_version`"),
        ('{"schema_version": 1}', "missing required field `findings`"),
        ('{"schema_version": 1, "findings": [{}]}', "missing required field `fingerprint`"),
        ('{"schema_version": 1, "findings": [{"fingerprint": ""}]}', "length >= 1"),
        ('{"schema_version": 9, "findings": []}', "has schema_version 9"),
    ],
)
def test_what_is_no_baseline_says_why(text: str | bytes, why: str) -> None:
    with pytest.raises(BaselineError, match=r"^(is|has) ") as refused:
        loads(text)
    assert why in str(refused.value)


def test_fields_that_a_later_version_adds_are_no_error() -> None:
    text = json.dumps(
        {"schema_version": 1, "more": 1, "findings": [{"fingerprint": "a", "more": 2}]}
    )
    assert accepted(raised("a"), loads(text)) == [True]


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_each_fingerprint_is_accepted_as_often_as_it_was_written(
    before: list[str], now: list[str]
) -> None:
    entries = loads(dumps(raised(*before)))
    marked, unused = accept(raised(*now), entries)
    for each in "abc":
        known = [f for f in marked if f.suppression and f.fingerprint == each]
        assert len(known) == min(before.count(each), now.count(each))
        left = [entry for entry in unused if entry.fingerprint == each]
        assert len(left) == max(before.count(each) - now.count(each), 0)


def merged(fingerprint: str, *twins: str) -> Finding:
    (finding_,) = raised(fingerprint)
    return replace(finding_, twins=tuple(raised(*twins)))


def test_what_was_accepted_with_two_engines_is_known_to_each_of_them() -> None:
    entries = loads(dumps([merged("run", "source")]))
    assert len(entries) == 1
    for seen in (merged("run", "source"), *raised("run"), *raised("source")):
        (marked,), unused = accept([seen], entries)
        assert marked.suppression is not None
        assert unused == ()


def test_what_one_engine_knew_is_accepted_of_both_and_keeps_its_reason() -> None:
    known = loads(dumps(raised("source"), (Entry("source", reason="one worker"),)))
    assert accepted([merged("run", "source"), merged("other", "source")], known) == [True, True]
    (entry,) = loads(dumps([merged("run", "source")], known))
    assert (entry.reason, entry.twins) == ("one worker", ("source",))


def test_a_second_finding_is_not_accepted_by_way_of_its_twin() -> None:
    entries = loads(dumps([merged("run", "source")]))
    assert accepted(raised("run", "run"), entries) == [True, False]
