from typing import Annotated

from argon2 import PasswordHasher
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from flask import Flask
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


def current_user(credentials: Given, session: Db) -> User:
    user = session.scalar(select(User).where(User.name == credentials.username))
    if not hasher.verify(user.password if user else NOBODY, credentials.password) or user is None:
        raise HTTPException(401, headers={"WWW-Authenticate": "Basic"})
    return user


@app.get("/items")
def items(user: Annotated[User, Depends(current_user)]) -> dict:
    return {"name": user.name}
