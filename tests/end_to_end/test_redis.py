"""Races on Redis, proven and mended: the schedules of the mended twins are all run."""

from __future__ import annotations

from string import Template

import pytest

from tests.end_to_end.conftest import Project
from tocsin.testing.servers import Redis

_COUPONS = Template("""
    import redis
    from flask import Flask, jsonify

    client = redis.Redis.from_url("$url", decode_responses=True)
    app = Flask(__name__)
    take = client.register_script(
        "local left = tonumber(redis.call('GET', KEYS[1]) or '0')\\n"
        "if left < 1 then return 0 end\\n"
        "redis.call('DECR', KEYS[1])\\n"
        "return 1"
    )


    def seed():
        client.set("coupon:TEN", 1)


    @app.post("/coupons/<code>/redeem")
    def redeem(code):
        key = f"coupon:{code}"
$body
        return jsonify(redeemed=code)
""")

_CHECK_THEN_ACT = """
        if int(client.get(key) or 0) < 1:
            return jsonify(error="used up"), 409
        client.decr(key)
"""

_SCRIPT = """
        if not take(keys=[key]):
            return jsonify(error="used up"), 409
"""

_WATCHED = """
        with client.pipeline() as pipeline:
            pipeline.watch(key)
            if int(pipeline.get(key) or 0) < 1:
                return jsonify(error="used up"), 409
            pipeline.multi()
            pipeline.decr(key)
            try:
                pipeline.execute()
            except redis.WatchError:
                return jsonify(error="try again"), 409
"""

_LOCKED = """
        with client.lock(f"lock:{code}", timeout=10):
            if int(client.get(key) or 0) < 1:
                return jsonify(error="used up"), 409
            client.decr(key)
"""

_ASYNC = Template("""
    import redis.asyncio
    from fastapi import FastAPI, HTTPException

    client = redis.asyncio.Redis.from_url("$url", decode_responses=True)
    app = FastAPI()


    async def seed():
        await client.set("coupon:TEN", 1)


    @app.post("/coupons/{code}/redeem")
    async def redeem(code: str = "TEN"):
        key = f"coupon:{code}"
        if int(await client.get(key) or 0) < 1:
            raise HTTPException(409)
        await client.decr(key)
        return {"redeemed": code}
""")

SCENARIO = """
    setup = "coupons:seed"
    disposable = ["redis/$number"]

    [params]
    code = ["TEN"]
"""


def write(project: Project, server: Redis, app: str) -> None:
    project.write("coupons.py", app)
    project.write("tocsin.toml", Template(SCENARIO).substitute(number=0))


@pytest.fixture(autouse=True)
def empty(redis_server: Redis) -> None:
    import redis

    with redis.Redis.from_url(redis_server.url()) as client:
        client.flushall()
        client.set("coupon:TEN", 1)


@pytest.mark.parametrize("kind", ["flask", "fastapi"])
def test_a_coupon_is_redeemed_twice(kind: str, project: Project, redis_server: Redis) -> None:
    import redis

    url = redis_server.url()
    sync = _COUPONS.substitute(url=url, body=_CHECK_THEN_ACT)
    write(project, redis_server, sync if kind == "flask" else _ASYNC.substitute(url=url))
    said = project.scan("coupons:app")
    assert said.code == 1, said.err + said.out
    (finding,) = said.document["findings"]
    assert finding["anomaly"] == "limit overrun"
    assert finding["evidence"]["level"] == "proven"
    assert finding["check"]["line"] < finding["use"]["line"]
    replayed = project.tocsin("replay", finding["witness"])
    assert "reproduced 10/10 times, each time with the same outcome" in replayed.out
    with redis.Redis.from_url(url) as client:
        assert client.get("coupon:TEN") == b"1"
        assert set(client.info("keyspace")) == {"db0"}


@pytest.mark.parametrize("body", [_SCRIPT, _WATCHED], ids=["script", "watched"])
def test_the_mended_coupon_holds_in_every_schedule(
    body: str, project: Project, redis_server: Redis
) -> None:
    write(project, redis_server, _COUPONS.substitute(url=redis_server.url(), body=body))
    said = project.scan("coupons:app", "--exhaustive")
    assert said.code == 0, said.err
    (pair,) = said.document["pairs"]
    assert pair["verdict"] == "holds", pair
    assert pair["bound"] == "every schedule, equivalent ones once"
    assert pair["schedules"] >= 2


def test_a_lock_that_is_tried_again_and_again_holds(project: Project, redis_server: Redis) -> None:
    write(project, redis_server, _COUPONS.substitute(url=redis_server.url(), body=_LOCKED))
    said = project.scan("coupons:app")
    assert said.code == 0, said.err
    (pair,) = said.document["pairs"]
    assert pair["verdict"] == "holds", pair


def test_a_database_that_may_not_be_written_to_is_left_alone(
    project: Project, redis_server: Redis
) -> None:
    write(project, redis_server, _COUPONS.substitute(url=redis_server.url(), body=_SCRIPT))
    project.write("tocsin.toml", 'setup = "coupons:seed"\n')
    said = project.scan("coupons:app")
    assert said.code == 2
    assert 'write disposable = ["redis/0"]' in said.sentence
