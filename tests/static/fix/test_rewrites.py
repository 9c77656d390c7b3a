"""Each rewrite has a folder of cases: the code as it is, and as it is fixed.

A case begins with the application it stands in and how safe its fix is. What the fix adds to the
imports of that application, if anything, comes last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.static.fix.apps import TOPS
from tocsin.model.rule import FixSafety
from tocsin.rules.catalogue import codes
from tocsin.static.engine import analyse
from tocsin.static.fix.registry import GUARDS, REWRITES
from tocsin.static.fix.repair import Repair, Repairing

FOLDER = Path(__file__).parent / "cases"
CASES = sorted(FOLDER.glob("*/*.txt"))
BY_NAME = {rewrite.name: rewrite for rewrite in (*GUARDS, *REWRITES)}
EVERY = frozenset({FixSafety.SAFE, FixSafety.UNSAFE})


@dataclass(frozen=True, slots=True)
class Case:
    safety: str
    bad: str
    fixed: str

    @classmethod
    def read(cls, path: Path) -> Case:
        head, *parts = path.read_text("utf-8").split("===")
        top, safety = head.split()
        bad, fixed, *imports = (each.partition("\n")[2] for each in parts)
        return cls(safety, TOPS[top] + bad, _importing(TOPS[top], "".join(imports)) + fixed)


def _importing(top: str, added: str) -> str:
    lines = top.splitlines(keepends=True)
    last = max(i for i, line in enumerate(lines) if line.startswith(("from ", "import ")))
    return "".join([*lines[: last + 1], added, *lines[last + 1 :]])


def repaired(file: Path, text: str, rewrite: str) -> Repair:
    file.write_bytes(text.encode())

    def examine(contents: Mapping[str, bytes]) -> object:
        return analyse(file, contents).reports

    repairing = Repairing(
        examine,  # type: ignore[arg-type]
        lambda path: Path(path).read_bytes(),
        EVERY,
        (BY_NAME[rewrite],),
    )
    return repairing.run(analyse(file).reports)


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_case_becomes_what_it_says(path: Path, tmp_path: Path) -> None:
    case = Case.read(path)
    repair = repaired(tmp_path / "app.py", case.bad, path.parent.name)
    assert repair.left == ()
    assert repair.contents[str(tmp_path / "app.py")].decode() == case.fixed
    assert {each.fix.safety.value for each in repair.fixed} == {case.safety}


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_fixed_case_has_nothing_to_fix(path: Path, tmp_path: Path) -> None:
    repair = repaired(tmp_path / "app.py", Case.read(path).fixed, path.parent.name)
    assert (repair.contents, repair.fixed, repair.left) == ({}, (), ())


def test_every_rewrite_has_cases_and_rules() -> None:
    assert {path.parent.name for path in CASES} == BY_NAME.keys()
    assert {code for rewrite in REWRITES for code in rewrite.codes} <= codes()
