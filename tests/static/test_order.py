"""Whoever asks first: a trace is the same whichever entries were interpreted before."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.frameworks.routes.base import Entry
from tocsin.frameworks.routes.registry import ROUTES
from tocsin.source.memory import deep
from tocsin.source.project import Project
from tocsin.static.aside import aside
from tocsin.static.entries import Trace, trace
from tocsin.static.interpret.machine import Machine
from tocsin.static.selection import Selection
from tocsin.stores.calls.registry import Knowledge

EXAMPLES = Path(__file__).parents[2] / "examples"
KNOWLEDGE = Knowledge.of()
SHOPS = ("shop_django", "shop_fastapi", "shop_flask")

MODELS = """
    from django.db import models

    class Node(models.Model):
        parent = models.ForeignKey("self", on_delete=models.CASCADE)
        tree = models.ForeignKey("Tree", on_delete=models.CASCADE)
        count = models.IntegerField()

        class Meta:
            abstract = True

    class Leaf(Node):
        colour = models.TextField()

    class Tree(models.Model):
        root = models.ForeignKey("Leaf", on_delete=models.CASCADE)
        size = models.IntegerField()
"""
SERVICE = """
    from functools import wraps
    from models import Leaf, Tree

    FIRST = SECOND
    SECOND = FIRST

    def logged(function):
        @wraps(function)
        def inner(*args, **kwargs):
            audit(function)
            return function(*args, **kwargs)
        return inner

    def audit(function):
        if function is None:
            grow(None, 1)

    @logged
    def grow(leaf, by):
        if leaf.count < 3:
            leaf.count = leaf.count + by
            leaf.save()
        prune(leaf, by)

    def prune(leaf, by, deep=False):
        if deep:
            leaf.parent.count = 0
            leaf.parent.save()
        else:
            grow(leaf, by)
        weigh(leaf.tree, leaf)

    def weigh(tree, leaf):
        if tree.size > 3:
            prune(leaf, 2, deep=True)
            tree.size = tree.size - 1
            tree.save()
        return weigh(tree, leaf.parent)

    def measure(thing, how):
        if how == "tree":
            return weigh(thing, thing.root)
        return prune(thing, how)
"""
VIEWS = """
    from models import Leaf, Tree
    import service

    def one(request, pk):
        service.grow(Leaf.objects.get(pk=pk), 1)

    def two(request, pk):
        service.prune(Leaf.objects.select_for_update().get(pk=pk), 1)

    def three(request, pk):
        service.weigh(Tree.objects.get(pk=pk), None)

    def four(request, pk):
        service.measure(Tree.objects.get(pk=pk), "tree")

    def five(request, pk):
        service.measure(Leaf.objects.filter(colour="red").get(pk=pk), 5)

    def six(request, pk):
        service.audit(service.FIRST)
        service.weigh(Tree.objects.create(size=1), Leaf.objects.get(pk=pk))
"""
URLS = """
    from django.urls import path
    import views

    urlpatterns = [
        path("one/<pk>/", views.one),
        path("two/<pk>/", views.two),
        path("three/<pk>/", views.three),
        path("four/<pk>/", views.four),
        path("five/<pk>/", views.five),
        path("six/<pk>/", views.six),
    ]
"""


def entries(project: Project) -> list[Entry]:
    """All that could be interpreted, routes first."""
    own = [each for each in project.files if not aside(each)]
    selection = Selection(project)
    others = [each for each, _ in selection.unreached(own, frozenset(), frozenset())]
    return [each.alive() for each in (*selection.routed(), *others)]


def traced(project: Project, every: Sequence[Entry], order: Sequence[int]) -> list[Trace]:
    """The traces of all entries, made in another order by one machine, in their own."""
    machine = Machine.of(project, KNOWLEDGE)
    frameworks = {each.name: each for each in ROUTES}
    with deep():
        made = {index: trace(machine, every[index], frameworks) for index in order}
    return [made[index] for index in range(len(every))]


def said(every: Sequence[Trace]) -> list[tuple[object, ...]]:
    return [
        (each.entry.endpoint, each.effects, each.cut, each.start, each.copies) for each in every
    ]


@pytest.fixture(scope="module")
def tangled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which functions, models, variables and decorators lead to each other."""
    root = tmp_path_factory.mktemp("tangled")
    files = {"models": MODELS, "service": SERVICE, "views": VIEWS, "urls": URLS}
    for name, text in files.items():
        (root / f"{name}.py").write_text(textwrap.dedent(text))
    return root


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_recursion_is_the_same_from_whichever_side_it_is_entered(
    tangled: Path, data: st.DataObject
) -> None:
    """Each order has a project of its own, too: models are read in the order they are met."""
    project = Project.read(tangled)
    every = entries(project)
    assert len(every) >= 10
    order = data.draw(st.permutations(range(len(every))))
    fresh = Project.read(tangled)
    there = entries(fresh)
    assert said(traced(project, every, range(len(every)))) == said(traced(fresh, there, order))


@pytest.mark.parametrize("shop", SHOPS)
def test_an_example_is_the_same_backwards(shop: str) -> None:
    project = Project.read(EXAMPLES / shop)
    every = entries(project)
    forwards = traced(project, every, range(len(every)))
    assert any(each.effects for each in forwards)
    backwards = traced(project, every, range(len(every) - 1, -1, -1))
    assert said(forwards) == said(backwards)


FORM = """
    from django import forms
    from models import Leaf, Tree

    class LeafForm(forms.Form):
        def clean_zone(self):
            Leaf.objects.filter(colour="zone").update(count=1)

        def clean_apex(self):
            Leaf.objects.filter(colour="apex").update(count=1)

        def clean_root(self):
            Leaf.objects.filter(colour="root").update(count=1)

        def clean_mast(self):
            Leaf.objects.filter(colour="mast").update(count=1)

    def seven(request):
        form = LeafForm(request.POST)
        if form.is_valid() and form.cleaned_data["zone"]:
            Tree.objects.create(size=1)
"""


def test_what_validates_runs_as_it_is_written(tangled: Path) -> None:
    (tangled / "forms.py").write_text(textwrap.dedent(FORM))
    project = Project.read(tangled)
    every = [each for each in entries(project) if each.endpoint.endswith(".seven")]
    [made] = traced(project, every, [0])
    lines = [each.at.line for each in made.effects if each.verb == "update"]
    assert len(lines) == 4
    assert lines == sorted(lines)


def test_recursion_is_cut_once_and_keeps_what_is_before_and_after(tangled: Path) -> None:
    project = Project.read(tangled)
    every = entries(project)
    made = traced(project, every, range(len(every)))
    three = next(each for each in made if "three" in each.entry.endpoint)
    written = [each.item.name for each in three.effects if each.verb == "save" and each.item]
    assert "models.Tree" in written
