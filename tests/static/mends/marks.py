from functools import wraps

import redis
from flask import Flask, abort, g, request
from flask_login import UserMixin, current_user
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)
marks = redis.Redis()


class User(db.Model, UserMixin):
    id = db.Column(db.Integer, primary_key=True)
    token = db.Column(db.String, unique=True)


class Alias(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(db.Integer, db.ForeignKey("user.id"))


def known(view):
    @wraps(view)
    def asked(*args, **kwargs):
        found = User.query.filter_by(token=request.headers.get("Token")).first()
        g.user = current_user if found is None else found
        return view(*args, **kwargs)

    return asked


def one_at_a_time(view):
    @wraps(view)
    def marked(*args, **kwargs):
        name = f"alias:{current_user.id}"
        if not marks.set(name, "1", nx=True, ex=5):
            abort(429)
        try:
            return view(*args, **kwargs)
        finally:
            marks.delete(name)

    return marked


@app.post("/a")
@known
def racy_alone():
    if Alias.query.filter_by(user_id=g.user.id).count() > 4:
        abort(402)
    db.session.add(Alias(user_id=g.user.id))
    db.session.commit()


@app.post("/b")
@known
@one_at_a_time
def marked_by_who_asks():
    if Alias.query.filter_by(user_id=g.user.id).count() > 4:
        abort(402)
    db.session.add(Alias(user_id=g.user.id))
    db.session.commit()


@app.post("/c/<int:key>")
@one_at_a_time
def racy_for_another(key):
    if Alias.query.filter_by(user_id=key).count() > 4:
        abort(402)
    db.session.add(Alias(user_id=key))
    db.session.commit()
