"""Paths of Django REST framework's routers, as the URL resolver has them."""

from __future__ import annotations

import pytest

from tests.frameworks.routes.conftest import Routes, told

VIEWS = """
from rest_framework import viewsets
from rest_framework.decorators import action

class TicketViewSet(viewsets.ViewSet):
    lookup_field = "number"
    def create(self, request): ...
    def destroy(self, request, number=None): ...
    @action(detail=True, methods=["post"])
    def close(self, request, number=None): ...
    @action(detail=False, methods=["post"], url_path="close-all")
    def close_all(self, request): ...
"""
ROUTER = """
from rest_framework.routers import DefaultRouter
from views import TicketViewSet

router = DefaultRouter()
router.register("tickets", TicketViewSet)
"""
INCLUDED = """
from django.urls import include, path
urlpatterns = [path("api/", include(router.urls))]
"""


def below(prefix: str, end: str = "/") -> set[tuple[str, str]]:
    names = {
        "POST /tickets": "create",
        "DELETE /tickets/{number}": "destroy",
        "POST /tickets/{number}/close": "close",
        "POST /tickets/close-all": "close_all",
    }
    return {
        (endpoint.replace(" /", f" {prefix}/") + end, f"TicketViewSet.{name}")
        for endpoint, name in names.items()
    }


@pytest.mark.parametrize(
    ("router", "expected"),
    [
        (ROUTER + INCLUDED, below("/api")),
        (ROUTER.replace("Router()", "Router(trailing_slash=False)") + INCLUDED, below("/api", "")),
        (ROUTER + "urlpatterns = router.urls", below("")),
    ],
    ids=["included", "without a slash", "as it is"],
)
def test_actions_of_one_row_stand_below_its_key(
    routes: Routes, router: str, expected: set[tuple[str, str]]
) -> None:
    assert told(routes(views=VIEWS, urls=router)) == expected


def test_a_router_is_included_by_another_module(routes: Routes) -> None:
    urls = "from api import router\n" + INCLUDED
    parent = """
    from django.urls import include, path
    urlpatterns = [path("v1/", include("urls"))]
    """
    assert told(routes(views=VIEWS, api=ROUTER, urls=urls, site=parent)) == below("/v1/api")
