"""Receivers of a model's signals are entries that are handed a row of it."""

from __future__ import annotations

import pytest

from tests.frameworks.routes.conftest import Routes

MODEL = "from django.db import models\nclass Order(models.Model): ...\n"
SIGNAL = "from django.db.models.signals import post_save\n"
HANDLER = "def handle(sender, instance, **kwargs): ...\n"
RECEIVER = f"{MODEL}{SIGNAL}from django.dispatch import receiver\n"

CONNECTED = {
    "by a decorator": f"{RECEIVER}@receiver(post_save, sender=Order)\n{HANDLER}",
    "by several": f"{RECEIVER}@receiver([post_save], sender=Order)\n{HANDLER}",
    "by a call": f"{MODEL}{SIGNAL}{HANDLER}post_save.connect(handle, sender=Order)\n",
    "by name": f"{MODEL}{SIGNAL}{HANDLER}post_save.connect(receiver=handle, sender=Order)\n",
}


@pytest.mark.parametrize("how", CONNECTED)
def test_a_receiver_is_an_entry(routes: Routes, how: str) -> None:
    (found,) = routes(CONNECTED[how])
    assert (found.endpoint, found.routed) == ("app.handle", False)
    assert [(name, owner.node.name) for name, owner in found.rows] == [("instance", "Order")]


@pytest.mark.parametrize(
    "source",
    [
        f"{RECEIVER}@receiver(post_save)\n{HANDLER}",
        f"{MODEL}{HANDLER}elsewhere.connect(handle, sender=Order)\n",
    ],
    ids=["any sender", "another signal"],
)
def test_without_a_sender_nothing_is_known_of_the_row(routes: Routes, source: str) -> None:
    assert routes(source) == []


def test_each_sender_is_an_entry_of_its_own(routes: Routes) -> None:
    connects = "".join(f"post_save.connect(handle, sender={name})\n" for name in ("Order", "Note"))
    found = routes(f"{MODEL}class Note(models.Model): ...\n{SIGNAL}{HANDLER}{connects}")

    senders = [owner.node.name for each in found for _, owner in each.rows]
    assert senders == ["Order", "Note"]
