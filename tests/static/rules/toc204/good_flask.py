from flask import Flask, abort, jsonify, request
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


@app.post("/orders/<int:key>/lines")
def add_line(key):
    db.session.get(Order, key, with_for_update=True)
    if Line.query.filter_by(order_id=key).count() >= 10:
        abort(409)
    db.session.add(Line(order_id=key, name=request.json["name"]))
    db.session.commit()
    return "", 201


@app.get("/orders/<int:key>/lines")
def counted(key):
    return jsonify(lines=Line.query.filter_by(order_id=key).count())
