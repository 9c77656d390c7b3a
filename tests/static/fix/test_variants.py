"""However a file is laid out: its fix is found, keeps the layout, and is not fixed again."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.static.fix.test_rewrites import CASES, Case, repaired

NOTE = re.compile(r"# note \d+")


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is written: one step of indentation, the end of a line, where comments stand."""

    indent: str
    newline: str
    notes: int

    def of(self, text: str) -> str:
        """The text in this layout; a comment with a number above some of its statements."""
        lines = [self._line(each) for each in text.split("\n")]
        if self.notes:
            lines = self._noted(lines)
        return self.newline.join(lines)

    def _line(self, line: str) -> str:
        bare = line.lstrip(" ")
        steps, rest = divmod(len(line) - len(bare), 4)
        return self.indent * steps + " " * rest + bare

    def _noted(self, lines: list[str]) -> list[str]:
        found: list[str] = []
        depth = 0
        for number, line in enumerate(lines):
            own = depth == 0 and line.startswith(self.indent) and line.strip()[:1] not in ")]}"
            if own and number % self.notes == 0:
                found.append(f"{line[: len(line) - len(line.lstrip())]}# note {number}")
            depth += sum(line.count(each) for each in "([{") - sum(line.count(e) for e in ")]}")
            found.append(line)
        return found


LAYOUTS = st.builds(
    Layout,
    st.sampled_from(["    ", "  ", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
    st.integers(min_value=0, max_value=3),
)


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
@settings(max_examples=3)
@example(Layout("    ", "\n", 1))
@given(layout=LAYOUTS)
def test_a_fix_keeps_the_layout_and_is_final(path: Path, layout: Layout) -> None:
    bad = layout.of(Case.read(path).bad)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "app.py"
        first = repaired(file, bad, path.parent.name)
        assert first.left == ()
        fixed = first.contents[str(file)].decode()
        assert set(NOTE.findall(fixed)) == set(NOTE.findall(bad))
        assert fixed.count("\n") == fixed.count(layout.newline)
        if layout.indent == "\t":
            assert not re.search(r"^ ", fixed, re.MULTILINE)
        again = repaired(file, fixed, path.parent.name)
        assert (again.contents, again.left) == ({}, ())
