from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from flask import Flask
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


async def current_user_id(name: str, session: Db) -> int:
    return await session.scalar(select(User.id).where(User.name == name))


@app.post("/orders/{key}/close")
async def close(key: int, me: Annotated[int, Depends(current_user_id)], session: Db) -> None:
    role = await session.scalar(select(User.role).where(User.id == me).with_for_update(read=True))
    if role != "admin":
        raise HTTPException(403)
    await session.execute(update(Order).where(Order.id == key).values(status="closed"))
    await session.commit()
