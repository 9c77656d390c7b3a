from django.contrib.auth import authenticate
from django.core.cache import cache
from django.db import models
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST
from fastapi import FastAPI, HTTPException
from flask import Flask, abort
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import update
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
def counted_first(request):
    key = f"attempts:{request.POST['name']}"
    cache.add(key, 0, 300)
    if cache.incr(key) > 5:
        return HttpResponse(status=429)
    user = authenticate(request, username=request.POST["name"], password=request.POST["password"])
    return HttpResponse(status=401 if user is None else 200)


@app.post("/flags/{challenge_id}")
async def taken_from_a_row(challenge_id: int, flag: str, me: int, session: AsyncSession) -> dict:
    left = update(Attempt).where(Attempt.user_id == me, Attempt.right.is_(None)).values(right=False)
    if (await session.execute(left)).rowcount == 0:
        raise HTTPException(429)
    await session.commit()
    return {"right": await is_right(challenge_id, flag)}


@flask.post("/attempts")
def no_limit():
    db.session.add(Attempt(user_id=1, challenge_id=1, right=False))
    db.session.commit()
    return {}


@flask.get("/attempts/left")
def only_told():
    tried = Attempt.query.filter_by(user_id=1).count()
    if tried >= 10:
        abort(429)
    return {"left": 10 - tried}


@require_POST
def page(request):
    found = cache.get("page")
    if found is None:
        found = is_right("page")
        cache.set("page", found, 60)
    return HttpResponse(found)


urlpatterns = [path("login", counted_first), path("page", page)]
