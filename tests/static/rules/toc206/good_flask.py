from flask import Flask, abort
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)


class Order(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    owner = db.Column(db.String)
    status = db.Column(db.String)
    stock = db.Column(db.Integer)


@app.post("/orders/<int:key>/cancel")
def cancel(key):
    order = Order.query.with_for_update().get(key)
    if order.status != "pending":
        abort(409)
    order.status = "cancelled"
    db.session.commit()
    return "", 204


@app.post("/orders/<int:key>/again")
def again(key):
    db.session.commit()
    order = db.session.get(Order, key, with_for_update=True)
    if order.status != "pending":
        abort(409)
    order.status = "cancelled"
    db.session.commit()
    return "", 204
