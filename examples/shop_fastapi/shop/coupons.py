"""Coupons with a usage limit: one endpoint in a thread, one on the event loop."""

from fastapi import APIRouter, HTTPException
from sqlalchemy import func, select, update

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
        raise HTTPException(404, "no such coupon")
    return {"used": row.used, "max_uses": row.max_uses}


@router.post("/coupons/{code}/redeem")
def redeem(code: str, me: Me, db: Db) -> dict[str, str]:
    """Races: uses are counted, then one is added."""
    limit = db.scalar(select(Coupon.max_uses).where(Coupon.code == code))
    if limit is None:
        raise HTTPException(404, "no such coupon")
    uses = (
        db.scalar(select(func.count()).select_from(Redemption).where(Redemption.code == code)) or 0
    )
    if uses >= limit:
        raise HTTPException(409, "used up")
    db.add(Redemption(code=code, username=me))
    db.execute(update(Coupon).where(Coupon.code == code).values(used=Coupon.used + 1))
    db.commit()
    return {"redeemed": code}


@router.post("/safe/coupons/{code}/redeem")
async def redeem_safely(code: str, me: AsyncMe, db: AsyncDb) -> dict[str, str]:
    """Safe: the use is taken by the statement that knows the limit."""
    taken = await db.scalar(
        update(Coupon)
        .where(Coupon.code == code, Coupon.used < Coupon.max_uses)
        .values(used=Coupon.used + 1)
        .returning(Coupon.code)
    )
    if taken is None:
        raise HTTPException(409, "used up, or no such coupon")
    db.add(Redemption(code=code, username=me))
    await db.commit()
    return {"redeemed": code}
