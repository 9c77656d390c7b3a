"""From a proof to a finding."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.report.making import witness
from tocsin.explore.messages import Proof
from tocsin.model.access import Access, Item, Mode
from tocsin.model.anomaly import Anomaly, Name
from tocsin.model.finding import Finding, Witness
from tocsin.model.history import History
from tocsin.model.location import Location
from tocsin.model.verdict import Level, RequestRef, Severity
from tocsin.scan.findings import KINDS, finding, same_cause, telling

REFS = (
    RequestRef("POST /orders/{order_id}/cancel", "alice", "cancel"),
    RequestRef("POST /orders/{order_id}/cancel", "bob", "cancel again"),
)


def made(proven: Witness | None = None, **anomaly: Any) -> Finding:
    proven = proven or witness()
    proven = replace(proven, anomaly=replace(proven.anomaly, **anomaly))
    return finding(Proof(proven, Severity.HIGH), REFS, "fastapi", ("sqlalchemy",))


def test_every_anomaly_has_a_kind_and_a_sentence() -> None:
    for name in Name:
        assert name in KINDS
        assert made(name=name).description.startswith("A (POST /orders/{order_id}/cancel as alice)")


def test_a_finding_is_proven_and_has_its_witness() -> None:
    found = made()
    assert found.evidence.level is Level.PROVEN
    assert found.evidence.witness is not None
    assert found.confidence == "certain"
    assert found.requests == REFS


def test_the_description_names_both_requests_and_who_sent_them() -> None:
    description = made().description
    assert "A (POST /orders/{order_id}/cancel as alice)" in description
    assert "B (POST /orders/{order_id}/cancel as bob)" in description


def moved(place: Location | None) -> Location | None:
    return replace(place, line=place.line + 100) if place else None


def test_the_fingerprint_survives_moved_lines_and_nothing_else() -> None:
    one = made()
    assert one.check is not None
    assert made(check_at=moved(one.check), use_at=moved(one.use)).fingerprint == one.fingerprint
    assert made(check_at=replace(one.check, code="other()")).fingerprint != one.fingerprint
    assert made(check_at=replace(one.check, function="other")).fingerprint != one.fingerprint
    assert made(name=Name.CRASH).fingerprint != one.fingerprint


def window(check: int, use: int, function: str = "cancel", **anomaly: Any) -> Finding:
    """A finding whose check and use stand on these lines; the check's function is ``function``."""
    return made(
        check_at=Location("shop.py", check, function, f"check on {check}"),
        use_at=Location("shop.py", use, "cancel", f"use on {use}"),
        **anomaly,
    )


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (window(10, 20, name=Name.LOST_UPDATE), True),
        (window(12, 18), True),
        (window(15, 30), True),
        (window(21, 30), False),
        (window(10, 20, function="authorized"), False),
    ],
)
def test_windows_that_overlap_in_one_function_have_one_cause(other: Finding, same: bool) -> None:
    assert same_cause(window(10, 20), other) is same
    assert same_cause(other, window(10, 20)) is same


def test_a_check_in_a_function_of_its_own_is_a_cause_with_each_use() -> None:
    one = window(110, 20, function="authorized")
    assert same_cause(one, window(112, 20, function="authorized"))
    assert not same_cause(one, window(110, 25, function="authorized"))


def test_what_has_one_fingerprint_is_one_finding() -> None:
    blind = made(check_at=None, use_at=None)
    elsewhere = (REFS[0], RequestRef("GET /orders", "alice", "read"))
    assert same_cause(blind, replace(blind, requests=elsewhere))


def test_without_a_window_the_endpoints_tell() -> None:
    blind = made(check_at=None, use_at=None)
    assert same_cause(blind, window(10, 20))
    elsewhere = (REFS[0], RequestRef("GET /orders", "alice", "read"))
    other = replace(blind, requests=elsewhere, fingerprint="other")
    assert not same_cause(blind, other)


def test_the_worst_then_the_most_telling_stands_for_the_others() -> None:
    ranked = [
        replace(window(10, 20, name=Name.CRASH), severity=Severity.MEDIUM),
        made(check_at=None, use_at=None, name=Name.LOST_UPDATE),
        window(10, 20, name=Name.LOST_UPDATE),
        window(10, 20, name=Name.DOUBLE_SUBMIT),
        window(10, 20, name=Name.WRITE_SKEW),
        window(10, 20, proven=replace(witness(), invariants=("a:b",)), name=Name.WRITE_SKEW),
    ]
    assert sorted(ranked, key=telling) == ranked


@pytest.mark.parametrize(("store", "rule"), [("memory", "TOC402"), ("file", "TOC301")])
def test_what_is_shared_says_which_rule(store: str, rule: str) -> None:
    access = Access(Item(store, "stock"), Mode.WRITE)
    proven = witness()
    ops = tuple(replace(op, accesses=(access,) if op.accesses else ()) for op in proven.history.ops)
    assert made(replace(proven, history=History(ops)), name=Name.LOST_UPDATE).rule == rule


def test_what_it_takes_is_said() -> None:
    assert "free-threaded" in made(needs_free_threading=True).description
    assert "two worker processes" in made(needs_processes=True).description


def test_a_witness_without_a_window_still_makes_a_finding() -> None:
    bare: dict[str, Any] = dict.fromkeys(("check", "between", "use", "check_at", "use_at"))
    found = made(**bare)
    assert found.code_snippet == ""
    assert found.rule
    assert isinstance(found.evidence.witness, Witness)
    assert isinstance(found.evidence.witness.anomaly, Anomaly)
