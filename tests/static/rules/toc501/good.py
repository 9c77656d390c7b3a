from typing import Annotated

from django.db import models
from django.db.models import F
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST
from fastapi import APIRouter, Depends
from flask import Flask, redirect, render_template, request
from flask_sqlalchemy import SQLAlchemy
from forms import Form
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

app = Flask(__name__)
db = SQLAlchemy(app)
router = APIRouter()


class Subscriber(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    token = db.Column(db.String, unique=True)
    wants = db.Column(db.String)
    seen = db.Column(db.DateTime)
    last_login = db.Column(db.DateTime)


class AuditLog(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    who = db.Column(db.Integer)


@app.before_request
def somebody_is_here():
    me = db.session.get(Subscriber, 1)
    me.wants = "attention"
    db.session.commit()


@app.route("/form", methods=["GET", "POST"])
def by_method():
    subscriber = db.session.get(Subscriber, 1)
    if request.method == "POST":
        subscriber.wants = request.form["wants"]
        db.session.commit()
    return render_template("form.html")


@app.route("/form2", methods=["GET", "POST"])
def early_return():
    if request.method == "GET":
        return render_template("form.html")
    subscriber = db.session.get(Subscriber, 1)
    subscriber.wants = request.form["wants"]
    db.session.commit()
    return redirect("/")


@app.route("/form3", methods=["GET", "POST"])
def by_form():
    form = Form()
    if form.validate_on_submit():
        db.session.add(Subscriber(token="x", wants=form.wants))
        db.session.commit()
    return render_template("form.html")


@app.get("/page/<int:key>")
def when_it_was_seen(key):
    subscriber = db.session.get(Subscriber, key)
    subscriber.last_login = "now"
    db.session.add(AuditLog(who=key))
    db.session.commit()
    return render_template("page.html")


@app.get("/settings/<token>")
def made_when_it_is_missing(token):
    found = Subscriber.query.filter_by(token=token).first()
    if found is None:
        found = Subscriber(token=token, wants="nothing")
        db.session.add(found)
        try:
            db.session.commit()
        except IntegrityError:
            db.session.rollback()
    return render_template("settings.html", found=found)


@app.get("/oauth/callback")
def signing_in():
    db.session.add(Subscriber(token=request.args["code"], wants=""))
    db.session.commit()
    return redirect("/")


@app.get("/subscribers/<int:key>/tags")
def an_attribute_that_is_no_column(key):
    subscriber = db.session.get(Subscriber, key)
    subscriber.tags = ["new"]
    return render_template("tags.html", subscriber=subscriber)


@app.get("/subscribers/<token>/touch")
def an_upsert(token):
    made = insert(Subscriber).values(token=token, wants="news")
    db.session.execute(made.on_conflict_do_nothing())
    db.session.commit()
    return render_template("settings.html")


def session() -> Session: ...


@router.get("/subscribers")
def only_reads(session: Annotated[Session, Depends(session)]) -> list[str]:
    return [each.token for each in session.query(Subscriber).all()]


class Invoice(models.Model):
    status = models.CharField()
    views = models.IntegerField()


@require_POST
def posted(request, key):
    Invoice.objects.filter(pk=key).update(status="confirmed")
    return HttpResponse("ok")


def counted(request, key):
    Invoice.objects.filter(pk=key).update(views=F("views") + 1)
    return HttpResponse("ok")


def with_a_form(request, key):
    form = Form(request.POST or None)
    if form.is_valid():
        Invoice.objects.filter(pk=key).update(status=form.status)
    return HttpResponse("ok")


urlpatterns = [
    path("invoices/<int:key>/confirm", posted),
    path("invoices/<int:key>", counted),
    path("invoices/<int:key>/edit", with_a_form),
]
