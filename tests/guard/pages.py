"""The code of how-to pages, which is run."""

from __future__ import annotations

import re
import types
from pathlib import Path

HOW_TO = Path(__file__).resolve().parents[2] / "docs/how-to"
_FENCED = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def code(page: str, heading: str) -> str:
    """The Python of a page that stands under a heading of the second level."""
    text = (HOW_TO / f"{page}.md").read_text("utf-8")
    (section,) = re.findall(
        rf"^## {re.escape(heading)}$(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE
    )
    found = "\n\n".join(_FENCED.findall(section))
    assert found, f"no code under {heading!r}"
    return found


def module(page: str, heading: str) -> types.ModuleType:
    """That, as a module that nobody can import."""
    made = types.ModuleType(f"{page}_{heading}".lower().replace("-", "_"))
    source = compile(code(page, heading), f"{page}.md:{heading}", "exec", dont_inherit=True)
    exec(source, vars(made))  # noqa: S102 # our own pages
    return made
