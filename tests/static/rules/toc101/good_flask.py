from flask import Flask, abort, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select, update

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


@app.post("/orders/<int:key>/close")
def close(key):
    me = db.session.get(Member, request.authorization.username, with_for_update={"read": True})
    if me.role != "admin":
        abort(403)
    db.session.execute(update(Order).where(Order.id == key).values(status="closed"))
    db.session.commit()
    return "", 204


@app.post("/orders/<int:key>/reopen")
def reopen(key):
    allowed = select(Member.name).where(
        Member.name == request.authorization.username, Member.role == "admin"
    )
    done = db.session.execute(
        update(Order)
        .where(Order.id == key, allowed.with_for_update(read=True).exists())
        .values(status="open")
    )
    if done.rowcount == 0:
        abort(403)
    db.session.commit()
    return "", 204


@app.post("/orders/<int:key>/check")
def read_on_the_way(key):
    me = db.session.get(Member, request.authorization.username)
    if me.role != "admin":
        abort(403)
    order = db.get_or_404(Order, key)
    app.bank.ask(order.owner)
    return "", 204


@app.post("/members/<name>/demote")
def demote(name):
    db.session.execute(update(Member).where(Member.name == name).values(role="user"))
    db.session.commit()
    return "", 204
