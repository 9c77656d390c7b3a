"""Suppressions: which comments are some, what they cover, what is told about them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report.making import finding
from tocsin.model.finding import Finding
from tocsin.model.location import Location
from tocsin.rules.catalogue import codes
from tocsin.source.suppress import Suppressed, parse, suppress

KNOWN = codes()
PATH = "shop/orders.py"
NO_REASON = (
    "the suppression of TOC201 has no reason and does not count: "
    "write 'tocsin: ignore[TOC201] why it may stay'"
)
NO_INSTRUCTION = (
    "'tocsin: ingore[TOC201] reason' is no instruction: write 'tocsin: ignore[CODE] reason'"
)


def at(check: int, use: int, rule: str = "TOC201") -> Finding:
    return replace(
        finding(), rule=rule, check=Location(PATH, check), use=Location(PATH, use), suppression=None
    )


def judged(source: str | bytes, *findings: Finding) -> Suppressed:
    return suppress(findings, {PATH: source}, KNOWN, sought=KNOWN, analysed={PATH})


def reasons(result: Suppressed) -> list[str | None]:
    return [f.suppression.reason if f.suppression else None for f in result.findings]


@pytest.mark.parametrize(
    ("source", "check", "use"),
    [
        ("check()  # tocsin: ignore[TOC201] one worker\nuse()\n", 1, 2),
        ("check()\nuse()  # tocsin: ignore[TOC201] one worker\n", 1, 2),
        ("# tocsin: ignore[TOC201] one worker\ncheck()\nuse()\n", 2, 3),
        ("check()\n# tocsin: ignore[TOC201] one worker\nuse()\n", 1, 3),
        ("# tocsin: ignore[TOC201] one worker\n# and more about it\ncheck()\n", 3, 9),
        ("check(\n    a,\n)  # tocsin: ignore[TOC201] one worker\n", 1, 9),
        ("check(\n    # tocsin: ignore[TOC201] one worker\n    a,\n)\n", 3, 9),
        ("if a:  # noqa: S1 # tocsin: ignore[TOC201] one worker # more\n    use()\n", 1, 9),
        ("check() #tocsin:ignore [toc201, TOC203] -- one worker\n", 1, 9),
        ("# tocsin: ignore[TOC201] one worker\nexcept A, B:\n    use()\n", 2, 9),
    ],
)
def test_a_comment_covers_its_statement(source: str, check: int, use: int) -> None:
    result = judged(source, at(check, use))
    assert reasons(result) == ["one worker"]


@pytest.mark.parametrize(
    ("source", "check", "use"),
    [
        ('a = "# tocsin: ignore[TOC201] in a string"\ncheck()\n', 1, 2),
        ('"""\n# tocsin: ignore[TOC201] in a docstring\n"""\ncheck()\n', 2, 4),
        ("# tocsin: ignore[TOC201] too far away\n\ncheck()\n", 3, 4),
        ("other()  # tocsin: ignore[TOC201] of another statement\ncheck()\n", 2, 3),
        ("# tocsin: ignore[TOC202] of another rule\ncheck()\n", 2, 3),
        ("# says tocsin: ignore[TOC201] in the middle\ncheck()\n", 2, 3),
    ],
)
def test_what_does_not_cover_it(source: str, check: int, use: int) -> None:
    assert reasons(judged(source, at(check, use))) == [None]


def test_the_place_of_the_comment_is_kept() -> None:
    (found,) = judged("# tocsin: ignore[TOC201] one worker\ncheck()\n", at(2, 9)).findings
    assert found.suppression is not None
    assert str(found.suppression.place) == "shop/orders.py:1"


@pytest.mark.parametrize(
    ("comment", "note"),
    [
        (
            "# tocsin: ignore[TOC201]",
            NO_REASON,
        ),
        (
            "# tocsin: ignore because",
            "the suppression names no rule: write 'tocsin: ignore[CODE] reason'",
        ),
        ("# tocsin: ignore[TOC201X] reason", "TOC201X is no rule; did you mean TOC201?"),
        ("# tocsin: ignore[X] reason", "X is no rule"),
        (
            "# tocsin: ingore[TOC201] reason",
            NO_INSTRUCTION,
        ),
    ],
)
def test_a_comment_that_is_wrong_is_noted_and_suppresses_nothing(comment: str, note: str) -> None:
    result = judged(f"check()  {comment}\n", at(1, 2))
    assert reasons(result) == [None]
    assert result.notes == (f"{PATH}:1: {note}",)


def test_the_codes_that_exist_count_beside_one_that_does_not() -> None:
    result = judged("check()  # tocsin: ignore[TOC999,TOC201] reason\n", at(1, 2))
    assert reasons(result) == ["reason"]
    assert len(result.notes) == 1


def test_what_suppresses_nothing_is_noted_code_by_code() -> None:
    source = "check()  # tocsin: ignore[TOC201,TOC205] reason\n"
    assert judged(source, at(1, 2)).notes == (
        "shop/orders.py:1: ignore[TOC205] suppresses nothing: remove it",
    )
    assert judged(source, at(1, 2), at(1, 2, "TOC205")).notes == ()


def test_silence_about_a_rule_that_was_not_looked_for_is_not_noted() -> None:
    source = {PATH: "check()  # tocsin: ignore[TOC201] reason\n"}
    assert suppress([], source, KNOWN, sought={"TOC202"}, analysed={PATH}).notes == ()
    assert suppress([], source, KNOWN, sought={"TOC201"}, analysed=()).notes == ()
    assert len(suppress([], source, KNOWN, sought={"TOC201"}, analysed={PATH}).notes) == 1


def test_files_that_are_no_python_are_read_as_far_as_they_go() -> None:
    comment = b"check()  # tocsin: ignore[TOC201] caf\xe9\n"
    assert reasons(judged(comment + b'"""never closed', at(1, 2))) == ["caf\ufffd"]
    assert reasons(judged(b"# coding: latin-1\n" + comment, at(2, 3))) == ["caf\xe9"]
    assert reasons(judged(b"# coding: rot13\n" + comment, at(2, 3))) == ["caf\ufffd"]
    assert reasons(judged(comment.replace(b"\n", b"\r\n"), at(1, 2))) == ["caf\ufffd"]


@given(st.one_of(st.binary(), st.text()), st.integers(1, 3))
def test_nothing_makes_it_fail(garbage: bytes | str, line: int) -> None:
    mark = "# tocsin: ignore[TOC201] reason\n"
    source = mark + garbage if isinstance(garbage, str) else mark.encode() + garbage
    result = judged(source, at(line, line))
    assert len(result.findings) == 1


@given(st.lists(st.sampled_from(["check()", "", "# note", "f(\n  1)", "if a: pass"]), max_size=8))
def test_a_comment_after_a_statement_covers_that_one_only(lines: list[str]) -> None:
    before = "\n".join(lines)
    number = before.count("\n") + 2
    text = f"{before}\nmarked()  # tocsin: ignore[TOC201] reason\n{before}\n"
    (comment,) = parse(text, KNOWN).comments
    assert (comment.first, comment.last) == (number, number)
