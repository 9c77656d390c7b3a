"""An engine that says what the test tells it to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.report.making import events
from tocsin import scan
from tocsin.cli.main import main
from tocsin.model.event import Event
from tocsin.model.replay import ReplayResult
from tocsin.scan.options import ReplayOptions, ScanOptions

Runner = Callable[[ScanOptions], Iterator[Event]]


@dataclass(slots=True)
class Engine:
    """Stands in for `tocsin.scan`; remembers what it was asked."""

    runner: Runner = field(default=lambda _options: iter(events()))
    result: ReplayResult = field(default=ReplayResult("w.json", "double submit", "POST /x", 10, 10))
    options: ScanOptions | None = None
    replayed: ReplayOptions | None = None

    def run(self, options: ScanOptions) -> Iterator[Event]:
        self.options = options
        return self.runner(options)

    def replay(self, _path: Path, options: ReplayOptions) -> ReplayResult:
        self.replayed = options
        return self.result


@dataclass(frozen=True, slots=True)
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str


Command = Callable[..., Said]


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Engine:
    stand_in = Engine()
    monkeypatch.setattr(scan, "run", stand_in.run, raising=False)
    monkeypatch.setattr(scan, "replay", stand_in.replay, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return stand_in


@pytest.fixture
def tocsin(engine: Engine, capsys: pytest.CaptureFixture[str]) -> Command:
    assert engine

    def command(*words: str) -> Said:
        code = main(words)
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return command
