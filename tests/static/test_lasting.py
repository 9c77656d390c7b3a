"""Attributes of objects that outlive requests."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse
from tocsin.static.engine import Analysis

APP = """
import asyncio

class App:
    def __init__(self, client):
        self.client = client
        self.tables_created = False
        self.lock = LOCK

    async def refresh(self):
        BODY
"""
RACY = """if not self.tables_created:
            await self.client.execute("CREATE TABLE notes (id INTEGER)")
            self.tables_created = True"""
LOCKED = """async with self.lock:
            if not self.tables_created:
                await self.client.execute("CREATE TABLE notes (id INTEGER)")
                self.tables_created = True"""
MARKED = """if not self.tables_created:
            self.tables_created = True
            await self.client.execute("CREATE TABLE notes (id INTEGER)")"""


def rules(analysis: Analysis) -> list[str]:
    return [report.judge.code for report in analysis.reports]


@pytest.mark.parametrize(
    ("body", "codes"),
    [(RACY, ["TOC401"]), (LOCKED, []), (MARKED, [])],
    ids=["racy", "locked", "marked"],
)
def test_a_flag_that_is_set_after_an_await(analysed: Analyse, body: str, codes: list[str]) -> None:
    text = APP.replace("LOCK", "asyncio.Lock()").replace("BODY", body)
    assert rules(analysed(text)) == codes


QUOTA = """
class Quota:
    def __init__(self):
        self.used = 0

    async def spend(self, client):
        used = self.used
        await client.execute("INSERT INTO spent (n) VALUES (1)")
        self.used = used + 1
"""


def test_an_object_that_a_module_holds_is_shared(analysed: Analyse) -> None:
    assert rules(analysed(QUOTA + "\nquota = Quota()\n")) == ["TOC401"]
    assert rules(analysed(QUOTA)) == []
