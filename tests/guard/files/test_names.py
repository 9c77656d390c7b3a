"""Names from outside."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.guard.errors import Malformed
from tocsin.guard.files import fresh_name, parts, upload_name

REFUSED = [
    "",
    ".",
    "..",
    "/",
    "/etc/passwd",
    "//etc/passwd",
    "../exports-evil/secret",
    "sub/../../exports-evil/secret",
    "sub/..",
    "sub/",
    "sub//b.txt",
    "./a.txt",
    "sub/./b.txt",
    "a.txt\0",
    "\0",
    "a.txt\0/../b",
    "n" * 256,
    "é" * 128,
    "/".join(["n" * 200] * 21),
    "\ud800",
]


@pytest.mark.parametrize("name", REFUSED)
def test_names_that_no_file_has(name: str) -> None:
    with pytest.raises(Malformed):
        parts(name)


@pytest.mark.parametrize("name", ["a", "...", "a b", "C:\\a", "-rf", "é", "\udcff", "n" * 255])
def test_names_that_files_have(name: str) -> None:
    assert parts(f"sub/{name}") == ("sub", name)


@given(st.text())
def test_parts_are_the_name_or_it_is_refused(name: str) -> None:
    try:
        split = parts(name)
    except Malformed:
        return
    assert "/".join(split) == name
    assert os.path.normpath(name) == name
    assert not os.path.isabs(name)
    assert ".." not in split


UPLOADS = {
    "invoice.pdf": "invoice.pdf",
    "C:\\Users\\me\\invoice.pdf": "invoice.pdf",
    "../../etc/passwd": "passwd",
    "..": "upload",
    ".htaccess": "htaccess",
    "-rf": "rf",
    "a.txt. . ": "a.txt",
    "two  words\t.txt": "two words .txt",
    "invoice\u202efdp.exe": "invoicefdp.exe",
    "a\0b\r\nc": "ab c",
    "e\u0301.txt": "é.txt",
    "..\uff0fpasswd": "passwd",
    'a<b>:"c|?*': "a_b___c___",
    "NUL": "_NUL",
    "con.txt": "_con.txt",
    "COM¹.log": "_COM1.log",
    "LPT1 .txt": "_LPT1 .txt",
    "console.txt": "console.txt",
    "": "upload",
}


@pytest.mark.parametrize(("given_name", "made"), UPLOADS.items())
def test_names_of_uploads(given_name: str, made: str) -> None:
    assert upload_name(given_name) == made


def test_an_upload_without_a_name() -> None:
    assert upload_name(None, default="file") == "file"


def test_a_long_name_keeps_its_suffix() -> None:
    assert upload_name("é" * 300 + ".tar.gz", limit=20) == "é" * 8 + ".gz"


@given(st.text(), st.integers(40, 255))
def test_every_name_of_an_upload_is_one_safe_part(name: str, limit: int) -> None:
    made = upload_name(name, limit=limit)
    assert parts(made) == (made,)
    assert len(made.encode()) <= limit
    assert not made.startswith((".", "-", " "))
    assert not made.endswith((".", " "))
    assert not set(made) & set('<>:"|?*/\\')
    assert upload_name(made, limit=limit) == made


def test_fresh_names_are_never_the_same_and_keep_the_suffix() -> None:
    one, two = fresh_name("../me.PNG"), fresh_name("../me.PNG")
    assert one != two
    assert one.endswith(".png")
    assert parts(one) == (one,)
    assert "." not in fresh_name("me.p n g")
