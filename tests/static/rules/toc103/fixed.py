from fastapi import FastAPI, HTTPException
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

app = FastAPI()
db = SQLAlchemy()


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    banned = db.Column(db.Boolean)


class Permission(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(db.Integer)
    name = db.Column(db.String)


@app.post("/users/{key}/ban")
def ban(key: int, me: int, own: Session) -> None:
    granted = select(Permission.id).where(Permission.user_id == me, Permission.name == "ban")
    if own.scalar(granted.with_for_update(read=True)) is None:
        raise HTTPException(403)
    own.execute(update(User).where(User.id == key).values(banned=True))
    own.commit()


@app.post("/users/{key}/revoke")
def revoke(key: int, own: Session) -> None:
    own.execute(delete(Permission).where(Permission.user_id == key))
    own.commit()
