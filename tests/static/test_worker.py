"""The process beside does not outlive the one that has started it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

BUSY = """
from tocsin.static.worker import mortal
mortal()
print("at work", flush=True)
while True:
    pass
"""


@pytest.mark.skipif(os.name != "posix", reason="pipes are watched by poll")
def test_a_busy_worker_ends_with_whoever_asked() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", BUSY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "at work\n"
            assert process.poll() is None
            process.stdin.close()
            assert process.wait(timeout=60) == 0
        finally:
            process.kill()
