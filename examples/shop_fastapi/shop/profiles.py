"""Edits that carry a version: the second of two must be told."""

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field
from sqlalchemy import select, update
from sqlalchemy.orm.exc import StaleDataError

from .auth import AsyncMe
from .db import AsyncDb
from .models import Address, Profile

router = APIRouter(prefix="/profile", tags=["profiles"])
safe = APIRouter(prefix="/safe/profile", tags=["profiles"])


class NewEmail(BaseModel):
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+$", examples=["alice@example.net"])
    version: int = Field(
        ge=1, examples=[1], description="the version that was read before the edit"
    )


class NewAddress(BaseModel):
    street: str = Field(min_length=1, max_length=80, examples=["2 Bell Lane"])


@router.get("")
async def read_profile(me: AsyncMe, db: AsyncDb) -> dict[str, int | str]:
    row = (
        await db.execute(select(Profile.email, Profile.version).where(Profile.username == me))
    ).one_or_none()
    if row is None:
        raise HTTPException(404, "no profile")
    return {"email": row.email, "version": row.version}


@router.put("/email")
async def change_email(body: NewEmail, me: AsyncMe, db: AsyncDb) -> dict[str, int | str]:
    """Races: the version is compared in Python, so two edits of version 1 both succeed."""
    profile = await db.get(Profile, me)
    if profile is None:
        raise HTTPException(404, "no profile")
    if profile.version != body.version:
        raise HTTPException(409, "changed meanwhile: read it again")
    profile.email = body.email
    profile.version += 1
    await db.commit()
    return {"email": profile.email, "version": profile.version}


@safe.put("/email")
async def change_email_safely(body: NewEmail, me: AsyncMe, db: AsyncDb) -> dict[str, int | str]:
    """Safe: the version is compared by the update."""
    version = await db.scalar(
        update(Profile)
        .where(Profile.username == me, Profile.version == body.version)
        .values(email=body.email, version=Profile.version + 1)
        .returning(Profile.version)
    )
    if version is None:
        raise HTTPException(409, "changed meanwhile: read it again")
    await db.commit()
    return {"email": body.email, "version": version}


@router.put("/address")
async def change_address(body: NewAddress, me: AsyncMe, db: AsyncDb) -> dict[str, int | str]:
    """Safe: the mapper counts versions, and refuses to write over one it has not seen."""
    address = await db.get(Address, me)
    if address is None:
        raise HTTPException(404, "no address")
    address.street = body.street
    try:
        await db.commit()
    except StaleDataError:
        raise HTTPException(409, "changed meanwhile: try again") from None
    return {"street": address.street, "version": address.version}
