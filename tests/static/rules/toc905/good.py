import redis
from django.db import models, transaction
from django.urls import path
from django.views.decorators.http import require_POST
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from tocsin.guard import django as guard
from tocsin.guard.flask import asked, respond
from tocsin.guard.idempotency import Answer
from tocsin.guard.redis import once as once_in_redis
from tocsin.guard.sqlalchemy import once

app = Flask(__name__)
db = SQLAlchemy(app)
client = redis.Redis()


class Payment(db.Model):
    id = db.Column(db.Integer, primary_key=True)


class Charge(models.Model):
    cents = models.IntegerField()


@app.post("/payments")
def pay():
    def work():
        db.session.add(Payment())
        db.session.flush()
        return Answer.of({})

    answer = once(db.session, asked(identity="alice"), work)
    db.session.commit()
    return respond(answer)


@app.post("/charges")
def another_store():
    def work():
        db.session.add(Payment())
        db.session.commit()
        return Answer.of({})

    return respond(once_in_redis(client, asked(identity="alice"), work))


@require_POST
def nested(request):
    def work():
        with transaction.atomic():
            Charge.objects.create(cents=5)
        return Answer.of({})

    return guard.respond(guard.once(guard.asked(request, identity="alice"), work))


urlpatterns = [path("charges", nested)]
