from __future__ import annotations

from tests.probe.shop import Shop
from tocsin.probe.world import Untouched


def test_a_world_is_restored_once_for_whatever_was_sent() -> None:
    shop, sent = Shop(), [0]
    world = Untouched(shop, lambda: sent[0])
    world.restore()
    world.restore()
    assert shop.restored == 1
    sent[0] += 1
    world.restore()
    world.restore()
    assert shop.restored == 2
    assert world.restores
