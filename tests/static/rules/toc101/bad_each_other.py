import functools

from flask import Flask, abort, g, session
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
db = SQLAlchemy(app)


class Member(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    is_admin = db.Column(db.Boolean)


@app.before_request
def known():
    g.member = db.session.get(Member, session["member"])  # finds: TOC101


def administrators(view):
    @functools.wraps(view)
    def inner(*args, **kwargs):
        if not g.member.is_admin:
            abort(403)
        return view(*args, **kwargs)

    return inner


@app.post("/members/<int:key>/demote")
@administrators
def demote(key):
    """Two administrators demote each other: in a row, the second is none any more."""
    db.session.get(Member, key).is_admin = False
    db.session.commit()
    return "", 204
