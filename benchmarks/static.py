"""How long reading source takes, against parsing it, Bandit and Semgrep.

    python -m benchmarks.static [--semgrep-rules FOLDER] FOLDER…

Every figure is of a program from its start to its end, on a copy of the folder; memory is what all
its processes hold at one moment. Without a folder, two packages that are installed are read. *cold*
has nothing kept, *warm* nothing changed, *changed* one file of the application with one line more.
``ast.parse`` reads the same files in one process and keeps nothing: the least that any tool needs
that looks at all of them. Semgrep is asked one pattern, or the rules of a folder: those that its
makers keep for Python, Django, Flask and FastAPI are at github.com/semgrep/semgrep-rules
(``python/lang``, ``django``, ``flask``, ``fastapi``). Each rival may use every core.
``python -m benchmarks static`` takes that folder from the environment: ``TOCSIN_SEMGREP_RULES``.
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import os
import resource
import shutil
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.common import ROOT, copy_of, run, table, temporary, versions
from tocsin.source.files import SourceFile, discover
from tocsin.static.aside import aside

RIVALS = ("bandit", "semgrep")
DEFAULTS = ("django", "sqlalchemy")
"""Packages that are read where no folder is named: big, and installed wherever this runs."""

_EVERY = 0.05
TOCSIN = ("-m", "tocsin", "scan", "--output", "json", "--out")
_ONE_PATTERN = ROOT / "benchmarks" / "semgrep.yml"


@dataclass(frozen=True, slots=True)
class Cost:
    """One run with all its processes: wall-clock and processor seconds, most memory in MiB."""

    name: str
    wall: float
    cpu: float
    memory: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """What one tool cost on one folder."""

    folder: str
    files: int
    lines: int
    cost: Cost


def measure(folders: Sequence[Path], rules: Path | None = None) -> Iterator[Row]:
    """Every tool on every folder, one after the other. Rivals are installed for this once.

    ``rules`` is the folder of Semgrep's rules.
    """
    rules = rules or _named()
    with temporary() as made:
        rivals = _installed(made / "rivals")
        for folder in folders:
            copy = copy_of(folder, made)
            files = discover(copy).files
            lines = sum(Path(each.path).read_bytes().count(b"\n") for each in files)
            for cost in _costs(copy, files, made / "cache", rivals, rules):
                print(
                    f"  {folder.name}: {cost.name} {cost.wall:.1f} s", file=sys.stderr, flush=True
                )
                yield Row(folder.name, len(files), lines, cost)
            shutil.rmtree(copy)


def _named() -> Path | None:
    """The folder of Semgrep's rules that the environment names."""
    named = os.environ.get("TOCSIN_SEMGREP_RULES")
    return Path(named) if named else None


def _costs(
    copy: Path,
    files: Sequence[SourceFile],
    cache: Path,
    rivals: Mapping[str, Path | str],
    rules: Path | None,
) -> Iterator[Cost]:
    report = cache.with_name("report.json")
    scan = (sys.executable, *TOCSIN, str(report), str(copy))
    kept = {"XDG_CACHE_HOME": str(cache)}
    yield _cost("ast.parse", (sys.executable, "-m", "benchmarks.static", "--parse", str(copy)))
    yield _cost("tocsin, cold", scan, kept, report)
    yield _cost("tocsin, warm", scan, kept, report)
    changed = next((each for each in files if not aside(each)), None)
    if changed is not None:
        with Path(changed.path).open("a") as file:
            file.write("\n# one line more\n")
        yield _cost("tocsin, changed", scan, kept, report)
    for name, program in rivals.items():
        if isinstance(program, str):
            yield Cost(name, 0, 0, 0, program)
        elif name == "bandit":
            output = ("-q", "-r", str(copy), "-f", "json", "-o", str(report))
            yield _cost(_versioned(name, program), (str(program), *output), made=report)
        else:
            words = ("scan", "--metrics=off", "--disable-version-check", "--quiet")
            asked = ("--config", str(rules or _ONE_PATTERN))
            written = ("--json", "--output", str(report))
            command = (str(program), *words, *asked, *written, str(copy))
            about = f"{_versioned(name, program)}, {_rules(rules)}"
            yield _cost(about, command, made=report)


def _cost(
    name: str,
    command: Sequence[str],
    env: Mapping[str, str] | None = None,
    made: Path | None = None,
) -> Cost:
    """Run to the end. What leaves no report (``made``) is no measurement, and told."""
    if made is not None:
        made.unlink(missing_ok=True)
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    together, ended = 0, 0
    while not ended:
        together = max(together, _together(process.pid))
        time.sleep(_EVERY)
        ended, status, used = os.wait4(process.pid, os.WNOHANG)
    process.returncode = os.waitstatus_to_exitcode(status)  # it has been waited for
    wall = time.perf_counter() - began
    done = process.returncode == 0 if made is None else made.exists()
    why = "" if done else f"exit code {process.returncode}"
    memory = max(together, _mebibytes(used.ru_maxrss))
    return Cost(name, wall, used.ru_utime + used.ru_stime, memory, why)


def _together(process: int) -> int:
    """What a process and all below it hold at this moment, in MiB; 0 where nobody tells."""
    held, pending = 0, [process]
    while pending:
        folder = Path("/proc", str(pending.pop()))
        try:
            pages = int((folder / "statm").read_text().split()[1])
            below = [each.read_text().split() for each in folder.glob("task/*/children")]
        except (OSError, IndexError):
            continue  # it has ended meanwhile, or this is no Linux
        held += pages * resource.getpagesize()
        pending += [int(each) for names in below for each in names]
    return held // 2**20


def _mebibytes(maxrss: int) -> int:
    """Linux counts in KiB, macOS in bytes."""
    return maxrss // (1024 * 1024 if sys.platform == "darwin" else 1024)


def _installed(folder: Path) -> dict[str, Path | str]:
    """Each rival's program, or why there is none."""
    found: dict[str, Path | str] = {}
    for name in RIVALS:
        program = folder / name / "bin" / name
        steps = (
            (sys.executable, "-m", "venv", str(folder / name)),
            (str(program.with_name("python")), "-m", "pip", "install", "--quiet", name),
        )
        done = all(subprocess.run(step, check=False).returncode == 0 for step in steps)
        found[name] = program if done else "could not be installed"
    return found


def _versioned(name: str, program: Path) -> str:
    """The tool as the table names it."""
    said = run((program, "--version"), cwd=ROOT).stdout.split("\n", 1)[0]
    return f"{name} {said.split()[-1]}" if said else name


def _rules(folder: Path | None) -> str:
    """What Semgrep is asked, as the table says it."""
    if folder is None:
        return "one pattern"
    files = (path for path in folder.rglob("*.y*ml") if ".test." not in path.name)
    return f"{sum(path.read_text('utf-8').count('- id:') for path in files)} rules"


def parse_all(folder: Path) -> None:
    """What ``ast.parse`` alone costs. A file that is no Python costs its attempt."""
    warnings.simplefilter("ignore")
    for file in discover(folder).files:
        try:
            ast.parse(Path(file.path).read_bytes())
        except (SyntaxError, ValueError, RecursionError):
            continue


def text(rows: Sequence[Row]) -> str:
    """The table, each folder's ratios to its own ``ast.parse`` and its own cold run."""
    if not rows:
        return "No folder was given: `python -m benchmarks.static FOLDER…`."
    costs = {(row.folder, row.cost.name): row.cost for row in rows}
    cells: list[tuple[str, ...]] = []
    for row in rows:
        cost = row.cost
        parse, cold = costs[row.folder, "ast.parse"], costs.get((row.folder, "tocsin, cold"))
        about = f"{row.folder} ({row.files:,} files, {row.lines:,} lines)"
        if cost.why:
            cells.append((about, cost.name, cost.why, *[""] * 6))
            continue
        ratios = [f"{cost.wall / each.wall:.2f}" if each else "" for each in (parse, cold)]
        faster = [_faster(cost, rows, row.folder, rival) for rival in RIVALS]
        figures = f"{cost.wall:.1f} s", f"{cost.cpu:.1f} s", *ratios, *faster
        cells.append((about, cost.name, *figures, f"{cost.memory} MiB"))
    rivals = (f"{rival} / this" for rival in RIVALS)
    head = ("Folder", "Run", "Wall", "Processor", "/ ast.parse", "/ cold", *rivals, "Peak memory")
    return f"{table(head, cells)}\n\nOf {versions('tocsin')}."


def _faster(cost: Cost, rows: Sequence[Row], folder: str, rival: str) -> str:
    """How many times as long a rival took."""
    theirs = (
        row.cost
        for row in rows
        if row.folder == folder and row.cost.name.startswith(rival) and not row.cost.why
    )
    found = next(theirs, None)
    if found is None or not cost.name.startswith("tocsin"):
        return ""
    return f"{found.wall / cost.wall:.1f}"


def defaults() -> tuple[Path, ...]:
    """The folders of the packages that are read where none is named."""
    found = (importlib.util.find_spec(name) for name in DEFAULTS)
    return tuple(Path(each.origin).parent for each in found if each and each.origin)


def main() -> int:
    """Measure the folders and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.static", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--semgrep-rules", type=Path, metavar="FOLDER")
    parser.add_argument("--parse", action="store_true", help="only parse: a part of the benchmark")
    options = parser.parse_args()
    asked = [*options.folders, *([options.semgrep_rules] if options.semgrep_rules else [])]
    missing = [str(each) for each in asked if not each.is_dir()]
    if missing:
        parser.error(f"no such folder: {', '.join(missing)}")
    if options.parse:
        for folder in options.folders:
            parse_all(folder)
        return 0
    print(text(list(measure(options.folders or defaults(), options.semgrep_rules))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
