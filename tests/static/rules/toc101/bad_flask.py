from flask import Flask, abort, g, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import update

app = Flask(__name__)
db = SQLAlchemy(app)


class Member(db.Model):
    name = db.Column(db.String, primary_key=True)
    role = db.Column(db.String)


class Order(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    owner = db.Column(db.String)
    status = db.Column(db.String)
    stock = db.Column(db.Integer)


@app.before_request
def known():
    g.member = db.session.get(Member, request.authorization.username)


@app.post("/orders/<int:key>/close")
def close(key):
    me = Member.query.filter_by(name=request.authorization.username).one()  # finds: TOC101
    if me.role != "admin":
        abort(403)
    db.session.execute(update(Order).where(Order.id == key).values(status="closed"))
    db.session.commit()
    return "", 204


@app.post("/members/<name>/demote")
def demote(name):
    db.session.execute(update(Member).where(Member.name == name).values(role="user"))
    db.session.commit()
    return "", 204
