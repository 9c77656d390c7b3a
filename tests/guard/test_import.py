"""What a service pays for the core when it starts."""

from __future__ import annotations

import subprocess
import sys


def test_the_core_loads_nothing_but_the_standard_library() -> None:
    program = (
        "import sys; before = set(sys.modules); import tocsin.guard;"
        "print(*{name.split('.')[0] for name in set(sys.modules) - before})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()) - set(sys.stdlib_module_names) == {"tocsin"}
