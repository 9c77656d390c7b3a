"""Things that must exist once: with a constraint, and without."""

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tocsin.guard.errors import Conflict
from tocsin.guard.sqlalchemy.asyncio import lock

from .auth import AsyncMe, AsyncMeToChange, Me, Proof
from .db import AsyncDb, Db
from .models import Favourite, Team, User, Wish

router = APIRouter(tags=["lists"])


class Product(BaseModel):
    product: str = Field(min_length=1, max_length=80, examples=["bicycle bell"])


class NewTeam(BaseModel):
    name: str = Field(min_length=1, max_length=80, examples=["ringers"])


@router.get("/wishlist")
async def wishlist(me: Proof, db: AsyncDb) -> list[str]:
    mine = select(Wish.product).where(Wish.username == me.username)
    return list(await db.scalars(mine.order_by(Wish.id)))


@router.post("/wishlist", status_code=201)
async def wish(body: Product, me: AsyncMeToChange, db: AsyncDb) -> dict[str, str]:
    # What is not there cannot be locked; whose list it is can.
    await lock(db, User, me.username)
    mine = select(Wish.id).where(Wish.username == me.username, Wish.product == body.product)
    if (await db.scalars(mine)).first() is not None:
        raise Conflict("already on your list")
    db.add(Wish(username=me.username, product=body.product))
    return {"product": body.product}


@router.post("/favourites", status_code=201)
async def add_favourite(body: Product, me: AsyncMe, db: AsyncDb) -> dict[str, str]:
    """The constraint decides."""
    db.add(Favourite(username=me.username, product=body.product))
    try:
        await db.flush()
    except IntegrityError:
        raise Conflict("already a favourite") from None
    return {"product": body.product}


@router.post("/teams", status_code=201)
def create_team(body: NewTeam, me: Me, db: Db) -> dict[str, str]:
    """The constraint decides."""
    db.add(Team(name=body.name))
    try:
        db.flush()
    except IntegrityError:
        raise Conflict("name taken") from None
    return {"name": body.name}
