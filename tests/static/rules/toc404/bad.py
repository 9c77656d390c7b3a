import json

from django.core.cache import cache
from django.http import JsonResponse
from fastapi import FastAPI, HTTPException
from redis.asyncio import Redis

app = FastAPI()
redis = Redis.from_url("redis://cache")


@app.post("/jobs/{key}/run")
async def run(key: str) -> None:
    if await redis.get(f"running:{key}"):  # finds: TOC404
        raise HTTPException(409)
    await redis.set(f"running:{key}", 1, ex=60)
    await app.worker.start(key)


@app.post("/polls/{key}/vote")
async def vote(key: str) -> None:
    votes = int(await redis.get(f"votes:{key}") or 0)  # finds: TOC404
    await redis.set(f"votes:{key}", votes + 1)


@app.post("/carts/{key}")
async def put_into_cart(key: str, product: str) -> None:
    cart = json.loads(await redis.get(f"cart:{key}"))  # finds: TOC404
    cart["last"] = product
    await redis.set(f"cart:{key}", json.dumps(cart))


@app.post("/mails/{key}")
async def once_a_day(key: str) -> None:
    if not await redis.exists(f"mailed:{key}"):  # finds: TOC404
        await redis.set(f"mailed:{key}", 1)
        app.mailer.send(key)


@app.post("/lists/{key}")
async def append(key: str, product: str) -> None:
    found = await redis.get(f"list:{key}")  # finds: TOC404
    found.append(product)
    await redis.set(f"list:{key}", found)


def poll(request, key):
    votes = cache.get(f"votes:{key}", 0)  # finds: TOC404
    cache.set(f"votes:{key}", votes + 1)
    cache.delete("results")
    return JsonResponse({"votes": votes + 1})
