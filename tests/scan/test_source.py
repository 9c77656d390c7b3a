"""The static engine's part of a scan: files, findings, names that do not depend on the words."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tocsin.errors import NothingToDo
from tocsin.model.event import FileSeen, FindingRaised, Noted
from tocsin.scan import source
from tocsin.source.files import MAX_BYTES

MODELS = """
from django.db import models


class Order(models.Model):
    status = models.CharField(max_length=10)
"""
VIEWS = """
from django.http import HttpResponse
from django.views.decorators.http import require_POST
from models import Order


@require_POST
def cancel(request, order_id):
    order = Order.objects.get(pk=order_id)
    if order.status != "pending":
        return HttpResponse(status=409)
    order.status = "cancelled"
    order.save()
    return HttpResponse(status=204)
"""
URLS = """
from django.urls import path
import views

urlpatterns = [path("orders/<int:order_id>/cancel", views.cancel)]
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    for name, text in (("models", MODELS), ("views", VIEWS), ("urls", URLS)):
        (folder / f"{name}.py").write_text(text)
    monkeypatch.chdir(tmp_path)
    return folder


def seen(target: object) -> dict[str, str]:
    results = [e.result for e in source.events(str(target)) if isinstance(e, FileSeen)]
    return {Path(result.path).name: result.reason for result in results}


def test_every_file_is_told_about(shop: Path) -> None:
    (shop / "helpers.py").write_text("def half(x):\n    return x / 2\n")
    (shop / "broken.py").write_text("def half(:\n")
    found = seen("shop")
    assert found.pop("broken.py")
    assert found == {"helpers.py": "", "models.py": "", "urls.py": "", "views.py": ""}


def test_a_file_that_is_no_python_is_told_about_by_itself(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("def half(:\n")
    assert seen(tmp_path / "broken.py")["broken.py"]


def test_a_folder_without_python_is_nothing_to_do(tmp_path: Path) -> None:
    with pytest.raises(NothingToDo, match="no Python file to analyse"):
        list(source.events(str(tmp_path)))


def test_fingerprints_do_not_depend_on_how_the_folder_is_named(shop: Path) -> None:
    raised = {
        (event.finding.fingerprint, str(event.finding.check))
        for target in ("shop", "./shop", ".", shop)
        for event in source.events(str(target))
        if isinstance(event, FindingRaised)
    }
    assert [place for _, place in raised] == ["shop/views.py:9"]


def test_advice_is_written_for_what_the_code_is_written_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app.py").write_text("""
import sqlite3
from flask import Flask

app = Flask(__name__)

@app.post("/events/<int:key>/book")
def book(key):
    db = sqlite3.connect("events.db")
    seats = db.execute("SELECT seats FROM event WHERE id = ?", (key,)).fetchone()[0]
    db.execute("UPDATE event SET seats = ? WHERE id = ?", (seats - 1, key))
    db.commit()
""")
    (found,) = [e.finding for e in source.events("app.py") if isinstance(e, FindingRaised)]
    assert found.rule == "TOC202"
    assert "n = n - 1" in found.remediation.summary
    assert "cursor.execute" in found.remediation.code


def test_notebooks_are_a_note(shop: Path) -> None:
    (shop / "a.ipynb").write_text("{}")
    notes = [each.message for each in source.events("shop") if isinstance(each, Noted)]
    assert notes == ["shop: 1 notebook is not read: only .py files are"]


LOCKED = """
import threading
from django.db import models

class Seat(models.Model):
    free = models.IntegerField()

lock = threading.Lock()

def take(key):
    with lock:
        seat = Seat.objects.get(pk=key)
        if seat.free < 1:
            raise ValueError
        seat.free -= 1
        seat.save()
"""


def test_what_holds_in_one_process_is_a_note_also_when_told_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "seats.py").write_text(LOCKED)
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        events = list(source.events("shop", tmp_path / "kept"))
        notes = [each.message for each in events if isinstance(each, Noted)]
        assert notes == [
            (
                "shop: shop/seats.py:12: lock holds within one process; "
                "with several workers it keeps nobody out"
            )
        ]
        assert not any(isinstance(each, FindingRaised) for each in events)


def test_what_was_cut_is_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = "".join(f"    Seat.objects.filter(pk={n}).update(free=1)\n" for n in range(260))
    (tmp_path / "seats.py").write_text(f"{LOCKED}\n\ndef long():\n{calls}")
    monkeypatch.chdir(tmp_path)
    notes = [each.message for each in source.events(".") if isinstance(each, Noted)]
    assert any(each.startswith(".: 1 function did more than is kept") for each in notes)


def test_a_folder_of_notebooks_is_nothing_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").write_text("{}")
    with pytest.raises(NothingToDo, match="1 notebook is not read"):
        list(source.events(str(tmp_path)))


def test_a_folder_in_which_no_file_can_be_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "generated.py").write_bytes(b"#" * (MAX_BYTES + 1))
    assert seen(tmp_path) == {"generated.py": "is larger than 1,000,000 bytes"}


@pytest.mark.parametrize(
    "deep",
    [
        "def f(a):\n    a.save()\n    return " + "+".join(["a"] * 3000) + "\n",
        "def f(a):\n    a.save()\n    return a" + ".b()" * 2000 + "\n",
        "".join(f"def f{n}(a):\n    a.save()\n    f{n + 1}(a)\n" for n in range(500)),
        "def f(a):\n    if a:\n        pass\n" + "    elif a:\n        a.save()\n" * 800,
        "def f(a, n):\n    for x in f(a.b, n):\n        yield from f(x, (n, n))\n    a.save()\n",
    ],
    ids=["sum", "chain", "functions", "branches", "recursion"],
)
def test_code_that_is_nested_deeply_is_no_crash(tmp_path: Path, deep: str) -> None:
    limit = sys.getrecursionlimit()
    (tmp_path / "deep.py").write_text(deep)
    (tmp_path / "other.py").write_text("def g(a):\n    a.save()\n")
    assert "other.py" in seen(tmp_path)
    assert sys.getrecursionlimit() == limit
