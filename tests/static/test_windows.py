"""The windows of a trace come in the order in which it was read, whatever hashes are today."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tocsin.static.value import Dep
from tocsin.static.windows import in_order

MODELS = """
from django.db import models

class Box(models.Model):
    left = models.IntegerField()
    size = models.IntegerField()
"""
VIEWS = """
from models import Box

def fill(request, a, b, c, d):
    one, two = Box.objects.filter(pk=a).first(), Box.objects.filter(size=b).first()
    three, four = Box.objects.filter(left=c).first(), Box.objects.filter(pk=d).first()
    box = one or two or three or four
    box.left = box.left + 1
    box.save()
"""
PROGRAM = """
import sys
from pathlib import Path
from tocsin.source.project import Project
from tocsin.static.shard import Share, Shard
shard = Shard.of(Share(), Project.read(Path(sys.argv[1])))
shard.rest(shard.routed(shard.found()))
routes, others = shard.world(frozenset())
routed, rest = shard.judged(others)
for _, report in (*(each for part in routed.values() for each in part), *rest):
    window = report.window
    print(report.judge.code, window.index, window.use.index, sorted(window.columns))
"""


def test_windows_do_not_depend_on_hashes(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text(MODELS)
    (tmp_path / "views.py").write_text(VIEWS)
    said = set()
    for seed in ("1", "2", "3", "4"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        said.add(done.stdout)

    (lines,) = said
    assert len(lines.splitlines()) > 3


@given(st.frozensets(st.builds(Dep, st.integers(0, 9) | st.text(max_size=2), st.text(max_size=2))))
def test_only_reads_in_order(deps: frozenset[Dep]) -> None:
    found = in_order(deps)
    places = [each.source for each in found if isinstance(each.source, int)]

    assert len(places) == len(found) == sum(isinstance(each.source, int) for each in deps)
    assert places == sorted(places)
