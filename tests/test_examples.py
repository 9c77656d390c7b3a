"""The examples' own tests: one request at a time, and green."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


SHOPS = ("shop_django", "shop_fastapi", "shop_flask", "shop_memory")
GUARDED = ("shop_guarded_django", "shop_guarded_fastapi", "shop_guarded_flask")


@pytest.mark.parametrize("example", [*SHOPS, *GUARDED])
def test_its_tests_are_green(example: str) -> None:
    # A process of its own: each application is a package named shop.
    tests = sorted(path.name for path in (EXAMPLES / example).glob("test_*.py"))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(
        command, cwd=EXAMPLES / example, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


@pytest.mark.parametrize("example", GUARDED)
def test_a_guarded_shop_does_what_the_shop_does_that_races(example: str) -> None:
    racing = EXAMPLES / example.replace("_guarded", "")
    for name in ("test_shop.py", "shop/seed.py", "shop/invariants.py"):
        assert (EXAMPLES / example / name).read_text() == (racing / name).read_text(), name
