from django.db import models
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST
from flask import Flask, render_template
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)


class Subscriber(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    token = db.Column(db.String)


@app.get("/unsubscribe/<token>")
def ask(token):
    return render_template("unsubscribe.html", token=token)


@app.post("/unsubscribe/<token>")
def unsubscribe(token):
    Subscriber.query.filter_by(token=token).delete()
    db.session.commit()
    return render_template("bye.html")


class Invoice(models.Model):
    status = models.CharField()


@require_POST
def confirm(request, key):
    Invoice.objects.filter(pk=key, status="pending").update(status="confirmed")
    return HttpResponse("ok")


urlpatterns = [path("invoices/<int:key>/confirm", confirm)]
