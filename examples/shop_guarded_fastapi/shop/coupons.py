"""Coupons with a usage limit."""

from fastapi import APIRouter
from sqlalchemy import select

from tocsin.guard.errors import Missing
from tocsin.guard.sqlalchemy import take

from .auth import Me, Proof
from .db import AsyncDb, Db
from .models import Coupon, Redemption

router = APIRouter(tags=["coupons"])


@router.get("/coupons/{code}")
async def coupon(code: str, me: Proof, db: AsyncDb) -> dict[str, int]:
    row = (
        await db.execute(select(Coupon.used, Coupon.max_uses).where(Coupon.code == code))
    ).one_or_none()
    if row is None:
        raise Missing("no such coupon")
    return {"used": row.used, "max_uses": row.max_uses}


@router.post("/coupons/{code}/redeem")
def redeem(code: str, me: Me, db: Db) -> dict[str, str]:
    take(db, Coupon, code, used="used", most="max_uses")
    db.add(Redemption(code=code, username=me.username))
    return {"redeemed": code}
