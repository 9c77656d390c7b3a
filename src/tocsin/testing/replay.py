"""A witness as a regression test: what ``tocsin replay --pytest`` writes calls this."""

from __future__ import annotations

import sys
from pathlib import Path

from tocsin.config import load
from tocsin.model.replay import ReplayResult
from tocsin.report.witness import loads
from tocsin.scan.options import ReplayOptions
from tocsin.scan.replay import replay_file


def replay(witness: str, times: int = 10, config: str | Path | None = None) -> ReplayResult:
    """Run a witness again, and if it does not race any more, every other schedule of its bound.

    ``witness`` is the JSON text. The configuration is looked for at and above the folder of the
    calling test, then the working directory, unless ``config`` names a file. The answer `holds`
    when the race is gone. Raises `UsageError` if the application cannot be loaded.
    """
    caller = Path(sys._getframe(1).f_code.co_filename).parent  # noqa: SLF001 - the test's file
    loaded = load(folders=(caller,), chosen=Path(config) if config is not None else None)
    options = ReplayOptions(
        times=times,
        config=loaded.config,
        root=loaded.root,
        import_paths=(loaded.root,),
        identities=loaded.identities,
        secrets=loaded.secrets,
    )
    return replay_file(loads(witness), "the test's witness", options)
