"""Coupons with a usage limit."""

from fastapi import APIRouter
from sqlalchemy import select

from tocsin.guard.errors import Conflict, Missing
from tocsin.guard.sqlalchemy import lock

from .auth import AsyncMe, Me
from .db import AsyncDb, Db
from .models import Coupon, Redemption

router = APIRouter(tags=["coupons"])


@router.get("/coupons/{code}")
async def coupon(code: str, me: AsyncMe, db: AsyncDb) -> dict[str, int]:
    row = (
        await db.execute(select(Coupon.used, Coupon.max_uses).where(Coupon.code == code))
    ).one_or_none()
    if row is None:
        raise Missing("no such coupon")
    return {"used": row.used, "max_uses": row.max_uses}


@router.post("/coupons/{code}/redeem")
def redeem(code: str, me: Me, db: Db) -> dict[str, str]:
    (coupon,) = lock(db, Coupon, code)
    if coupon.used >= coupon.max_uses:
        raise Conflict("used up")
    coupon.used += 1
    db.add(Redemption(code=code, username=me))
    return {"redeemed": code}
