"""Roles, given and taken by administrators."""

from fastapi import APIRouter
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from tocsin.guard.basic import Verified
from tocsin.guard.errors import Denied
from tocsin.guard.sqlalchemy.asyncio import lock

from .auth import Proof, users
from .db import AsyncDb
from .models import User

router = APIRouter(tags=["users"])

STAFF = ("manager", "admin")


def administrator(me: Proof) -> Select[tuple[User]]:
    return users.proven(me).where(User.role == "admin")


def staff(me: Proof) -> Select[tuple[User]]:
    return users.proven(me).where(User.role.in_(STAFF))


async def change_role(
    db: AsyncSession, me: Verified, username: str, old: tuple[str, ...], new: str
) -> dict[str, str]:
    # Both rows at once: two administrators who demote each other cannot wait for each other.
    caller, target = await lock(db, User, me.username, username)
    await users.identity(db, me, change=True)
    if caller.role != "admin" or target.role not in old:
        raise Denied(f"for administrators, and for those who are {' or '.join(old)}")
    target.role = new
    return {"username": username, "role": new}


@router.get("/users")
async def list_users(me: Proof, db: AsyncDb) -> list[dict[str, str]]:
    rows = await db.execute(select(User.username, User.role).order_by(User.username))
    return [{"username": row.username, "role": row.role} for row in rows]


@router.post("/users/{username}/promote")
async def promote(username: str, me: Proof, db: AsyncDb) -> dict[str, str]:
    return await change_role(db, me, username, ("user",), "manager")


@router.post("/users/{username}/demote")
async def demote(username: str, me: Proof, db: AsyncDb) -> dict[str, str]:
    return await change_role(db, me, username, STAFF, "user")
