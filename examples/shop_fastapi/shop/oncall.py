"""Somebody must stay on call: a rule about several rows, of which each request writes one."""

from fastapi import APIRouter, HTTPException
from sqlalchemy import func, select, update
from sqlalchemy.orm import aliased

from .auth import AsyncMe
from .db import AsyncDb
from .models import Duty

router = APIRouter(tags=["on call"])


@router.get("/oncall")
async def on_call(me: AsyncMe, db: AsyncDb) -> list[str]:
    return list(await db.scalars(select(Duty.username).where(Duty.on_call).order_by(Duty.username)))


@router.post("/oncall/leave")
async def leave(me: AsyncMe, db: AsyncDb) -> dict[str, bool]:
    """Races: two colleagues each see the other on call, and both leave."""
    names = set(await db.scalars(select(Duty.username).where(Duty.on_call)))
    if me not in names or len(names) < 2:
        raise HTTPException(409, "you are not on call, or nobody else is")
    await db.execute(update(Duty).where(Duty.username == me).values(on_call=False))
    await db.commit()
    return {"on_call": False}


@router.post("/safe/oncall/leave")
async def leave_safely(me: AsyncMe, db: AsyncDb) -> dict[str, bool]:
    """Safe: every row of the rule is locked, and the update re-states the rule (for SQLite)."""
    await db.execute(select(Duty.username).order_by(Duty.username).with_for_update())
    other = aliased(Duty)
    others = select(func.count()).select_from(other).where(other.on_call, other.username != me)
    left = await db.scalar(
        update(Duty)
        .where(Duty.username == me, Duty.on_call, others.scalar_subquery() > 0)
        .values(on_call=False)
        .returning(Duty.username)
    )
    if left is None:
        raise HTTPException(409, "you are not on call, or nobody else is")
    await db.commit()
    return {"on_call": False}
