from flask import Flask, abort, jsonify, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import delete, update

app = Flask(__name__)
db = SQLAlchemy(app)


class Order(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    owner = db.Column(db.String)
    status = db.Column(db.String)
    stock = db.Column(db.Integer)


@app.delete("/orders/<int:key>")
def remove(key):
    done = db.session.execute(
        delete(Order).where(Order.id == key, Order.owner == request.authorization.username)
    )
    if done.rowcount == 0:
        abort(403)
    db.session.commit()
    return "", 204


@app.get("/orders/<int:key>")
def shown(key):
    order = db.get_or_404(Order, key)
    if order.owner != request.authorization.username:
        abort(403)
    return jsonify(stock=order.stock)


@app.post("/orders/<int:key>/give")
def give(key):
    db.session.execute(
        update(Order)
        .where(Order.id == key, Order.owner == request.authorization.username)
        .values(owner=request.json["to"])
    )
    db.session.commit()
    return "", 204
