"""Two requests raced in all orders, as often as is asked, of one application that is loaded once.

python -m tests.guard.racing APPLICATION FOLDER RACES: an application of ``apps/``, a folder of its
own, and as JSON the races, each two pairs of an address and credentials. The verdicts are printed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.guard.exploring import judged, session
from tocsin.model.http import Request

APPS = Path(__file__).parent / "apps"


def raced(app: str, folder: Path, races: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """What is said of each race."""
    source = (APPS / f"{app}.py").read_text()
    with session(app, source, folder, setup="seed", override=True) as loaded:
        for race in races:
            found = judged(loaded, *(_request(*each) for each in race))
            names = [proof.witness.anomaly.name.value for proof in found.proofs]
            yield {
                "verdict": found.verdict.value,
                "schedules": found.schedules,
                "bound": found.bound,
                "document": {
                    "reason": found.reason,
                    "findings": [{"anomaly": name} for name in dict.fromkeys(names)],
                },
                "seconds": found.seconds,
            }


def _request(path: str, credentials: str) -> Request:
    headers = (("authorization", f"Basic {credentials}"),) if credentials else ()
    return Request(f"POST {path}", f"POST {path}", "POST", path, headers=headers)


if __name__ == "__main__":
    name, place, asked = sys.argv[1:]
    sys.stdout.write(json.dumps(list(raced(name, Path(place), json.loads(asked)))))
