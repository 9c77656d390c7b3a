from __future__ import annotations

from enum import StrEnum

import pytest

from tocsin.model.http import Request
from tocsin.model.verdict import Level
from tocsin.probe.checks import (
    authentication,
    authorization,
    documentation,
    lost_update,
    properties,
    rate_limit,
    state_changing_get,
    upload_then_fetch,
    user_timing,
)
from tocsin.probe.engine import Noticed
from tocsin.probe.flaw import Flaw
from tocsin.rules.catalogue import find
from tocsin.scan.flaws import FLAWS, flawed

KINDS = [
    *authentication.Kind,
    *authorization.Kind,
    *documentation.Kind,
    *lost_update.Kind,
    *properties.Kind,
    *rate_limit.Kind,
    *state_changing_get.Kind,
    *upload_then_fetch.Kind,
    *user_timing.Kind,
]


def test_every_kind_means_something() -> None:
    assert {kind.value for kind in KINDS} == set(FLAWS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_finding_has_the_weakness_of_its_rule(kind: StrEnum) -> None:
    request = Request("read", "GET /bills/{bill_id}", "GET", "/bills/1", identity="bob")
    found = flawed(Noticed(Flaw(kind, request, "answers 200"), "flask", "curl …"))
    rule = find(found.rule)
    assert rule is not None
    assert (found.cwe, found.owasp) == (rule.cwe, rule.owasp)
    assert found.evidence.level is Level.OBSERVED
    assert found.requests[0].identity == "bob"
