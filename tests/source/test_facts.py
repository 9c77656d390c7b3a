"""What a file says is worked out once for the same bytes, and trusted only where it fits."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tocsin.source.facts import Fact, Facts
from tocsin.source.files import SourceFile
from tocsin.source.project import Project

LINES: Fact[int] = Fact("lines", int)


def raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.msgpack.encode(value))


def test_worked_out_once_for_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.py", "two.py"):
        (tmp_path / name).write_text("a = 1\n")
    (tmp_path / "three.py").write_text("a = 1\nb = 2\n")
    asked: list[str] = []

    def lines(file: SourceFile) -> int:
        asked.append(file.parts[-1])
        return project.data(file).count(b"\n")

    project = Project.read(tmp_path)

    told = {each.parts[-1]: project.fact(LINES, each, lines) for each in project.files}

    assert told == {"one.py": 1, "two.py": 1, "three.py": 2}
    assert asked == ["one.py", "three.py"]


def test_what_was_handed_in_is_told_and_is_not_new() -> None:
    facts = Facts()
    facts.add({b"1": {"lines": raw(7)}})
    facts.add({b"1": {"words": raw(40)}})

    assert facts.of(b"1", LINES, lambda: 0) == 7
    assert facts.new == {}
    assert facts.of(b"2", LINES, lambda: 8) == 8
    assert list(facts.new) == [b"2"]


def test_what_is_no_answer_is_worked_out_again() -> None:
    facts = Facts()
    facts.add({b"1": {"lines": raw(["no", "number"])}})

    assert facts.of(b"1", LINES, lambda: 7) == 7
    assert facts.of(b"1", LINES, lambda: 0) == 7


def test_working_out_leaves_no_notes(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("a = 1\n")
    project = Project.read(tmp_path)

    def names(file: SourceFile) -> int:
        module = project.module(file)
        return len(module.names) if module is not None else 0

    assert project.fact(LINES, project.files[0], names) == 1
    assert project.trail.noted == 0
