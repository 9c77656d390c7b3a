from flask import Flask, jsonify, request
from flask_login import UserMixin, current_user, login_required
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)


class User(UserMixin, db.Model):
    id = db.Column(db.Integer, primary_key=True)
    credits = db.Column(db.Integer)


@app.post("/pay")
@login_required
def pay():
    n = request.json["n"]
    if current_user.credits < n:  # finds: TOC203
        return jsonify(error="too little"), 402
    User.query.filter_by(id=current_user.id).update({"credits": User.credits - n})
    db.session.commit()
    return jsonify(paid=n)
