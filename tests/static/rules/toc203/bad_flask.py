from flask import Flask, abort, request
from flask_sqlalchemy import SQLAlchemy

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
    order = db.get_or_404(Order, key)  # finds: TOC203
    if order.stock < n:
        abort(409)
    order.stock = Order.stock - n
    db.session.commit()
    return "", 204
