"""The static engine's part of a scan: files, findings, names that do not depend on the words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tocsin.errors import NothingToDo
from tocsin.model.event import FileSeen, FindingRaised
from tocsin.scan import source

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
