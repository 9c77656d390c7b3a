from django.core.cache import cache
from django.db import models
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
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
    user = await redis.get(f"reset:{code}")  # finds: TOC405
    if user is None:
        raise HTTPException(404)
    await app.users.set_password(user, password)
    await redis.delete(f"reset:{code}")


def login(request, number):
    if cache.get(f"otp:{request.user.id}") != number:  # finds: TOC405
        raise Http404
    cache.delete(f"otp:{request.user.id}")
    Member.objects.create(name=number)
    return HttpResponse()


def accept(request, code):
    invitation = get_object_or_404(Invitation, code=code, used=False)  # finds: TOC405
    Member.objects.create(name=request.POST["name"])
    invitation.used = True
    invitation.save()
    return HttpResponse()


def new_password(request, code):
    token = ResetToken.objects.filter(code=code).first()  # finds: TOC405
    if token is None:
        raise Http404
    request.accounts.set_password(request.POST["password"])
    token.delete()
    return HttpResponse()
