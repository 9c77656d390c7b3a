"""Items that belong to somebody, and things that must exist once."""

from typing import Any

from flask import Blueprint, g
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from tocsin.guard.errors import Conflict
from tocsin.guard.flask import authorized
from tocsin.guard.sqlalchemy import Grant, execute, lock, owns

from .auth import me, text
from .models import Favourite, Item, Team, User, Wish, db
from .people import staff

things = Blueprint("things", __name__)


def own_item(item_id: int) -> Grant[Item]:
    return owns(Item, item_id, Item.owner == me().username)


@things.get("/items")
def list_items() -> Any:
    rows = db.session.scalars(select(Item).order_by(Item.id))
    return [{"id": row.id, "name": row.name, "owner": row.owner} for row in rows]


@things.post("/items")
def create_item() -> Any:
    name = text("name")
    db.session.add(Item(name=name, owner=me().username))
    db.session.commit()
    return {"name": name}, 201


@things.put("/items/<int:item_id>")
@authorized(db.session, own_item, into="item")
def rename_item(item_id: int, item: Item) -> Any:
    item.name = text("name")
    return {"id": item_id, "name": item.name}


@things.post("/items/<int:item_id>/give")
@authorized(db.session, own_item, into="item")
def give_item(item_id: int, item: Item) -> Any:
    item.owner = text("to")
    return {"id": item_id, "owner": item.owner}


@things.delete("/items/<int:item_id>")
def delete_item(item_id: int) -> Any:
    execute(db.session, delete(Item).where(Item.id == item_id), grant=staff())
    db.session.commit()
    return {"deleted": item_id}


@things.get("/wishlist")
def wishlist() -> Any:
    mine = select(Wish.product).where(Wish.username == g.proof.username).order_by(Wish.id)
    return list(db.session.scalars(mine))


@things.post("/wishlist")
def wish() -> Any:
    product = text("product")
    # What is not there cannot be locked; whose list it is can.
    (owner,) = lock(db.session, User, me(change=True).username)
    mine = select(Wish).where(Wish.username == owner.username, Wish.product == product)
    if db.session.scalars(mine).first() is not None:
        raise Conflict("already on your list")
    db.session.add(Wish(username=owner.username, product=product))
    db.session.commit()
    return {"product": product}, 201


@things.post("/favourites")
def add_favourite() -> Any:
    """The constraint decides."""
    product = text("product")
    db.session.add(Favourite(username=me().username, product=product))
    try:
        db.session.commit()
    except IntegrityError:
        raise Conflict("already a favourite") from None
    return {"product": product}, 201


@things.post("/teams")
def create_team() -> Any:
    """The constraint decides."""
    name = text("name")
    me()
    db.session.add(Team(name=name))
    try:
        db.session.commit()
    except IntegrityError:
        raise Conflict("name taken") from None
    return {"name": name}, 201
