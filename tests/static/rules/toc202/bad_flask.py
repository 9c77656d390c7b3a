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
    order = db.get_or_404(Order, key)  # finds: TOC202
    order.stock += request.json["n"]
    db.session.commit()
    return "", 204
