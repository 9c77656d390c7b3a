"""Items belong to somebody; staff may delete them."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from sqlalchemy import Select, delete, select

from tocsin.guard.errors import Missing
from tocsin.guard.fastapi import authorized
from tocsin.guard.sqlalchemy import Grant, owns
from tocsin.guard.sqlalchemy.asyncio import execute

from .auth import AsyncMe, Proof
from .db import AsyncDb
from .models import Item, User
from .users import staff

router = APIRouter(tags=["items"])


def own_item(item_id: int, me: AsyncMe) -> Grant[Item]:
    return owns(Item, item_id, Item.owner == me.username)


OwnItem = Annotated[Item, authorized(own_item, AsyncDb)]
Staff = Annotated[Select[tuple[User]], Depends(staff)]


class Name(BaseModel):
    name: str = Field(min_length=1, max_length=80, examples=["lantern"])


class Gift(BaseModel):
    to: str = Field(examples=["bob"])


def shown(item: Item) -> dict[str, int | str]:
    return {"id": item.id, "name": item.name, "owner": item.owner}


@router.get("/items")
async def list_items(me: Proof, db: AsyncDb) -> list[dict[str, int | str]]:
    return [shown(item) for item in await db.scalars(select(Item).order_by(Item.id))]


@router.get("/items/{item_id}")
async def read_item(item_id: int, me: Proof, db: AsyncDb) -> dict[str, int | str]:
    item = await db.get(Item, item_id)
    if item is None:
        raise Missing("no such item")
    return shown(item)


@router.post("/items", status_code=201)
async def create_item(body: Name, me: AsyncMe, db: AsyncDb) -> dict[str, int | str]:
    item = Item(name=body.name, owner=me.username)
    db.add(item)
    await db.flush()
    return shown(item)


@router.put("/items/{item_id}")
async def rename_item(body: Name, item: OwnItem) -> dict[str, int | str]:
    item.name = body.name
    return {"id": item.id, "name": body.name}


@router.post("/items/{item_id}/give")
async def give_item(body: Gift, item: OwnItem) -> dict[str, int | str]:
    item.owner = body.to
    return {"id": item.id, "owner": body.to}


@router.delete("/items/{item_id}")
async def delete_item(item_id: int, allowed: Staff, db: AsyncDb) -> dict[str, int]:
    await execute(db, delete(Item).where(Item.id == item_id), grant=allowed)
    return {"deleted": item_id}
