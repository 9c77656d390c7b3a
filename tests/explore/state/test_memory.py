"""Memory: what is found, and that it is put back in place."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from textwrap import dedent
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.explore.state.graph import Graph, rendering
from tocsin.explore.state.memory import MemoryState
from tocsin.model.access import Item

ALL = (Item("memory", None),)

APP = """
    import functools, itertools, logging, threading
    from collections import Counter, OrderedDict, defaultdict, deque
    from dataclasses import dataclass, field
    from enum import Enum

    from fastapi import FastAPI
    from pydantic import BaseModel, PrivateAttr
    from sqlalchemy import create_engine
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

    log = logging.getLogger(__name__)
    engine = create_engine("sqlite://")
    app = FastAPI()
    app.state.seen = []
    LIMIT = 10
    served = 0
    late = None
    lock = threading.Lock()
    ids = itertools.count(1)

    class Base(DeclarativeBase):
        pass

    class Row(Base):
        __tablename__ = "rows"
        id: Mapped[int] = mapped_column(primary_key=True)

    class Colour(Enum):
        RED = 1

    class Item(BaseModel):
        name: str
        tags: list[str] = []
        _hidden: dict = PrivateAttr(default_factory=dict)

    @dataclass(slots=True)
    class Account:
        balance: int
        history: list = field(default_factory=list)

    class Store:
        rows = {}
        made = 0

        def __init__(self):
            self.lock = threading.Lock()
            self.ids = itertools.count(10, 5)
            self.accounts = {"ada": Account(100)}
            self.me = self

        def make(self):
            Store.made += 1
            self.extra = next(self.ids)

    store = Store()
    items = {1: Item(name="pen", tags=["a"])}
    also_items = items
    queue = deque([1, 2], maxlen=5)
    words = Counter("aab")
    order = OrderedDict(a=1, b=2)
    by_user = defaultdict(list)
    raw = bytearray(b"abc")
    names = {"x", "y"}
    pair = ([1], {"deep": {2}})

    @functools.lru_cache
    def prices():
        return {"pen": 3}

    @functools.cache
    def square(n):
        return n * n

    def serve(cache={}):
        global served, late, fresh
        served += 1
        late = object()
        fresh = [served]
        cache[served] = True
        return next(ids)

    def create_app():
        orders = {}
        total = 0
        def order(key):
            nonlocal total
            total += 1
            orders[key] = total
            return total
        return order

    order_route = create_app()
    prices()
"""


@pytest.fixture
def shop() -> Iterator[Any]:
    module = ModuleType("shop_under_test")
    sys.modules[module.__name__] = module
    exec(dedent(APP), vars(module))  # noqa: S102
    yield module
    del sys.modules[module.__name__]


@pytest.fixture
def state(shop: Any) -> MemoryState:
    made = MemoryState(lambda: [shop])
    made.snapshot()
    return made


def test_what_is_found(shop: Any, state: MemoryState) -> None:
    names = {root.name.removeprefix("shop_under_test.") for root in state.roots}
    assert names == {
        *("app.state", "served", "late", "fresh", "ids", "store", "items", "also_items", "queue"),
        *("words", "order", "by_user", "raw", "names", "pair", "prices", "square", "serve.cache"),
        *("Store.rows", "Store.made", "create_app.orders", "create_app.total"),
    }
    assert state.related("shop_under_test.items") == {"shop_under_test.also_items"}
    assert state.name_of(shop.queue) == "shop_under_test.queue"


def wreck(shop: Any) -> None:
    shop.app.state.seen.append(1)
    shop.app.state.new = 2
    for _ in range(3):
        shop.serve()
        shop.store.make()
        shop.order_route("k")
    account = shop.store.accounts["ada"]
    account.balance = 0
    account.history.append("x")
    shop.store.accounts.clear()
    shop.store.rows[1] = 2
    item = shop.items[1]
    item.name = "ink"
    item.tags.append("b")
    item._hidden["k"] = 1
    shop.items[2] = item
    shop.items = {}
    shop.queue.extendleft(range(9))
    shop.words.update("zz")
    shop.order.move_to_end("a")
    shop.by_user["bob"].append(1)
    shop.raw[:] = b"changed"
    shop.names.clear()
    shop.pair[0].append(2)
    shop.pair[1]["deep"].add(3)
    shop.prices()["pen"] = 0
    shop.square(3)


def test_everything_is_put_back_in_place(shop: Any, state: MemoryState) -> None:
    world = state.read(ALL)
    fingerprint = state.fingerprint()
    kept = (
        shop.store,
        shop.items,
        shop.items[1],
        shop.store.accounts["ada"],
        shop.lock,
        shop.engine,
    )
    account, item, prices = shop.store.accounts["ada"], shop.items[1], shop.prices()
    for _ in range(3):
        assert not state.changed()
        wreck(shop)
        assert state.changed()
        assert state.fingerprint() != fingerprint
        state.restore(ALL)
        assert state.read(ALL) == world
        assert state.fingerprint() == fingerprint
        now = (
            shop.store,
            shop.items,
            shop.items[1],
            shop.store.accounts["ada"],
            shop.lock,
            shop.engine,
        )
        assert all(one is other for one, other in zip(kept, now, strict=True))
    assert shop.items is shop.also_items
    assert (account.balance, account.history) == (100, [])
    assert (item.name, item.tags, item._hidden) == ("pen", ["a"], {})
    assert not hasattr(shop, "fresh")
    assert (shop.served, shop.late, shop.Store.made) == (0, None, 0)
    assert (next(shop.ids), next(shop.store.ids)) == (1, 10)
    assert shop.prices() is prices
    assert prices == {"pen": 3}
    assert shop.square.cache_info().currsize == 0
    assert shop.queue.maxlen == 5
    assert shop.order_route("again") == 1


def test_reading_is_canonical(state: MemoryState) -> None:
    def value(name: str) -> object:
        full = f"shop_under_test.{name}"
        return state.read([Item("memory", full)])[full][0]["value"]

    assert value("names") == ["x", "y"]
    assert value("items") == {"1": {**value_of_item(), "name": "pen", "tags": ["a"]}}
    store = value("store")
    assert isinstance(store, dict)
    assert store["me"] == "<cycle>"
    assert store["lock"] == {"class": "lock"}
    assert store["accounts"] == {"ada": {"class": "Account", "balance": 100, "history": []}}
    assert value("fresh") is None


def value_of_item() -> dict[str, object]:
    """What pydantic keeps beside the fields."""
    return {
        "class": "Item",
        "__pydantic_extra__": None,
        "__pydantic_fields_set__": ["name", "tags"],
        "__pydantic_private__": {"_hidden": {}},
    }


def never(_: type) -> bool:
    return False


SCALARS = st.integers() | st.text(max_size=3)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(SCALARS, inner, max_size=4),
    max_leaves=15,
)
PICKS = st.lists(st.tuples(st.integers(0, 50), st.sampled_from(["add", "clear", "alias", "drop"])))


def holders(value: object) -> list[Any]:
    found: list[Any] = []
    if isinstance(value, list | dict):
        found.append(value)
        for inner in value if isinstance(value, list) else value.values():
            found += holders(inner)
    return found


@settings(max_examples=150, deadline=None)
@given(trees=st.lists(TREES, min_size=1, max_size=4), picks=PICKS)
def test_any_graph_keeps_its_identities(trees: list[object], picks: list[tuple[int, str]]) -> None:
    trees.append(trees[0])  # an alias
    before = [id(one) for one in holders(trees)]
    shape = repr(trees)
    graph = Graph([trees], never)
    rendered = rendering(trees, never)
    for number, what in picks:
        found = holders(trees)
        node, other = found[number % len(found)], found[0]
        if what == "clear" and node is not trees:
            node.clear()
        elif isinstance(node, list):
            node[:] = node[1:] if what == "drop" and node is not trees else [*node, {}]
        else:
            node[what] = [] if what == "add" else other if other is not trees else 1
    graph.put_back()
    assert (repr(trees), [id(one) for one in holders(trees)]) == (shape, before)
    assert rendering(trees, never) == rendered
    assert not graph.changed()


def test_what_is_not_understood_is_left_alone() -> None:
    class Socket:
        def __init__(self) -> None:
            self.sent = 0

    one, other = Socket(), Socket()
    held: dict[str, object] = {"socket": one}
    graph = Graph([held], never)
    one.sent = 5
    held["socket"] = other
    graph.put_back()
    assert held == {"socket": one}
    assert one.sent == 5


@given(st.lists(st.integers(0, 63), min_size=1, max_size=12))
def test_a_set_keeps_its_order_however_its_hashes_collide(hashes: list[int]) -> None:
    class Member:
        def __init__(self, value: int) -> None:
            self.value = value

        def __hash__(self) -> int:
            return self.value

    module = ModuleType("set_under_test")
    members = {Member(each) for each in hashes}
    vars(module)["members"] = members
    state = MemoryState(lambda: [module])
    state.snapshot()
    order = list(members)
    for _ in range(3):
        assert not state.changed()
        members.pop()
        state.restore(ALL)
        assert list(members) == order
