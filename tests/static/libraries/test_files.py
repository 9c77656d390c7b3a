"""Files: which calls look, which write, which do both in one."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse

HEAD = """
import gzip
import os
import shutil
import tarfile
import zipfile
from pathlib import Path

import aiofiles
import aiofiles.os
import anyio
import aioshutil
from fastapi import FastAPI, HTTPException

app = FastAPI()

@app.put("/exports/{name}")
async def export(name: str, other: str) -> None:
    path = "exports/" + name
"""
CASES = {
    "open": ('open(path, "w")', ["TOC301"]),
    "open to read": ("open(path)", []),
    "open exclusively": ('open(path, "x")', []),
    "gzip": ('gzip.open(path, "wb")', ["TOC301"]),
    "anyio": ('await anyio.open_file(path, "w")', ["TOC301"]),
    "zip": ('zipfile.ZipFile(path, "w")', ["TOC301"]),
    "zip to read": ("zipfile.ZipFile(path)", []),
    "zip exclusively": ('zipfile.ZipFile(path, "x")', []),
    "tar": ('tarfile.open(path, "w:xz")', ["TOC301"]),
    "tar to read": ('tarfile.open(path, "r:xz")', []),
    "copy": ("shutil.copyfile(other, path)", ["TOC301"]),
    "copy, asynchronously": ("await aioshutil.copyfile(other, path)", ["TOC301"]),
    "another file": ('open(other, "w")', []),
}


@pytest.mark.parametrize("case", CASES)
def test_a_file_that_is_not_there_and_then_written(analysed: Analyse, case: str) -> None:
    write, expected = CASES[case]
    body = f"    if os.path.exists(path):\n        raise HTTPException(409)\n    {write}\n"
    found = {report.judge.code for report in analysed(HEAD + body).reports}
    assert sorted(found & {"TOC301"}) == expected
