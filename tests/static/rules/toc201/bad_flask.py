from flask import Flask, abort
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)


class Order(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    owner = db.Column(db.String)
    status = db.Column(db.String)
    stock = db.Column(db.Integer)


class Line(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    order_id = db.Column(db.Integer)
    name = db.Column(db.String)


@app.post("/orders/<int:key>/cancel")
def cancel(key):
    order = Order.query.filter_by(id=key).first_or_404()  # finds: TOC201
    if order.status != "pending":
        abort(409)
    order.status = "cancelled"
    db.session.add(Line(order_id=key, name="refund"))
    db.session.commit()
    return "", 204
