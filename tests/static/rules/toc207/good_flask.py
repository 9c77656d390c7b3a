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
    order = db.get_or_404(Order, key)
    db.session.refresh(order, with_for_update=True)
    if order.status != "pending":
        abort(409)
    order.status = "cancelled"
    db.session.commit()
    return "", 204


@app.post("/orders/<int:key>/fresh")
def fresh(key):
    db.get_or_404(Order, key)
    order = Order.query.filter_by(id=key).populate_existing().with_for_update().one()
    if order.status != "pending":
        abort(409)
    order.status = "cancelled"
    db.session.commit()
    return "", 204
