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
    if Order.query.filter_by(id=key).first() is None:
        abort(404)
    order = Order.query.filter_by(id=key).with_for_update().one()  # finds: TOC209
    if order.status != "pending":
        abort(409)
    order.status = "cancelled"
    db.session.commit()
    return "", 204
