"""What stands in one report: the sites with its cause, the endpoints, the pairs that would race."""

from __future__ import annotations

from tests.static.conftest import Analyse

MODELS = """
from django.db import models

class Role(models.Model):
    user = models.ForeignKey("auth.User", on_delete=models.CASCADE)
    name = models.CharField(max_length=20)

class Item(models.Model):
    name = models.CharField(max_length=20)
"""

VIEWS = """
from functools import wraps
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from app.models import Item, Role

def staff(view):
    @wraps(view)
    def checked(request, *args):
        if not Role.objects.filter(user=request.user, name="staff").exists():
            raise PermissionDenied
        return view(request, *args)
    return checked

@staff
def rename(request, pk):
    Item.objects.filter(pk=pk).update(name="other")
    return HttpResponse("")

@staff
def remove(request, pk):
    Item.objects.filter(pk=pk).delete()
    return HttpResponse("")

def dismiss(request, user):
    Role.objects.filter(user=user).delete()
    return HttpResponse("")
"""

URLS = """
from django.urls import path
from app import views

urlpatterns = [
    path("rename/<int:pk>", views.rename),
    path("remove/<int:pk>", views.remove),
    path("dismiss/<int:user>", views.dismiss),
]
"""


def line(text: str, part: str) -> int:
    (number,) = (n for n, each in enumerate(text.splitlines(), 1) if part in each)
    return number


def test_a_check_names_all_that_it_is_used_on(analysed: Analyse) -> None:
    analysis = analysed(app__models=MODELS, app__views=VIEWS, app__urls=URLS)
    (report,) = (each for each in analysis.reports if each.judge.code == "TOC101")
    sites = (report.site, *report.more)
    assert {site.check.line for site in sites} == {line(VIEWS, "Role.objects.filter(user=request")}
    uses = {site.use.line for site in sites}
    assert uses >= {
        line(VIEWS, 'update(name="other")'),
        line(VIEWS, "Item.objects.filter(pk=pk).delete"),
    }
    assert {each.rpartition("/")[0].rpartition("/")[2] for each in report.endpoints} == {
        "rename",
        "remove",
    }


def test_the_pairs_are_those_that_would_race(analysed: Analyse) -> None:
    analysis = analysed(app__models=MODELS, app__views=VIEWS, app__urls=URLS)
    (report,) = (each for each in analysis.reports if each.judge.code == "TOC101")
    assert {one for one, _ in report.pairs} == set(report.endpoints)
    assert all("dismiss" in other for _, other in report.pairs)
