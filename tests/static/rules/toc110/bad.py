from typing import Annotated

from argon2 import PasswordHasher
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from flask import Flask, abort, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select, update
from sqlalchemy.orm import Session

app = FastAPI()
flask = Flask(__name__)
db = SQLAlchemy(flask)
hasher = PasswordHasher()
basic = HTTPBasic()
PASSWORDS = {"alice": "wonderland"}


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String)
    password = db.Column(db.String)
    role = db.Column(db.String)


def session() -> Session: ...


Db = Annotated[Session, Depends(session)]
Given = Annotated[HTTPBasicCredentials, Depends(basic)]


def current_user(credentials: Given, session: Db) -> User:
    user = session.scalar(select(User).where(User.name == credentials.username))
    if user is None:
        raise HTTPException(401)  # finds: TOC110
    if credentials.password != user.password:  # finds: TOC110
        raise HTTPException(401)  # finds: TOC110
    return user


@app.get("/items")
def items(user: Annotated[User, Depends(current_user)]) -> dict:
    return {"name": user.name}


class Permissions:
    def __init__(self, user_id: int, session: Db) -> None:  # finds: TOC110
        self.role = session.scalar(select(User.role).where(User.id == user_id))

    def require(self, role: str) -> None:
        if self.role != role:
            raise HTTPException(403)


@app.post("/items/{key}")
def change(key: int, granted: Annotated[Permissions, Depends(Permissions)], session: Db) -> None:
    granted.require("admin")
    session.execute(update(User).where(User.id == key).values(name="x"))
    session.commit()


@flask.before_request
def login():
    given = request.authorization
    if not given or given.password != PASSWORDS.get(given.username):  # finds: TOC110
        abort(401)  # finds: TOC110


@flask.get("/things")
def things():
    return {}
