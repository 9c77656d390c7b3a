"""The catalogue is complete: a row, a page, every heading, examples that are Python."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tocsin.model.rule import FixSafety, Rule
from tocsin.rules import catalogue
from tocsin.rules.catalogue import CATALOGUE, HEADINGS
from tocsin.scan.findings import RULES
from tocsin.static.fix.registry import REWRITES
from tocsin.static.rules.registry import JUDGES

PAGES = Path(catalogue.__file__).with_name("pages")
TABLE = Path(__file__).parents[2] / "docs" / "reference" / "rules.md"
EACH = pytest.mark.parametrize("rule", CATALOGUE, ids=lambda rule: rule.code)
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_CODE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def sections(rule: Rule) -> dict[str, str]:
    _, *parts = _HEADING.split(catalogue.page(rule))
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_codes_and_names_are_used_once_and_in_order() -> None:
    codes = [rule.code for rule in CATALOGUE]
    assert codes == sorted(set(codes))
    assert len({rule.name for rule in CATALOGUE}) == len(CATALOGUE)


def test_there_is_no_page_without_a_rule() -> None:
    pages = {page.stem.upper() for page in PAGES.iterdir()}
    assert pages == catalogue.codes()


def test_what_the_engines_report_is_in_the_catalogue() -> None:
    assert catalogue.codes() >= RULES
    assert {judge.code for judge in JUDGES} <= catalogue.codes()


@EACH
def test_a_row_is_well_formed(rule: Rule) -> None:
    assert re.fullmatch(r"TOC[1-9]\d\d", rule.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+", rule.name)
    assert rule.summary.endswith(".")
    assert re.fullmatch(r"CWE-\d+", rule.cwe)
    assert re.fullmatch(r"(API\d+:2023)?", rule.owasp)


@EACH
def test_a_page_has_every_heading_in_its_order(rule: Rule) -> None:
    assert catalogue.page(rule).startswith(f"# {rule.code} {rule.name}\n")
    assert tuple(sections(rule)) == HEADINGS
    assert [name for name, text in sections(rule).items() if len(text.split()) < 5] == []


@EACH
def test_a_page_cites_the_weakness_and_says_the_fix_safety_of_its_row(rule: Rule) -> None:
    found = sections(rule)
    number = rule.cwe.removeprefix("CWE-")
    assert (
        f"[{rule.cwe}](https://cwe.mitre.org/data/definitions/{number}.html)"
        in (found["References"])
    )
    assert found["Fix safety"].strip().lower().startswith(rule.fix.value)
    assert rule.pedantic == ("A pedantic rule" in found["What it does"])


def test_a_fix_is_promised_where_there_is_a_rewrite() -> None:
    promised = {rule.code for rule in CATALOGUE if rule.fix is not FixSafety.NONE}
    assert promised == {code for rewrite in REWRITES for code in rewrite.codes}


@EACH
def test_a_page_says_whether_tocsin_mends_it_or_a_person(rule: Rule) -> None:
    said = " ".join(sections(rule)["Fix safety"].split())
    assert ("`tocsin fix" in said) == (rule.fix is not FixSafety.NONE)
    by_hand = ("None, it is mended by hand: ", "None in general: ")
    assert said.startswith(by_hand) == (rule.fix is FixSafety.NONE)


@EACH
def test_the_examples_are_python(rule: Rule) -> None:
    found = sections(rule)
    blocks = {name: _CODE.findall(text) for name, text in found.items()}
    assert blocks["Example"]
    assert blocks["Use instead"]
    for language, code in (block for each in blocks.values() for block in each):
        assert language == "python"
        ast.parse(code)


def test_codes_in_pages_exist() -> None:
    named = {code for rule in CATALOGUE for code in re.findall(r"TOC\d+", catalogue.page(rule))}
    assert named <= catalogue.codes()


@pytest.mark.parametrize(
    ("word", "code"),
    [("toc201", "TOC201"), (" TOC201 ", "TOC201"), ("check-then-update", "TOC201")],
)
def test_a_rule_is_found_by_code_and_by_name(word: str, code: str) -> None:
    found = catalogue.find(word)
    assert found is not None
    assert found.code == code


def test_what_is_no_rule_has_a_nearest_one_or_none() -> None:
    assert catalogue.find("TOC999") is None
    near = catalogue.nearest("chek-then-update")
    assert near is not None
    assert near.code == "TOC201"
    assert catalogue.nearest("§§§") is None


def table() -> str:
    """The page of all rules, as it is published."""
    lines = [
        "# Rules",
        "",
        "`tocsin rules` prints this table and which engines of your version find a rule: not every",
        "rule is found yet. `tocsin explain CODE` prints a rule's page.",
        "",
        "| code | name | what it finds | fix safety | usual severity |",
        "|---|---|---|---|---|",
    ]
    for rule in CATALOGUE:
        link = f"../../src/tocsin/rules/pages/{rule.code.lower()}.md"
        row = (f"[{rule.code}]({link})", rule.name, rule.summary, rule.fix, rule.severity)
        lines.append(f"| {' | '.join(row)} |")
    notes = (
        "Fix safety says what mending changes besides the race: *safe*: nothing; *unsafe*: an\n"
        "answer, a schema, or who waits for whom, so that somebody has to read it; *none*: there\n"
        "is no rewriting that fits in general, and `tocsin fix` leaves it to you."
    )
    return "\n".join([*lines, "", notes, ""])


def test_the_published_table_is_up_to_date() -> None:
    """Run ``python -m tests.rules.test_catalogue`` to write it anew."""
    assert TABLE.read_text("utf-8") == table()


if __name__ == "__main__":
    TABLE.write_text(table(), "utf-8")
