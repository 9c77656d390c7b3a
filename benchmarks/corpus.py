"""Races that real projects have mended: found before, silent after.

    python -m benchmarks.corpus MANIFEST MIRROR [ID…]

MANIFEST has a JSON object on each line: ``repo``, ``label`` (``vulnerable`` or ``safe``), the
commits (``vulnerable_commit`` and ``fix_commit``, or ``commit``), ``file``, ``function_lines``,
``check_line``, ``use_line`` and, where it is elsewhere, ``use_file``. MIRROR holds the
repositories, each a git directory ``owner+name/repo``. A finding is *at the line* if its check or
use lies within five lines of the case's check or use, and *in the function* if one of them lies
anywhere in the function, too. A mended version has no line numbers of its own: those of the version
before are carried through the diff of the file, a line that was replaced to all that replaced it.
Where a mended version is known to keep a window (``fixed_residual``), silence is not asked for.
``python -m benchmarks corpus`` takes both names from the environment: ``TOCSIN_CORPUS`` and
``TOCSIN_MIRROR``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path, PurePosixPath
from typing import Any

from benchmarks.common import table, temporary, tocsin

_NEAR = 5
_SIDES = {"vulnerable": "vulnerable", "fixed": "mended", "residual": "mended in part"}

Case = Mapping[str, Any]
Lines = tuple[int, int]
Place = tuple[str, Lines]
Moved = Callable[[int], Lines]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was said of one side of a case: the rule at its line, the one in its function."""

    case: str
    kind: str
    side: str
    line: str = ""
    function: str = ""
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
        repository = mirror / repo.replace("/", "+") / "repo"
        found, why = _scanned(repository, commit)
        for case, side in asked:
            at_line, around = places(case, _moves(repository, case, commit))
            verdict = Verdict(
                case["id"], case["kind"], side, said(at_line, found), said(around, found), why
            )
            heard = why or verdict.line or (verdict.function and f"({verdict.function})") or "-"
            print(f"  {case['id']} {side}: {heard}", file=sys.stderr, flush=True)
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


def _moves(repository: Path, case: Case, commit: str) -> Mapping[str, Moved]:
    """Where the lines of a case's files are in a commit, if they are not where they were."""
    if commit != case.get("fix_commit"):
        return {}
    files = {case["file"], case.get("use_file") or case["file"]}
    return {
        path: moved(
            _lines(repository, case["vulnerable_commit"], path), _lines(repository, commit, path)
        )
        for path in files
    }


def _lines(repository: Path, commit: str, path: str) -> list[str]:
    git = ("git", "-C", str(repository), "show", f"{commit}:{path}")
    shown = subprocess.run(git, capture_output=True, check=False)
    return shown.stdout.decode("utf-8", "replace").splitlines()


def moved(before: Sequence[str], after: Sequence[str]) -> Moved:
    """What tells the lines of one version in the next; both ends count, the first line is 1.

    A line that was replaced is all that replaced it, one that was taken out is where it was.
    """
    hunks = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()

    def tell(line: int) -> Lines:
        for tag, first, last, start, end in hunks:
            if first < line <= last:
                if tag == "equal":
                    return start + line - first, start + line - first
                return min(start + 1, end), max(end, start)
        return line, line

    return tell


def places(case: Case, moves: Mapping[str, Moved]) -> tuple[list[Place], list[Place]]:
    """Where a finding is at the line of a case, and where it is in its function."""

    def near(path: str, first: int, last: int, by: int) -> Place:
        tell = moves.get(path, _unmoved)
        return path, (tell(first)[0] - by, tell(last)[1] + by)

    file, check, use = case["file"], case["check_line"], case["use_line"]
    at_line = [
        near(file, check, check, _NEAR),
        near(case.get("use_file") or file, use, use, _NEAR),
    ]
    within = case.get("function_lines") or (check, check)
    return at_line, [*at_line, near(file, within[0], within[1], 0)]


def _unmoved(line: int) -> Lines:
    return line, line


def said(where: Iterable[Place], found: Iterable[Mapping[str, Any]]) -> str:
    """The rule of the first finding that is in one of the places; nothing if none is."""
    wanted = list(where)
    return next((each["rule"] for each in found if _inside(wanted, each)), "")


def _inside(where: Iterable[Place], finding: Mapping[str, Any]) -> bool:
    if finding["severity"] == "info":
        return False
    ends = [finding.get(each) or {} for each in ("check", "use")]
    return any(
        end.get("path") == path and first <= end.get("line", -1) <= last
        for end in ends
        for path, (first, last) in where
    )


def text(verdicts: Iterable[Verdict]) -> str:
    """The tables: in all, by kind, and what went wrong."""
    every = list(verdicts)
    known = [each for each in every if not each.why]
    kinds = sorted({each.kind for each in known})
    head = ("at the line, in the function", "vulnerable, found", "mended, still", "safe, reported")
    rows = [
        (name, *(_share(part, side) for side in ("vulnerable", "fixed", "safe")))
        for name, part in (
            ("all", known),
            *((kind, [each for each in known if each.kind == kind]) for kind in kinds),
        )
    ]
    wrong = [
        (each.case, _SIDES.get(each.side, each.side), each.line or "-", each.function or "-")
        for each in known
        if each.side != "residual"
        and (not each.line if each.side == "vulnerable" else bool(each.function))
    ]
    gone = sorted({f"{each.case}: {each.why}" for each in every if each.why})
    parts = [table(head, rows), table(("case", "version", "at the line", "in it"), wrong)]
    if gone:
        parts.append("Not measured: " + "; ".join(gone) + ".")
    return "\n\n".join(parts)


def _share(part: Iterable[Verdict], side: str) -> str:
    asked = [each for each in part if each.side == side]
    if not asked:
        return ""
    exact, around = sum(bool(e.line) for e in asked), sum(bool(e.function) for e in asked)
    said_of = (f"{count} ({100 * count // len(asked)} %)" for count in (exact, around))
    return f"{', '.join(said_of)} of {len(asked)}"


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
