"""Things that must exist once: with a constraint, without, and with one nobody listens to."""

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from .auth import AsyncMe, Me
from .db import AsyncDb, Db
from .models import Favourite, Team, Wish

router = APIRouter(tags=["lists"])


class Product(BaseModel):
    product: str = Field(min_length=1, max_length=80, examples=["bicycle bell"])


class NewTeam(BaseModel):
    name: str = Field(min_length=1, max_length=80, examples=["ringers"])


@router.get("/wishlist")
async def wishlist(me: AsyncMe, db: AsyncDb) -> list[str]:
    return list(await db.scalars(select(Wish.product).where(Wish.username == me).order_by(Wish.id)))


@router.post("/wishlist", status_code=201)
async def wish(body: Product, me: AsyncMe, db: AsyncDb) -> dict[str, str]:
    """Races: looked for, then added, and no constraint to say no."""
    mine = select(Wish.id).where(Wish.username == me, Wish.product == body.product)
    if (await db.scalars(mine)).first() is not None:
        raise HTTPException(409, "already on your list")
    db.add(Wish(username=me, product=body.product))
    await db.commit()
    return {"product": body.product}


@router.post("/favourites", status_code=201)
async def add_favourite(body: Product, me: AsyncMe, db: AsyncDb) -> dict[str, str]:
    """Safe: the constraint decides, and its answer is heard."""
    db.add(Favourite(username=me, product=body.product))
    try:
        await db.commit()
    except IntegrityError:
        raise HTTPException(409, "already a favourite") from None
    return {"product": body.product}


@router.post("/teams", status_code=201)
def create_team(body: NewTeam, me: Me, db: Db) -> dict[str, str]:
    """Crashes: the constraint keeps the data right, and its error is nobody's."""
    if db.scalar(select(Team.id).where(Team.name == body.name)) is not None:
        raise HTTPException(409, "name taken")
    db.add(Team(name=body.name))
    db.commit()
    return {"name": body.name}


@router.post("/safe/teams", status_code=201)
def create_team_safely(body: NewTeam, me: Me, db: Db) -> dict[str, str]:
    """Safe: ask the database for forgiveness, not for permission."""
    db.add(Team(name=body.name))
    try:
        db.commit()
    except IntegrityError:
        raise HTTPException(409, "name taken") from None
    return {"name": body.name}
