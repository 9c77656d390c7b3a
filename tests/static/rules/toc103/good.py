from functools import lru_cache

from django.contrib.auth.models import User as Account
from django.http import HttpResponse, HttpResponseForbidden
from django.urls import path
from django.views.decorators.http import require_POST
from fastapi import FastAPI, HTTPException
from flask import Flask, abort, redirect, render_template, session
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select, update
from sqlalchemy.orm import Session

app = FastAPI()
flask = Flask(__name__)
db = SQLAlchemy(flask)


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    banned = db.Column(db.Boolean)


class Setting(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    value = db.Column(db.String)


@lru_cache(maxsize=1)
def limits() -> int:
    return 5


@lru_cache(maxsize=16)
def colour(key: int) -> str:
    with Session(db.engine) as own:
        return own.scalar(select(Setting.value).where(Setting.id == key))


@app.post("/users/{key}/paint")
def no_right(key: int, own: Session) -> None:
    if colour(1) == "red":
        raise HTTPException(409)
    own.execute(update(User).where(User.id == key).values(banned=True))
    own.commit()


@app.post("/users/{key}/ban")
def a_constant(key: int, me: int, own: Session) -> None:
    if me > limits():
        raise HTTPException(403)
    own.execute(update(User).where(User.id == key).values(banned=True))
    own.commit()


@flask.post("/users/me/rename")
def who_it_is(key):
    if "user_id" not in session or session["user_id"] is None:
        abort(401)
    db.session.execute(update(User).where(User.id == session["user_id"]).values(banned=False))
    db.session.commit()
    return "", 204


@flask.post("/steps/<int:key>")
def a_step(key):
    if session.get("step") != key:
        return redirect("/steps")
    db.session.execute(update(User).where(User.id == key).values(banned=False))
    db.session.commit()
    return "", 204


@flask.get("/menu")
def only_shown():
    return render_template("menu.html", admin=session.get("is_admin"))


@require_POST
def two_questions(request, key):
    if not request.user.has_perm("accounts.view"):
        return HttpResponseForbidden()
    me = Account.objects.get(pk=request.user.pk)
    Account.objects.filter(pk=me.pk).update(first_name="x")
    return HttpResponse("ok")


urlpatterns = [path("users/<int:key>", two_questions)]
