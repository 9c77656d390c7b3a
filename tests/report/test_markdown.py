"""Markdown: read with a parser, so that what an application says stays text."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.report import scanned
from tests.report.making import events
from tocsin.model.event import FindingRaised
from tocsin.model.finding import Remediation
from tocsin.report.document import fold
from tocsin.report.markdown import render

PARSER = MarkdownIt("commonmark").enable("table")


def html(text: str) -> str:
    return str(PARSER.render(text))


def test_the_summary_and_the_table() -> None:
    text = render(scanned.document())
    assert text.startswith("# tocsin\n\n**4 findings** (1 high, 2 medium, 1 low) · 1 pair held · ")
    assert "1 suppressed · 1 accepted · 2 only possible · 1 not read · grade **D**" in text
    _, table = html(text).split("<table>")
    assert table.count("<tr>") == 5
    assert "<code>shop/orders.py:41</code>" in table
    assert "toc401.md" in table


def test_a_finding_has_its_places_its_replay_and_code_to_write_instead() -> None:
    text = render(fold(events()))
    assert '- check: `shop/orders.py:41`: `if order.status != "pending":`' in text
    assert "- replay: `tocsin replay .tocsin/witnesses/3f9a5c1e.json`" in text
    assert "```python\n" in text


def test_what_is_not_known_is_listed() -> None:
    text = render(scanned.document())
    for line in (
        "- POST /x hung for 10 s",
        "- shop/old.py: is binary",
        "- ff66 in shop/gone.py",
    ):
        assert line.removeprefix("- ") in text
    assert "## Not read" in text
    assert "## Notes" in text


def test_a_run_without_findings_is_short() -> None:
    assert render(fold([])) == "# tocsin\n\n**0 findings**\n"


@given(st.text(st.characters()))
def test_nothing_that_is_said_becomes_markup(text: str) -> None:
    raised = replace(scanned.suspected(), title=text, description=f"x {text}", check=None, use=None)
    shown = html(render(fold([FindingRaised(raised)])))
    assert shown.count("<h1>") == 1
    assert shown.count("<h2>") == 1
    assert "<script" not in shown
    assert "<img" not in shown


@given(st.text(st.characters(), min_size=1))
def test_code_stays_code(text: str) -> None:
    raised = replace(scanned.suspected(), remediation=Remediation("", code=f"x = 1\n{text}"))
    shown = html(render(fold([FindingRaised(raised)])))
    assert shown.count("<pre>") == 1
