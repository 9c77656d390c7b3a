"""What an interrupted scan leaves, and what the next one makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.probe.gate import gated
from tests.probe.servers import under_uvicorn
from tests.probe.shop import PEOPLE, Shop, application
from tocsin.cli.load import choose, read_config
from tocsin.cli.main import cli
from tocsin.model import event
from tocsin.model.secret import Secret
from tocsin.model.verdict import PairResult, RequestRef, Verdict
from tocsin.scan import probing
from tocsin.scan.options import ScanOptions, Target, TargetKind
from tocsin.scan.unfinished import Settled, Unfinished

CONFIGURATION = """
only = ["GET *", "POST /spend", "POST /notes"]
rounds = 2

[identities.alice]
basic = ["alice", "wonderland-1865"]
"""
REFS = (RequestRef("POST /a", "alice", "POST /a {n: hush} as alice"),) * 2
HUSH = (Secret("alice", "hush"),)


def options(folder: Path, address: str, *, resume: bool = False) -> ScanOptions:
    (folder / "tocsin.toml").write_text(CONFIGURATION)
    loaded = read_config(folder / "tocsin.toml", (), {})
    return ScanOptions(
        targets=(Target(TargetKind.ADDRESS, address),),
        config=loaded.config,
        root=folder,
        identities=choose(loaded.identities, ()),
        secrets=loaded.secrets,
        witness_dir=folder / "witnesses",
        unfinished=folder / "unfinished",
        resume=resume,
    )


def units(told: list[event.Event]) -> dict[tuple[str, ...], PairResult]:
    return {
        tuple(ref.endpoint for ref in one.result.requests): one.result
        for one in told
        if isinstance(one, event.UnitFinished)
    }


def test_a_scan_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    shop = Shop()
    shop.restore()
    with gated(shop.gate), under_uvicorn(application(shop)) as origin:
        stopped = []
        stream = probing.events(options(tmp_path, str(origin)), str(origin))
        for told in stream:
            stopped.append(told)
            if isinstance(told, event.UnitFinished) and told.result.verdict is Verdict.VIOLATED:
                next(stream)  # the file has it when the next thing is told
                break
        stream.close()  # type: ignore[attr-defined]  # a generator, as Ctrl-C leaves it
        (left,) = (tmp_path / "unfinished").iterdir()
        kept = left.read_text()
        left.write_text(kept + kept[: len(kept) // 3])  # killed while it wrote
        before = len(shop.notes)
        rest = list(probing.events(options(tmp_path, str(origin), resume=True), str(origin)))
    assert not list((tmp_path / "unfinished").iterdir())
    assert not any(secret in kept for secret in PEOPLE.values())
    done, whole = units(stopped), units(rest)
    assert ("POST /spend", "POST /spend") in done
    assert whole.items() >= done.items(), "told again as it was, seconds and all"
    findings = [
        {one.finding.fingerprint for one in told if isinstance(one, event.FindingRaised)}
        for told in (stopped, rest)
    ]
    assert findings[0] <= findings[1]
    notes = [one.message for one in rest if isinstance(one, event.Noted)]
    assert any(note.endswith("that was interrupted") and "taken over" in note for note in notes)
    assert len(whole) > len(done)
    assert len(shop.notes) > before


def test_a_cap_leaves_something_to_go_on_with(tmp_path: Path) -> None:
    shop = Shop()
    shop.restore()
    (tmp_path / "tocsin.toml").write_text(CONFIGURATION)
    with (
        gated(shop.gate),
        under_uvicorn(application(shop)) as origin,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.chdir(tmp_path)
        words = ["scan", str(origin), "--max-requests", "60", "--no-progress"]
        CliRunner().invoke(cli, words, standalone_mode=False)
        (left,) = (tmp_path / ".tocsin" / "unfinished").iterdir()
        assert left.suffix == ".jsonl"


def test_nothing_secret_is_written_and_everything_is_read_back(tmp_path: Path) -> None:
    file = Unfinished.of(tmp_path, "http://127.0.0.1:8000/api", lambda: HUSH)
    assert file.begun() == ""
    unit = PairResult(REFS, Verdict.INCONCLUSIVE, 3, "3 rounds", "not observed")
    file.add(Settled("parallel_replay", REFS, unit))
    file.add(Settled("stale_authorization", REFS))
    assert "hush" not in file.path.read_text()
    again = Unfinished.of(tmp_path, "http://127.0.0.1:8000/api", lambda: HUSH)
    assert again.taken_up() == 2
    known = again.known("parallel_replay", REFS)
    assert known is not None
    assert known.unit is not None
    assert (known.unit.verdict, known.unit.schedules) == (Verdict.INCONCLUSIVE, 3)
    assert again.known("parallel_replay", REFS[:1]) is None
    again.over()
    assert not file.path.exists()


@pytest.mark.parametrize("damage", [b"", b"\xff\xfe", b"{", b"[]\n{}\n", b'{"schema_version":1}'])
def test_what_is_damaged_is_left_out(tmp_path: Path, damage: bytes) -> None:
    file = Unfinished.of(tmp_path, "http://127.0.0.1:8000", lambda: ())
    assert file.taken_up() == 0
    file.path.write_bytes(damage)
    assert file.taken_up() == 0


def test_where_nothing_can_be_written_the_scan_goes_on(tmp_path: Path) -> None:
    (tmp_path / "no").write_text("a file, no folder")
    file = Unfinished.of(tmp_path / "no", "http://127.0.0.1:8000", lambda: ())
    assert "cannot be written, so --resume has nothing" in file.begun()
    file.add(Settled("parallel_replay", REFS))
    file.over()
