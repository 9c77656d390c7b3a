"""Roles, given and taken by administrators."""

from fastapi import APIRouter, HTTPException
from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from .auth import AsyncMe, Snapshot
from .db import AsyncDb
from .models import User

router = APIRouter(tags=["users"])

STAFF = ("manager", "admin")


async def change_role(
    db: AsyncSession, caller: str, target: str, old: tuple[str, ...], new: str
) -> bool:
    """Change a role, if the caller is an administrator at that moment."""
    # Both rows, in the order of their names: two administrators cannot wait for each other.
    rows = select(User.username).where(User.username.in_([caller, target]))
    await db.execute(rows.order_by(User.username).with_for_update())
    admin = aliased(User)
    changed = await db.scalar(
        update(User)
        .where(User.username == target, User.role.in_(old))
        .where(exists().where(admin.username == caller, admin.role == "admin"))
        .values(role=new)
        .returning(User.username)
    )
    return changed is not None


@router.get("/users")
async def list_users(me: AsyncMe, db: AsyncDb) -> list[dict[str, str]]:
    rows = await db.execute(select(User.username, User.role).order_by(User.username))
    return [{"username": row.username, "role": row.role} for row in rows]


@router.post("/users/{username}/promote")
async def promote(username: str, caller: Snapshot, db: AsyncDb) -> dict[str, str]:
    """Races: the caller is an administrator in a snapshot."""
    if caller.role != "admin":
        raise HTTPException(403, "for administrators")
    promoted = await db.scalar(
        update(User)
        .where(User.username == username, User.role == "user")
        .values(role="manager")
        .returning(User.username)
    )
    if promoted is None:
        raise HTTPException(409, "not a user who can be promoted")
    await db.commit()
    return {"username": username, "role": "manager"}


@router.post("/safe/users/{username}/promote")
async def promote_safely(username: str, me: AsyncMe, db: AsyncDb) -> dict[str, str]:
    """Safe: the role of the caller is part of the update."""
    if not await change_role(db, me, username, ("user",), "manager"):
        raise HTTPException(403, "for administrators, and for users who can be promoted")
    await db.commit()
    return {"username": username, "role": "manager"}


@router.post("/users/{username}/demote")
async def demote(username: str, me: AsyncMe, db: AsyncDb) -> dict[str, str]:
    """Safe by itself; it takes away the role that others trust."""
    if not await change_role(db, me, username, STAFF, "user"):
        raise HTTPException(403, "for administrators, and for staff who can be demoted")
    await db.commit()
    return {"username": username, "role": "user"}
