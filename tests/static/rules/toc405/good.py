from django.core.cache import cache
from django.db import models, transaction
from django.http import Http404, HttpResponse
from fastapi import FastAPI, HTTPException
from redis.asyncio import Redis

app = FastAPI()
redis = Redis.from_url("redis://cache")


class ResetToken(models.Model):
    code = models.CharField()


class ApiToken(models.Model):
    code = models.CharField()


class TokenRateLimit(models.Model):
    most = models.IntegerField()


class Note(models.Model):
    text = models.CharField()


@app.delete("/drafts/{key}")
async def forget(key: str) -> None:
    if not await redis.exists(f"draft:{key}"):
        raise HTTPException(404)
    await redis.delete(f"draft:{key}")


@app.post("/pages/{key}")
async def changed(key: str) -> None:
    if await redis.exists(f"page:{key}"):
        await redis.delete(f"page:{key}")
    app.pages.change(key)


@app.post("/reset/{code}")
async def who_deletes_it(code: str, password: str) -> None:
    user = await redis.get(f"reset:{code}")
    if user is None or not await redis.delete(f"reset:{code}"):
        raise HTTPException(404)
    await app.users.set_password(user, password)


def locked(request, code):
    with transaction.atomic():
        token = ResetToken.objects.select_for_update().filter(code=code).first()
        if token is None:
            raise Http404
        request.accounts.set_password(request.POST["password"])
        token.delete()
    return HttpResponse()


def revoked(request, key):
    token = ApiToken.objects.filter(pk=key).first()
    if token is None:
        raise Http404
    request.log.info("revoked")
    token.delete()
    return HttpResponse()


def deleted(request, key):
    note = Note.objects.filter(pk=key).first()
    if note is None:
        raise Http404
    request.log.info("deleted")
    note.delete()
    cache.delete("notes")
    return HttpResponse()


def withdrawn(request, code):
    token = ResetToken.objects.filter(code=code).first()
    if token is None:
        raise Http404
    token.delete()
    return HttpResponse()


def lifted(request, key):
    limit = TokenRateLimit.objects.filter(pk=key).first()
    if limit is None:
        raise Http404
    request.log.info("lifted")
    limit.delete()
    cache.delete("limits")
    return HttpResponse()
