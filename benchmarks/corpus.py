"""Races that real projects have mended: found before, silent after.

    python -m benchmarks.corpus MANIFEST MIRROR [ID…]

MANIFEST has a JSON object on each line: ``repo``, ``label`` (``vulnerable`` or ``safe``), the
commits (``vulnerable_commit`` and ``fix_commit``, or ``commit``), ``file``, ``function_lines``,
``check_line``, ``use_line`` and, where it is elsewhere, ``use_file``. MIRROR holds the
repositories, each a git directory ``owner+name/repo``. A case is found if a finding's check or use
lies in its function or within five lines of its check or use. A mended version has no line numbers
of its own: those of the version before count. Where a mended version is known to keep a window
(``fixed_residual``), silence is not asked for. ``python -m benchmarks corpus`` takes both names
from the environment: ``TOCSIN_CORPUS`` and ``TOCSIN_MIRROR``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from benchmarks.common import table, temporary, tocsin

_NEAR = 5
_SIDES = {"vulnerable": "vulnerable", "fixed": "mended", "residual": "mended in part"}

Case = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was said of one side of a case; ``rule`` is empty where nothing was."""

    case: str
    kind: str
    side: str
    rule: str
    why: str = ""


def cases(manifest: Path) -> list[Case]:
    """The cases of which the source is in a repository."""
    read = (json.loads(line) for line in manifest.read_text("utf-8").splitlines() if line)
    return [each for each in read if each.get("source") != "pypi"]


def named() -> tuple[Path, Path] | None:
    """The manifest and the mirror that the environment names."""
    both = [os.environ.get(name, "") for name in ("TOCSIN_CORPUS", "TOCSIN_MIRROR")]
    return (Path(both[0]), Path(both[1])) if all(both) else None


def measure(chosen: Iterable[Case], mirror: Path) -> Iterator[Verdict]:
    """Every side of every case; a commit that several cases share is scanned once."""
    sides: dict[tuple[str, str], list[tuple[Case, str]]] = {}
    for case in chosen:
        for side, commit in _commits(case):
            sides.setdefault((case["repo"], commit), []).append((case, side))
    for (repo, commit), asked in sides.items():
        found, why = _scanned(mirror / repo.replace("/", "+") / "repo", commit)
        for case, side in asked:
            rule = next((each["rule"] for each in found if _hits(case, each)), "")
            verdict = Verdict(case["id"], case["kind"], side, rule, why)
            print(f"  {case['id']} {side}: {why or rule or '-'}", file=sys.stderr, flush=True)
            yield verdict


def _commits(case: Case) -> Iterator[tuple[str, str]]:
    if case["label"] == "safe":
        yield "safe", case["commit"]
        return
    yield "vulnerable", case["vulnerable_commit"]
    yield ("residual" if case.get("fixed_residual") else "fixed"), case["fix_commit"]


def _scanned(repository: Path, commit: str) -> tuple[list[dict[str, Any]], str]:
    """The findings in a commit, and why there are none if it could not be had."""
    if not repository.is_dir():
        return [], "no such repository"
    with temporary() as folder:
        if not _extract(repository, commit, folder):
            return [], "no such commit"
        done = tocsin("scan", ".", "--output", "json", "--no-cache", cwd=folder)
    try:
        found: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    except (ValueError, KeyError):
        return [], done.stderr.strip()[-200:] or "no report"
    return found, ""


def _extract(repository: Path, commit: str, folder: Path) -> bool:
    """The Python files of a commit, as far as the repository has them."""
    git = ("git", "-C", str(repository))
    listed = subprocess.run((*git, "ls-tree", "-r", "-z", commit), capture_output=True, check=False)
    entries = (
        each.partition("\t") for each in listed.stdout.decode("utf-8", "replace").split("\0")
    )
    wanted = [
        (head.split()[2], name)
        for head, _, name in entries
        if name.endswith(".py") and not head.startswith("120000") and ".." not in name.split("/")
    ]
    asked = "".join(f"{key}\n" for key, _ in wanted).encode()
    given = subprocess.run(
        (*git, "cat-file", "--batch"), input=asked, capture_output=True, check=False
    ).stdout
    for _, name in wanted:
        head, _, given = given.partition(b"\n")
        if head.endswith(b"missing"):
            continue
        size = int(head.rpartition(b" ")[2])
        place = folder / PurePosixPath(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(given[:size])
        given = given[size + 1 :]
    return bool(wanted)


def _hits(case: Case, finding: Mapping[str, Any]) -> bool:
    if finding["severity"] == "info":
        return False
    check, use = case["check_line"], case["use_line"]
    near = (check - _NEAR, check + _NEAR)
    places = [
        (case["file"], near),
        (case["file"], tuple(case.get("function_lines") or near)),
        (case.get("use_file") or case["file"], (use - _NEAR, use + _NEAR)),
    ]
    ends = [finding.get(each) or {} for each in ("check", "use")]
    return any(
        end.get("path") == path and first <= end.get("line", -1) <= last
        for end in ends
        for path, (first, last) in places
    )


def text(verdicts: Iterable[Verdict]) -> str:
    """The tables: in all, by kind, and what went wrong."""
    every = list(verdicts)
    known = [each for each in every if not each.why]
    kinds = sorted({each.kind for each in known})
    head = ("", "vulnerable, found", "mended, still reported", "safe, reported")
    rows = [
        (name, *(_share(part, side) for side in ("vulnerable", "fixed", "safe")))
        for name, part in (
            ("all", known),
            *((kind, [each for each in known if each.kind == kind]) for kind in kinds),
        )
    ]
    wrong = [
        (each.case, _SIDES.get(each.side, each.side), each.rule or "nothing")
        for each in known
        if bool(each.rule) != (each.side == "vulnerable") and each.side != "residual"
    ]
    gone = sorted({f"{each.case}: {each.why}" for each in every if each.why})
    parts = [table(head, rows), table(("case", "version", "reported"), wrong)]
    if gone:
        parts.append("Not measured: " + "; ".join(gone) + ".")
    return "\n\n".join(parts)


def _share(part: Iterable[Verdict], side: str) -> str:
    asked = [each for each in part if each.side == side]
    if not asked:
        return ""
    said = sum(bool(each.rule) for each in asked)
    return f"{said}/{len(asked)} ({100 * said // len(asked)} %)"


def main() -> int:
    """The tables, on standard output."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corpus")
    parser.add_argument("manifest", type=Path)
    parser.add_argument("mirror", type=Path)
    parser.add_argument("case", nargs="*", help="only these cases or repositories")
    options = parser.parse_args()
    if not options.manifest.is_file():
        parser.error(f"{options.manifest}: no such manifest")
    every = cases(options.manifest)
    chosen = [
        each for each in every if not options.case or {each["id"], each["repo"]} & set(options.case)
    ]
    print(text(measure(chosen, options.mirror)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
