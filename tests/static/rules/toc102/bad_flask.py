from flask import Flask, abort, request
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
    order = db.get_or_404(Order, key)  # finds: TOC102
    if order.owner != request.authorization.username:
        abort(403)
    db.session.execute(delete(Order).where(Order.id == key))
    db.session.commit()
    return "", 204


@app.post("/orders/<int:key>/give")
def give(key):
    db.session.execute(
        update(Order)
        .where(Order.id == key, Order.owner == request.authorization.username)
        .values(owner=request.json["to"])
    )
    db.session.commit()
    return "", 204
