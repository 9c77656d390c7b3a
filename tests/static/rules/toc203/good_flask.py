from flask import Flask, abort, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import update

app = Flask(__name__)
db = SQLAlchemy(app)


class Order(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    owner = db.Column(db.String)
    status = db.Column(db.String)
    stock = db.Column(db.Integer)


@app.post("/orders/<int:key>/take")
def take(key):
    n = request.json["n"]
    done = db.session.execute(
        update(Order).where(Order.id == key, Order.stock >= n).values(stock=Order.stock - n)
    )
    if done.rowcount == 0:
        abort(409)
    db.session.commit()
    return "", 204


@app.post("/orders/<int:key>/locked")
def locked(key):
    n = request.json["n"]
    order = db.session.get(Order, key, with_for_update=True)
    if order.stock < n:
        abort(409)
    order.stock -= n
    db.session.commit()
    return "", 204
