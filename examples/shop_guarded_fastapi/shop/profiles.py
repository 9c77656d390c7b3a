"""Edits that carry a version: the second of two must be told."""

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import select

from tocsin.guard.errors import Missing
from tocsin.guard.sqlalchemy.asyncio import edit

from .auth import AsyncMe, Proof
from .db import AsyncDb
from .models import Address, Profile

router = APIRouter(prefix="/profile", tags=["profiles"])


class NewEmail(BaseModel):
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+$", examples=["alice@example.net"])
    version: int = Field(
        ge=1, examples=[1], description="the version that was read before the edit"
    )


class NewAddress(BaseModel):
    street: str = Field(min_length=1, max_length=80, examples=["2 Bell Lane"])


@router.get("")
async def read_profile(me: Proof, db: AsyncDb) -> dict[str, int | str]:
    mine = select(Profile.email, Profile.version).where(Profile.username == me.username)
    row = (await db.execute(mine)).one_or_none()
    if row is None:
        raise Missing("no profile")
    return {"email": row.email, "version": row.version}


@router.put("/email")
async def change_email(body: NewEmail, me: AsyncMe, db: AsyncDb) -> dict[str, int | str]:
    profile = await edit(db, Profile, me.username, version=body.version)
    profile.email = body.email
    return {"email": profile.email, "version": profile.version}


@router.put("/address")
async def change_address(body: NewAddress, me: AsyncMe, db: AsyncDb) -> dict[str, int | str]:
    """The mapper counts versions: a stale one is a conflict, which the transaction tells."""
    address = await db.get(Address, me.username)
    if address is None:
        raise Missing("no address")
    address.street = body.street
    await db.flush()
    return {"street": address.street, "version": address.version}
