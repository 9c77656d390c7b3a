from django.core.cache import cache
from django.http import JsonResponse
from fastapi import FastAPI, HTTPException
from redis.asyncio import Redis

app = FastAPI()
redis = Redis.from_url("redis://cache")


@app.get("/pages/{key}")
async def page(key: str) -> str:
    known = await redis.get(f"page:{key}")
    if known is not None:
        return known
    made = await app.renderer.render(key)
    await redis.set(f"page:{key}", made, ex=60)
    return made


@app.get("/prices/{key}")
async def price(key: str) -> str:
    if not await redis.exists(f"price:{key}"):
        await redis.set(f"price:{key}", await app.shop.price(key), ex=60)
    return await redis.get(f"price:{key}")


@app.post("/seen/{key}")
async def seen(key: str) -> None:
    if not await redis.get(f"seen:{key}"):
        await redis.set(f"seen:{key}", 1)


@app.post("/jobs/{key}/alone")
async def alone(key: str) -> None:
    async with redis.lock(f"lock:{key}"):
        if await redis.get(f"running:{key}"):
            raise HTTPException(409)
        await redis.set(f"running:{key}", 1, ex=60)
    await app.worker.start(key)


@app.post("/jobs/{key}/renew")
async def renew(key: str) -> None:
    if not await redis.get(f"running:{key}"):
        raise HTTPException(404)
    await redis.set(f"running:{key}", 1, ex=60)


@app.post("/others/{key}")
async def of_another_key(key: str) -> None:
    if await redis.get(f"stopped:{key}"):
        raise HTTPException(409)
    await redis.set(f"wanted:{key}", 1)


@app.post("/sessions/{key}/longer")
async def longer(key: str) -> None:
    known = await redis.get(f"session:{key}")
    if known:
        await redis.set(f"session:{key}", known, ex=60)


@app.post("/sessions/{key}/by-name")
async def by_name(key: str) -> None:
    known = await redis.get(name=f"session:{key}")
    if known:
        await redis.set(name=f"session:{key}", value=known, ex=60)


def results(request, key):
    found = cache.get(f"results:{key}")
    if found is None:
        found = list(request.shop.results(key))
        cache.set(f"results:{key}", found, 60)
        request.log.save()
    return JsonResponse({"results": found})


def one_of_them(request, key):
    if not cache.add(f"running:{key}", 1, 60):
        return JsonResponse({}, status=409)
    request.shop.start(key)
    cache.delete(f"running:{key}")
    return JsonResponse({})
