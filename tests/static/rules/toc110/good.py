import secrets
from typing import Annotated

from argon2 import PasswordHasher
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from flask import Flask, abort, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select
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


NOBODY = hasher.hash("a password that is not given to anybody")
CHALLENGE = {"WWW-Authenticate": "Basic"}


def digest(credentials: Given) -> str:
    right = secrets.compare_digest(
        credentials.password.encode(), PASSWORDS[credentials.username].encode()
    )
    if not right:
        raise HTTPException(401, headers={"WWW-Authenticate": "Basic"})
    return credentials.username


@app.get("/items")
def items(name: Annotated[str, Depends(digest)]) -> dict:
    return {"name": name}


def empty(credentials: Given) -> str:
    if credentials.password == "":
        raise HTTPException(400)
    return credentials.username


@app.get("/empty")
def emptied(name: Annotated[str, Depends(empty)]) -> dict:
    return {"name": name}


@app.post("/register")
def two_inputs(password: str, again: str) -> dict:
    if password != again:
        raise HTTPException(422)
    return {}


def by_path(user_id: int, session: Db) -> User:
    user = session.get(User, user_id)
    if user.role == "locked":
        raise HTTPException(403)
    return user


@app.get("/users/{user_id}")
def shown(user: Annotated[User, Depends(by_path)]) -> dict:
    return {"name": user.name}


def filtered(session: Db, username: str = "") -> list[User]:
    return list(session.scalars(select(User).where(User.name == username)))


@app.get("/users")
def searched(found: Annotated[list, Depends(filtered)]) -> dict:
    return {"names": [each.name for each in found]}


def looked_for(username: str, session: Db) -> list[User]:
    return list(session.scalars(select(User).where(User.name == username)))


@app.get("/search")
def no_refusal(found: Annotated[list, Depends(looked_for)]) -> dict:
    return {"names": [each.name for each in found]}


@flask.get("/token")
def bearer():
    if request.headers.get("Authorization") is None:
        abort(401)
    return {}
