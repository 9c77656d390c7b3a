from django.contrib.auth import authenticate
from django.core.cache import cache
from django.db import models
from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_POST
from fastapi import FastAPI, HTTPException
from flask import Flask, abort, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from verify import is_right

app = FastAPI()
flask = Flask(__name__)
db = SQLAlchemy(flask)


class Attempt(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(db.Integer)
    challenge_id = db.Column(db.Integer)
    right = db.Column(db.Boolean)


class Account(models.Model):
    name = models.CharField()
    failed_logins = models.IntegerField()


@require_POST
def login(request):
    key = f"attempts:{request.POST['name']}"
    if cache.get(key, 0) >= 5:  # finds: TOC502
        return HttpResponse(status=429)
    user = authenticate(request, username=request.POST["name"], password=request.POST["password"])
    if user is None:
        cache.set(key, cache.get(key, 0) + 1, 300)
        return HttpResponse(status=401)
    return JsonResponse({"id": user.pk})


@require_POST
def by_column(request):
    account = Account.objects.get(name=request.POST["name"])  # finds: TOC502
    if account.failed_logins >= 5:
        return HttpResponse(status=403)
    if not is_right(account, request.POST["password"]):
        Account.objects.filter(pk=account.pk).update(failed_logins=models.F("failed_logins") + 1)
        return HttpResponse(status=401)
    return HttpResponse("ok")


@app.post("/flags/{challenge_id}")
async def submit(challenge_id: int, flag: str, me: int, session: AsyncSession) -> dict:
    tried = select(func.count()).select_from(Attempt)
    mine = tried.where(Attempt.user_id == me, Attempt.challenge_id == challenge_id)
    if await session.scalar(mine) >= 10:  # finds: TOC502
        raise HTTPException(429)
    right = await is_right(challenge_id, flag)
    session.add(Attempt(user_id=me, challenge_id=challenge_id, right=right))
    await session.commit()
    return {"right": right}


@flask.post("/flags/<int:challenge_id>")
def submit_here(challenge_id):
    me = request.authorization.username
    tried = Attempt.query.filter_by(user_id=me, challenge_id=challenge_id).count()  # finds: TOC502
    if tried >= 10:
        abort(429)
    db.session.add(Attempt(user_id=me, challenge_id=challenge_id, right=is_right(challenge_id)))
    db.session.commit()
    return {"tried": tried}


urlpatterns = [path("login", login), path("enter", by_column)]


@flask.post("/attempts/<int:key>/accept")
def accept(key):
    attempt = db.session.get(Attempt, key)  # finds: TOC201
    if attempt.challenge_id == 0:
        abort(409)
    attempt.challenge_id = int(request.form["challenge"])  # a state of a row, and no count of rows
    db.session.commit()
    return "accepted"
