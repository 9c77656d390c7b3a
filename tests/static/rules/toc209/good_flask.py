from flask import Flask, abort
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select

app = Flask(__name__)
db = SQLAlchemy(app)


class Order(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    owner = db.Column(db.String)
    status = db.Column(db.String)
    stock = db.Column(db.Integer)


@app.post("/orders/<int:key>/cancel")
def cancel(key):
    if db.session.scalar(select(Order.id).where(Order.id == key)) is None:
        abort(404)
    order = Order.query.filter_by(id=key).with_for_update().one()
    if order.status != "pending":
        abort(409)
    order.status = "cancelled"
    db.session.commit()
    return "", 204


@app.post("/orders/<int:key>/known")
def known(key):
    if Order.query.filter_by(id=key).count() == 0:
        abort(404)
    order = db.session.get(Order, key, with_for_update=True, populate_existing=True)
    if order.status != "pending":
        abort(409)
    order.status = "cancelled"
    db.session.commit()
    return "", 204
