"""Somebody must stay on call: a rule about several rows, of which each request writes one."""

from fastapi import APIRouter
from sqlalchemy import select

from tocsin.guard.errors import Conflict
from tocsin.guard.sqlalchemy.asyncio import lock

from .auth import AsyncMe, Proof
from .db import AsyncDb
from .models import Duty

router = APIRouter(tags=["on call"])


@router.get("/oncall")
async def on_call(me: Proof, db: AsyncDb) -> list[str]:
    return list(await db.scalars(select(Duty.username).where(Duty.on_call).order_by(Duty.username)))


@router.post("/oncall/leave")
async def leave(me: AsyncMe, db: AsyncDb) -> dict[str, bool]:
    everybody = await lock(db, Duty, *await db.scalars(select(Duty.username)))
    on_call = {duty.username: duty for duty in everybody if duty.on_call}
    if me.username not in on_call or len(on_call) < 2:
        raise Conflict("you are not on call, or nobody else is")
    on_call[me.username].on_call = False
    return {"on_call": False}
