"""Items belong to somebody; staff may delete them."""

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field
from sqlalchemy import delete, exists, select, update

from .auth import AsyncMe
from .db import AsyncDb, async_sessions
from .models import Item, User
from .users import STAFF

router = APIRouter(tags=["items"])


class Name(BaseModel):
    name: str = Field(min_length=1, max_length=80, examples=["lantern"])


class Gift(BaseModel):
    to: str = Field(examples=["bob"])


def shown(item: Item) -> dict[str, int | str]:
    return {"id": item.id, "name": item.name, "owner": item.owner}


async def role_of(username: str) -> str | None:
    async with async_sessions() as db:
        return await db.scalar(select(User.role).where(User.username == username))


@router.get("/items")
async def list_items(me: AsyncMe, db: AsyncDb) -> list[dict[str, int | str]]:
    return [shown(item) for item in await db.scalars(select(Item).order_by(Item.id))]


@router.get("/items/{item_id}")
async def read_item(item_id: int, me: AsyncMe, db: AsyncDb) -> dict[str, int | str]:
    item = await db.get(Item, item_id)
    if item is None:
        raise HTTPException(404, "no such item")
    return shown(item)


@router.post("/items", status_code=201)
async def create_item(body: Name, me: AsyncMe, db: AsyncDb) -> dict[str, int | str]:
    item = Item(name=body.name, owner=me)
    db.add(item)
    await db.commit()
    return shown(item)


@router.put("/items/{item_id}")
async def rename_item(item_id: int, body: Name, me: AsyncMe, db: AsyncDb) -> dict[str, int | str]:
    """Races: ownership is read first, and the row is written by its id alone."""
    item = await db.get(Item, item_id)
    if item is None:
        raise HTTPException(404, "no such item")
    if item.owner != me:
        raise HTTPException(403, "not your item")
    item.name = body.name
    await db.commit()
    return {"id": item_id, "name": body.name}


@router.put("/safe/items/{item_id}")
async def rename_own_item(
    item_id: int, body: Name, me: AsyncMe, db: AsyncDb
) -> dict[str, int | str]:
    """Safe: the owner is part of what is updated."""
    renamed = await db.scalar(
        update(Item)
        .where(Item.id == item_id, Item.owner == me)
        .values(name=body.name)
        .returning(Item.id)
    )
    if renamed is None:
        raise HTTPException(403, "not your item")
    await db.commit()
    return {"id": item_id, "name": body.name}


@router.post("/items/{item_id}/give")
async def give_item(item_id: int, body: Gift, me: AsyncMe, db: AsyncDb) -> dict[str, int | str]:
    """Safe by itself; it takes away the ownership that others trust."""
    given = await db.scalar(
        update(Item)
        .where(Item.id == item_id, Item.owner == me)
        .values(owner=body.to)
        .returning(Item.id)
    )
    if given is None:
        raise HTTPException(403, "not your item")
    await db.commit()
    return {"id": item_id, "owner": body.to}


@router.delete("/items/{item_id}")
async def delete_item(item_id: int, me: AsyncMe, db: AsyncDb) -> dict[str, int]:
    """Races: the role is read in one transaction, the item deleted in another."""
    if await role_of(me) not in STAFF:
        raise HTTPException(403, "for staff")
    deleted = await db.scalar(delete(Item).where(Item.id == item_id).returning(Item.id))
    if deleted is None:
        raise HTTPException(404, "no such item")
    await db.commit()
    return {"deleted": item_id}


@router.delete("/safe/items/{item_id}")
async def delete_item_safely(item_id: int, me: AsyncMe, db: AsyncDb) -> dict[str, int]:
    """Safe: the role is read by the delete itself, and held until it commits."""
    staff = exists(
        select(User.username)
        .where(User.username == me, User.role.in_(STAFF))
        .with_for_update(read=True)
    )
    deleted = await db.scalar(delete(Item).where(Item.id == item_id, staff).returning(Item.id))
    if deleted is None:
        raise HTTPException(403, "for staff, and for items that exist")
    await db.commit()
    return {"deleted": item_id}
