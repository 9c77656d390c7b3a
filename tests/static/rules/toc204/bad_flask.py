from flask import Flask, abort, request
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)


class Line(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    order_id = db.Column(db.Integer)
    name = db.Column(db.String)


@app.post("/orders/<int:key>/lines")
def add_line(key):
    if Line.query.filter_by(order_id=key).count() >= 10:  # finds: TOC204
        abort(409)
    db.session.add(Line(order_id=key, name=request.json["name"]))
    db.session.commit()
    return "", 201
