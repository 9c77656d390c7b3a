from django.db import models, transaction
from django.http import Http404, HttpResponse
from fastapi import FastAPI, HTTPException
from redis.asyncio import Redis

app = FastAPI()
redis = Redis.from_url("redis://cache")


class Invitation(models.Model):
    code = models.CharField()
    used = models.BooleanField()


class Member(models.Model):
    name = models.CharField()


class ResetToken(models.Model):
    code = models.CharField()


@app.post("/reset/{code}")
async def reset(code: str, password: str) -> None:
    user = await redis.getdel(f"reset:{code}")
    if user is None:
        raise HTTPException(404)
    await app.users.set_password(user, password)


def accept(request, code):
    with transaction.atomic():
        if not Invitation.objects.filter(code=code, used=False).update(used=True):
            raise Http404
        Member.objects.create(name=request.POST["name"])
    return HttpResponse()


def new_password(request, code):
    deleted, _ = ResetToken.objects.filter(code=code).delete()
    if not deleted:
        raise Http404
    request.accounts.set_password(request.POST["password"])
    return HttpResponse()
