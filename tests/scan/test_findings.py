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
from tocsin.scan.findings import KINDS, finding, root_cause, worse

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


def test_findings_of_one_check_and_use_have_one_cause() -> None:
    one = made(name=Name.DOUBLE_SUBMIT)
    assert root_cause(one) == root_cause(made(name=Name.LOST_UPDATE))
    assert one.check is not None
    assert root_cause(one) != root_cause(made(check_at=replace(one.check, code="other()")))
    alone = made(check_at=None)
    assert root_cause(alone) != root_cause(one)


@pytest.mark.parametrize(("store", "rule"), [("memory", "TOC402"), ("file", "TOC301")])
def test_what_is_shared_says_which_rule(store: str, rule: str) -> None:
    access = Access(Item(store, "stock"), Mode.WRITE)
    proven = witness()
    ops = tuple(replace(op, accesses=(access,) if op.accesses else ()) for op in proven.history.ops)
    assert made(replace(proven, history=History(ops)), name=Name.LOST_UPDATE).rule == rule


def test_what_it_takes_is_said() -> None:
    assert "free-threaded" in made(needs_free_threading=True).description
    assert "two worker processes" in made(needs_processes=True).description


def test_worse() -> None:
    assert worse(Severity.HIGH, Severity.LOW)
    assert not worse(Severity.LOW, Severity.LOW)


def test_a_witness_without_a_window_still_makes_a_finding() -> None:
    bare: dict[str, Any] = dict.fromkeys(("check", "between", "use", "check_at", "use_at"))
    found = made(**bare)
    assert found.code_snippet == ""
    assert found.rule
    assert isinstance(found.evidence.witness, Witness)
    assert isinstance(found.evidence.witness.anomaly, Anomaly)
