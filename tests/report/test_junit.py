"""JUnit XML: well formed whatever an application says, and its numbers add up."""

from __future__ import annotations

from dataclasses import replace
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report import scanned
from tests.report.making import ENDPOINT, events
from tocsin.model.event import FindingRaised
from tocsin.report.document import Document, fold
from tocsin.report.junit import render


def suite(document: Document) -> Element:
    root = fromstring(render(document).encode())  # noqa: S314  our own
    assert root.tag == "testsuites"
    (found,) = root
    assert found.tag == "testsuite"
    return found


def outcomes(found: Element) -> dict[str, str]:
    """What became of each case, by its name."""
    results = {}
    for case in found.iter("testcase"):
        assert case.get("classname")
        children = [child.tag for child in case]
        assert len(children) <= 1
        results[str(case.get("name"))] = children[0] if children else "passed"
    return results


@pytest.mark.parametrize("document", [fold([]), fold(events()), scanned.document(), scanned.both()])
def test_the_numbers_are_those_of_the_cases(document: Document) -> None:
    found = suite(document)
    cases = list(found.iter("testcase"))
    assert int(found.get("tests", "")) == len(cases)
    for number, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(found.get(number, "")) == sum(case.find(tag) is not None for case in cases)


def test_what_becomes_of_what() -> None:
    assert outcomes(suite(fold(events()))) == {
        "an order is cancelled twice": "failure",
        "POST /safe/orders/{order_id}/cancel × itself": "passed",
        f"{ENDPOINT} as alice × POST /users/{{user_id}}/promote as admin": "skipped",
        "POST /legacy × itself": "skipped",
    }


def test_a_failure_says_where_and_what_to_write_instead() -> None:
    case = next(suite(fold(events())).iter("testcase"))
    assert (case.get("file"), case.get("line")) == ("shop/orders.py", "41")
    text = str(case.findtext("failure"))
    assert "check: shop/orders.py:41 if order.status" in text
    assert "use: shop/orders.py:44 await session.commit()" in text
    assert "write instead: " in text


def test_suppressed_findings_are_skipped_with_their_reason() -> None:
    messages = {skip.get("message") for skip in suite(scanned.document()).iter("skipped")}
    assert {"by comment: one worker", "by baseline"} <= messages


def test_a_file_that_could_not_be_read_is_an_error() -> None:
    assert outcomes(suite(scanned.document()))["shop/old.py"] == "error"


@given(st.text(st.characters()))
def test_whatever_is_said_is_well_formed(text: str) -> None:
    raised = replace(scanned.suspected(), title=text, description=text)
    assert len(list(suite(fold([FindingRaised(raised)])).iter("testcase"))) == 1
