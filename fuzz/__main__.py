"""``python -m fuzz NAME [SECONDS]``: libFuzzer looks for what breaks a harness.

Without a name every harness is run, each in a process of its own. Inputs that led somewhere new
are kept in ``.fuzz/NAME``, and are where the next run begins.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import atheris

from fuzz import HARNESSES

SECONDS = 60
KEPT = Path(".fuzz")


def main(words: list[str]) -> int:
    """Run what was named; the number of harnesses that failed."""
    if words and words[0] in HARNESSES:
        return fuzz(words[0], words[1] if len(words) > 1 else str(SECONDS))
    if words and not words[0].isdecimal():
        print(f"no such harness: {words[0]}; there are {', '.join(HARNESSES)}", file=sys.stderr)
        return 2
    command = [sys.executable, "-m", "fuzz"]
    return sum(
        subprocess.run([*command, name, *words], check=False).returncode != 0 for name in HARNESSES
    )


def fuzz(name: str, seconds: str) -> int:
    """Run one harness. libFuzzer ends the process, with another code than 0 if something broke."""
    kept = KEPT / name
    kept.mkdir(parents=True, exist_ok=True)
    with atheris.instrument_imports(include=["tocsin.guard"]):
        harness = importlib.import_module(f"fuzz.{name}")
    options = [f"-max_total_time={seconds}", "-max_len=4096", f"-artifact_prefix={KEPT}/{name}-"]
    atheris.Setup([sys.argv[0], str(kept), *options, "-print_final_stats=1"], harness.one)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
