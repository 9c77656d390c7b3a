from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from flask import Flask, abort, g, request
from flask_sqlalchemy import SQLAlchemy
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
    user = await session.scalar(select(User).where(User.name == name))
    return {"id": user.id, "role": user.role, "name": user.name}


@app.post("/orders/{key}/close")
async def asks_again(key: int, me: Annotated[dict, Depends(current_user)], session: Db) -> None:
    role = select(User.role).where(User.id == me["id"]).with_for_update(read=True)
    if await session.scalar(role) != "admin":
        raise HTTPException(403)
    await session.execute(update(Order).where(Order.id == key).values(status="closed"))
    await session.commit()


@app.post("/orders/{key}/note")
async def by_what_does_not_change(
    key: int, me: Annotated[dict, Depends(current_user)], session: Db
) -> None:
    if me["name"] == "guest":
        raise HTTPException(403)
    await session.execute(update(Order).where(Order.id == key).values(status="noted"))
    await session.commit()


@app.get("/me")
async def only_shown(me: Annotated[dict, Depends(current_user)]) -> dict:
    return {"role": me["role"]}


@app.post("/orders/{key}/format")
async def no_right(key: int, me: Annotated[dict, Depends(current_user)], session: Db) -> None:
    status = "vip" if me["role"] == "vip" else "plain"
    await session.execute(update(Order).where(Order.id == key).values(status=status))
    await session.commit()


async def locked(name: str, session: Db) -> dict:
    user = await session.scalar(select(User).where(User.name == name).with_for_update(read=True))
    return {"id": user.id, "role": user.role}


@app.post("/orders/{key}/ship")
async def kept_locked(key: int, me: Annotated[dict, Depends(locked)], session: Db) -> None:
    if me["role"] != "admin":
        raise HTTPException(403)
    await session.execute(update(Order).where(Order.id == key).values(status="shipped"))
    await session.commit()


@flask.before_request
def look_up():
    g.started = "now"
    g.who = db.session.scalar(select(User.id).where(User.name == request.authorization.username))


@flask.post("/orders/<int:key>/reopen")
def reopen(key):
    if g.who is None:
        abort(401)
    db.session.execute(update(Order).where(Order.id == key).values(status="open"))
    db.session.commit()
    return "", 204
