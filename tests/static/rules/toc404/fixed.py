from django.core.cache import cache
from django.http import JsonResponse
from fastapi import FastAPI, HTTPException
from redis.asyncio import Redis

app = FastAPI()
redis = Redis.from_url("redis://cache")


@app.post("/jobs/{key}/run")
async def run(key: str) -> None:
    if not await redis.set(f"running:{key}", 1, ex=60, nx=True):
        raise HTTPException(409)
    await app.worker.start(key)


@app.post("/polls/{key}/vote")
async def vote(key: str) -> None:
    await redis.incr(f"votes:{key}")


@app.post("/carts/{key}")
async def put_into_cart(key: str, product: str) -> None:
    await redis.hset(f"cart:{key}", "last", product)


@app.post("/mails/{key}")
async def once_a_day(key: str) -> None:
    if await redis.set(f"mailed:{key}", 1, nx=True):
        app.mailer.send(key)


def poll(request, key):
    cache.add(f"votes:{key}", 0)
    votes = cache.incr(f"votes:{key}")
    cache.delete("results")
    return JsonResponse({"votes": votes})
