"""MongoDB: documents found and changed in two steps, and in one; unique indexes; transactions."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse

HEAD = """
from typing import Annotated

from beanie import Document, Indexed
from fastapi import FastAPI, HTTPException, Request
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError

app = FastAPI()
client = AsyncIOMotorClient("mongodb://db")
db = client.shop
orders = db["orders"]

class Order(Document):
    status: str
    left: int
    code: Annotated[str, Indexed(unique=True)]

class Note(Document):
    status: str

    class Settings:
        use_revision = True

@app.post("/orders/{key}")
async def change(key: str, n: int, request: Request) -> None:
"""
REFUSED = "    raise HTTPException(409)\n"
STATE = 'if order["status"] != "open":\n' + REFUSED
SETS = '{"$set": {"status": "paid"}}'
LOOKED = 'order = await orders.find_one({"_id": key})\n'
COUNTED = LOOKED + 'if order["left"] < n:\n' + REFUSED
FREE = 'if await orders.find_one({"code": key}) is None:\n    '
WHERE = '{"_id": key, "status": "open"}'
CASES = {
    "a state": (f'{LOOKED}{STATE}await orders.update_one({{"_id": key}}, {SETS})', ["TOC201"]),
    "a state, with get": (
        (
            f'{LOOKED}if order.get("status") != "open":\n{REFUSED}'
            f'await orders.update_one({{"_id": key}}, {SETS})'
        ),
        ["TOC201"],
    ),
    "stated again": (f"{LOOKED}{STATE}await orders.update_one({WHERE}, {SETS})", []),
    "looked for": (
        (
            f"if not await orders.find_one({WHERE}):\n{REFUSED}"
            f'await orders.update_one({{"_id": key}}, {SETS})'
        ),
        ["TOC201"],
    ),
    "in one": (f"if not await orders.find_one_and_update({WHERE}, {SETS}):\n{REFUSED}", []),
    "another document": (
        f'{LOOKED}{STATE}await orders.update_one({{"_id": n}}, {SETS})',
        [],
    ),
    "a number, written": (
        LOOKED + 'await orders.update_one({"_id": key}, {"$set": {"left": order["left"] - n}})',
        ["TOC202"],
    ),
    "a number, counted": (
        'await orders.update_one({"_id": key}, {"$inc": {"left": -n}})',
        [],
    ),
    "a limit": (
        f'{COUNTED}await orders.update_one({{"_id": key}}, {{"$inc": {{"left": -n}}}})',
        ["TOC203"],
    ),
    "a limit of a given number": (
        COUNTED.replace("< n", "< request.x")
        + 'await orders.update_one({"_id": key}, {"$inc": {"left": -request.x}})',
        ["TOC203"],
    ),
    "a limit, stated again": (
        COUNTED
        + 'await orders.update_one({"_id": key, "left": {"$gte": n}}, {"$inc": {"left": -n}})',
        [],
    ),
    "created": (f'{FREE}await orders.insert_one({{"code": key}})', ["TOC205"]),
    "something else created": (f'{FREE}await db.events.insert_one({{"code": key}})', []),
    "by the last of its names": (
        'order = await request.app.db.orders.find_one({"_id": key})\n'
        + STATE
        + f'await request.app.db.orders.update_one({{"_id": key}}, {SETS})',
        ["TOC201"],
    ),
}


def indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


@pytest.mark.parametrize("case", CASES)
def test_documents(analysed: Analyse, case: str) -> None:
    body, expected = CASES[case]
    analysis = analysed(HEAD + indented(body))
    assert [report.judge.code for report in analysis.reports] == expected
    if case.startswith("a limit"):
        assert "low" not in {report.match.confidence for report in analysis.reports}


OPERATORS = """
from beanie import Document
from beanie.operators import Inc, Set
from fastapi import FastAPI, HTTPException

app = FastAPI()

class Order(Document):
    paid: bool
    left: int

class Purse(Document):
    left: int

@app.post("/orders/{key}")
async def pay(key: str, n: int) -> None:
    order = await Order.get(key)
    if CONDITION:
        raise HTTPException(409)
"""
PURSE = "await Purse.find_one(Purse.id == key).update(Inc({Purse.left: 1}))"
CHANGED = {
    "set, and more counted": (
        "order.paid",
        f"await order.set({{Order.paid: True}})\n{PURSE}",
        True,
    ),
    "set, and no more": ("order.paid", "await order.update(Set({Order.paid: True}))", False),
    "counted": ("order.left < n", "await order.update(Inc({Order.left: -n}))", True),
    "two at once": (
        "order.left < n",
        "await order.update(Set({Order.paid: True}), Inc({Order.left: -n}))",
        True,
    ),
    "asked again": (
        "order.left < n",
        "await Order.find_one(Order.id == key, Order.left >= n).update(Inc({Order.left: -n}))",
        False,
    ),
}


@pytest.mark.parametrize("case", CHANGED)
def test_operators(analysed: Analyse, case: str) -> None:
    condition, body, told = CHANGED[case]
    analysis = analysed(OPERATORS.replace("CONDITION", condition) + indented(body))
    sure = [each for each in analysis.reports if each.match.confidence != "low"]
    assert bool(sure) is told


INDEX = """
async def start():
    await db.orders.create_index([("code", 1)], unique=True)
"""
CREATED = """
try:
    if await orders.find_one({"code": key}) is None:
        await orders.insert_one({"code": key})
except DuplicateKeyError:
    raise HTTPException(409)
"""
UNIQUE = {
    "handled": (CREATED, INDEX, []),
    "not unique": (CREATED, INDEX.replace(", unique=True", ""), ["TOC205"]),
    "of another collection": (CREATED, INDEX.replace("orders", "events"), ["TOC205"]),
    "not handled": (CREATED.replace("DuplicateKeyError", "KeyError"), INDEX, ["TOC205"]),
}


@pytest.mark.parametrize("case", UNIQUE)
def test_unique_indexes(analysed: Analyse, case: str) -> None:
    body, index, expected = UNIQUE[case]
    analysis = analysed(HEAD + indented(body), indexes=index)
    assert [report.judge.code for report in analysis.reports] == expected
    if case == "not handled":
        assert "DuplicateKeyError" in analysis.reports[0].match.message


TRANSACTION = """
async with await client.start_session() as s:
    async with s.start_transaction():
        order = await orders.find_one({"_id": key}, session=s)
        if order["status"] != "open":
            raise HTTPException(409)
        await orders.update_one({"_id": key}, {"$set": {"status": "paid"}}, session=s)
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [(TRANSACTION, []), (TRANSACTION.replace(", session=s", "", 1), ["TOC201"])],
)
def test_a_transaction_is_of_its_session(analysed: Analyse, text: str, expected: list[str]) -> None:
    analysis = analysed(HEAD + indented(text))
    assert [report.judge.code for report in analysis.reports] == expected


FOUND = "order = await Order.get(key)\nif order.status != 'open':\n" + REFUSED
BEANIE = {
    "a state": (FOUND + "order.status = 'paid'\nawait order.save()", ["TOC201"]),
    "set": (FOUND + "await order.set({Order.status: 'paid'})", ["TOC201"]),
    "stated again": (
        (
            "await Order.find_one(Order.id == key, Order.status == 'open')"
            ".update({'$set': {'status': 'paid'}})"
        ),
        [],
    ),
    "looked for": (
        (
            "order = await Order.find_one(Order.id == key, Order.status == 'open')\n"
            f"if order is None:\n{REFUSED}"
            "order.status = 'paid'\nawait order.save()"
        ),
        ["TOC201"],
    ),
    "a limit": (
        (
            f"order = await Order.get(key)\nif order.left < n:\n{REFUSED}"
            "await order.inc({Order.left: -n})"
        ),
        ["TOC203"],
    ),
    "versions": (
        (
            f"note = await Note.get(key)\nif note.status != 'open':\n{REFUSED}"
            "note.status = 'paid'\nawait note.save()"
        ),
        [],
    ),
    "created": (
        (
            "if await Order.find_one(Order.status == key) is None:\n"
            "    await Order(status=key).insert()"
        ),
        ["TOC205"],
    ),
    "created, and unique": (
        "try:\n    if await Order.find_one(Order.code == key) is None:\n"
        "        await Order(code=key).insert()\nexcept DuplicateKeyError:\n" + REFUSED,
        [],
    ),
}


@pytest.mark.parametrize("case", BEANIE)
def test_beanie(analysed: Analyse, case: str) -> None:
    body, expected = BEANIE[case]
    analysis = analysed(HEAD + indented(body))
    assert [report.judge.code for report in analysis.reports] == expected


REPOSITORY = """
from fastapi import FastAPI, HTTPException
from pymongo import MongoClient
from pymongo.errors import DuplicateKeyError

app = FastAPI()

def opened():
    return MongoClient("mongodb://db").get_database("shop")

def indexes(db):
    db.orders.create_index([("code", 1)], unique=True)

class Repository:
    name = ""

    def __init__(self, db=None):
        self.collection = (db if db is not None else opened())[self.name]

    def one(self, **query):
        return self.collection.find_one(query)

    def add(self, **document):
        return self.collection.insert_one(document)

    def keep(self, document):
        return self.collection.replace_one({"_id": document["_id"]}, document)

    def change(self, key, **fields):
        return self.collection.update_one({"_id": key}, {"$set": fields})

class Orders(Repository):
    name = "orders"

class Notes(Repository):
    name = "notes"

class Shop:
    def __init__(self):
        self.orders = Orders()

    def take(self, key):
        order = self.orders.one(_id=key)
        if order["left"] < 1:
            raise HTTPException(409)
        order["left"] -= 1
        self.orders.keep(order)

@app.post("/orders/{key}")
def change(key: str, n: int) -> None:
"""
KEPT = 'order = Orders().one(_id=key)\norder["left"] -= n\n'
REPOSITORIES = {
    "kept": (KEPT + "Orders().keep(order)", ["TOC202"]),
    "kept by a service": ("Shop().take(key)", ["TOC202"]),
    "changed": (KEPT + 'Orders().change(key, left=order["left"])', ["TOC202"]),
    "another collection": (KEPT + 'Notes().change(key, left=order["left"])', []),
    "added": ("if not Orders().one(name=key):\n    Orders().add(name=key)", ["TOC205"]),
    "unique": (
        (
            "try:\n    if not Orders().one(code=key):\n        Orders().add(code=key)\n"
            "except DuplicateKeyError:\n    raise HTTPException(409)"
        ),
        [],
    ),
    "unique elsewhere": (
        (
            "try:\n    if not Notes().one(code=key):\n        Notes().add(code=key)\n"
            "except DuplicateKeyError:\n    raise HTTPException(409)"
        ),
        ["TOC205"],
    ),
}


@pytest.mark.parametrize("case", REPOSITORIES)
def test_repositories(analysed: Analyse, case: str) -> None:
    body, expected = REPOSITORIES[case]
    analysis = analysed(REPOSITORY + indented(body))
    told = [each for each in analysis.reports if "POST /orders/{key}" in each.endpoints]
    assert [report.judge.code for report in told] == expected
