from flask import Flask, request
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)


class Order(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    owner = db.Column(db.String)
    status = db.Column(db.String)
    stock = db.Column(db.Integer)


@app.post("/orders/<int:key>/restock")
def restock(key):
    order = db.get_or_404(Order, key)
    order.stock = Order.stock + request.json["n"]
    db.session.commit()
    return "", 204


@app.post("/orders/<int:key>/more")
def more(key):
    Order.query.filter_by(id=key).update({Order.stock: Order.stock + 1})
    db.session.commit()
    return "", 204
