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
    enough = User.query.filter(User.id == current_user.id, User.credits >= n)
    if not enough.update({"credits": User.credits - n}):
        return jsonify(error="too little"), 402
    db.session.commit()
    return jsonify(paid=n)
