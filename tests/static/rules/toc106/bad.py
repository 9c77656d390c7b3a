from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request
from flask import Flask, abort, g, request
from flask_sqlalchemy import SQLAlchemy
from pydantic import BaseModel
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

app = FastAPI()
flask = Flask(__name__)
db = SQLAlchemy(flask)


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String)
    role = db.Column(db.String)


class Order(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    status = db.Column(db.String)


async def session() -> AsyncSession: ...


Db = Annotated[AsyncSession, Depends(session)]


@app.post("/users/{key}/demote")
async def demote(key: int, session: Db) -> None:
    await session.execute(update(User).where(User.id == key).values(role="user"))
    await session.commit()


async def current_user(name: str, session: Db) -> dict:
    user = await session.scalar(select(User).where(User.name == name))  # finds: TOC106
    return {"id": user.id, "role": user.role}


@app.post("/orders/{key}/close")
async def close(key: int, me: Annotated[dict, Depends(current_user)], session: Db) -> None:
    if me["role"] != "admin":
        raise HTTPException(403)
    await session.execute(update(Order).where(Order.id == key).values(status="closed"))
    await session.commit()


class Me(BaseModel):
    id: int
    role: str


async def who(name: str, session: Db) -> Me:
    user = await session.scalar(select(User).where(User.name == name))  # finds: TOC106
    return Me(id=user.id, role=user.role)


def require_admin(me: Annotated[Me, Depends(who)]) -> Me:
    if me.role != "admin":
        raise HTTPException(403)
    return me


@app.post("/orders/{key}/ship")
async def ship(key: int, me: Annotated[Me, Depends(require_admin)], session: Db) -> None:
    await session.execute(update(Order).where(Order.id == key).values(status="shipped"))
    await session.commit()


async def remembered(request: Request, name: str, session: Db) -> None:
    role = select(User.role).where(User.name == name)
    request.state.role = await session.scalar(role)  # finds: TOC106


@app.post("/orders/{key}/drop", dependencies=[Depends(remembered)])
async def drop(key: int, request: Request, session: Db) -> None:
    if request.state.role != "admin":
        raise HTTPException(403)
    await session.execute(update(Order).where(Order.id == key).values(status="dropped"))
    await session.commit()


@flask.before_request
def look_up():
    asked = select(User.role).where(User.name == request.authorization.username)
    g.role = db.session.scalar(asked)  # finds: TOC106


def admin():
    if g.role != "admin":
        abort(403)


@flask.post("/orders/<int:key>/reopen")
def reopen(key):
    admin()
    db.session.execute(update(Order).where(Order.id == key).values(status="open"))
    db.session.commit()
    return "", 204
