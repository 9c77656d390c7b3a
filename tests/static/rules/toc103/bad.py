from functools import lru_cache

from django.contrib.auth.models import User as Account
from django.db import models
from django.http import HttpResponse, HttpResponseForbidden
from django.urls import path
from django.views.decorators.http import require_POST
from fastapi import FastAPI, HTTPException, Request
from flask import Flask, abort, redirect, session
from flask_sqlalchemy import SQLAlchemy
from mailing import report
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

app = FastAPI()
flask = Flask(__name__)
db = SQLAlchemy(flask)


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    banned = db.Column(db.Boolean)


class Permission(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(db.Integer)
    name = db.Column(db.String)


@lru_cache(maxsize=1024)
def permissions_of(user_id: int) -> frozenset[str]:
    with Session(db.engine) as own:
        granted = select(Permission.name).where(Permission.user_id == user_id)
        return frozenset(own.scalars(granted))  # finds: TOC103


@app.post("/users/{key}/ban")
def ban(key: int, me: int, own: Session) -> None:
    if "ban" not in permissions_of(me):
        raise HTTPException(403)
    own.execute(update(User).where(User.id == key).values(banned=True))
    own.commit()


@app.post("/users/{key}/revoke")
def revoke(key: int, own: Session) -> None:
    own.execute(delete(Permission).where(Permission.user_id == key))
    own.commit()


@app.post("/users/{key}/pardon")
def pardon(key: int, request: Request, own: Session) -> None:
    if request.session.get("role") != "admin":  # finds: TOC103
        raise HTTPException(403)
    own.execute(update(User).where(User.id == key).values(banned=False))
    own.commit()


@flask.post("/users/<int:key>/ban")
def ban_by_session(key):
    if not session["is_admin"]:  # finds: TOC103
        abort(403)
    db.session.execute(update(User).where(User.id == key).values(banned=True))
    db.session.commit()
    return "", 204


@flask.post("/users/<int:key>/kick")
def sent_away(key):
    if not session.get("is_admin"):  # finds: TOC103
        return redirect("/login")
    db.session.execute(update(User).where(User.id == key).values(banned=True))
    db.session.commit()
    return "", 204


class Note(models.Model):
    text = models.TextField()


@require_POST
def note(request, key):
    if request.session["role"] != "editor":  # finds: TOC103
        return HttpResponseForbidden()
    Note.objects.filter(pk=key).update(text="checked")
    return HttpResponse("ok")


@require_POST
def asked_twice(request, key):
    if not request.user.has_perm("accounts.ban"):
        return HttpResponseForbidden()
    report(key)
    if not request.user.has_perm("accounts.ban"):  # finds: TOC103
        return HttpResponseForbidden()
    Account.objects.filter(pk=key).update(is_active=False)
    return HttpResponse("ok")


urlpatterns = [path("notes/<int:key>", note), path("users/<int:key>/ban", asked_twice)]
