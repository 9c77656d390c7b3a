"""Redis and caches: what looks and sets in two steps, and what does both in one."""

from __future__ import annotations

import pytest

from tests.static.conftest import Analyse

HEAD = """
import aiocache
import redis
from django.core.cache import cache
from fastapi import FastAPI, HTTPException
from pymemcache import Client

app = FastAPI()
client = redis.Redis()
memcached = Client("cache")
shared = aiocache.Cache()
claim = client.register_script("...")

@app.post("/jobs/{key}")
async def start(key: str, field: str) -> None:
"""
REDIS = {
    "get, then set": ("client.get(key)", "client.set(key, 1)", ["TOC404"]),
    "one field": ("client.hget(key, field)", "client.hset(key, field, 1)", ["TOC404"]),
    "two fields": ("client.hget(key, 'seen')", "client.hset(key, 'done', 1)", []),
    "a field of all": ("client.hgetall(key)", "client.hset(key, field, 1)", ["TOC404"]),
    "another key": ("client.get(key)", "client.set(field, 1)", []),
    "set if there is none": ("not client.set(key, 1, nx=True)", "app.start(key)", []),
    "a field if there is none": ("not client.hsetnx(key, field, 1)", "app.start(key)", []),
    "a script": ("not claim(keys=[key])", "app.start(key)", []),
    "when it ends": ("client.get(key)", "client.expire(key, 60)", []),
    "memcached": ("memcached.get(key)", "memcached.set(key, 1)", ["TOC404"]),
    "memcached, at once": ("not memcached.add(key, 1)", "app.start(key)", []),
    "aiocache": ("await shared.exists(key)", "await shared.set(key, 1)", ["TOC404"]),
    "Django": ("cache.get(key)", "cache.set(key, 1)", ["TOC404"]),
    "Django, at once": ("not cache.add(key, 1)", "app.start(key)", []),
}


@pytest.mark.parametrize("case", REDIS)
def test_one_key_looked_at_and_set(analysed: Analyse, case: str) -> None:
    look, put, expected = REDIS[case]
    body = f"    if {look}:\n        raise HTTPException(409)\n    {put}\n    app.started(key)\n"
    assert [report.judge.code for report in analysed(HEAD + body).reports] == expected


PIPELINES = {"watched": ("        pipe.watch(key)\n", []), "not watched": ("", ["TOC404"])}


@pytest.mark.parametrize("case", PIPELINES)
def test_a_watched_key_refuses_the_second(analysed: Analyse, case: str) -> None:
    watch, expected = PIPELINES[case]
    body = f"""
    with client.pipeline() as pipe:
{watch}        left = int(client.get(key))
        if left < 1:
            raise HTTPException(409)
        pipe.multi()
        pipe.set(key, left - 1)
        pipe.execute()
"""
    assert [report.judge.code for report in analysed(HEAD + body).reports] == expected


def test_watching_after_the_check_is_too_late(analysed: Analyse) -> None:
    body = """
    with client.pipeline() as pipe:
        left = int(client.get(key))
        pipe.watch(key)
        pipe.multi()
        pipe.set(key, left - 1)
        pipe.execute()
"""
    assert [report.judge.code for report in analysed(HEAD + body).reports] == ["TOC404"]


LIMITS = {
    "filled, tested, counted": ("cache.get_or_set(key, 0, 60) >= 3", "cache.incr(key)", ["TOC502"]),
    "filled, counted and tested": ("cache.add(key, 0, 60) or cache.incr(key) > 3", "pass", []),
}


@pytest.mark.parametrize("case", LIMITS)
def test_a_limit_of_a_key_that_is_filled(analysed: Analyse, case: str) -> None:
    test, then, expected = LIMITS[case]
    body = f"    if {test}:\n        raise HTTPException(429)\n    {then}\n    app.started(key)\n"
    assert [report.judge.code for report in analysed(HEAD + body).reports] == expected
