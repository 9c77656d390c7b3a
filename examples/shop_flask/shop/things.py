"""Items that belong to somebody, and things that must exist once."""

from typing import Any

from flask import Blueprint, abort, g
from sqlalchemy import delete, exists, select, update
from sqlalchemy.exc import IntegrityError

from .auth import role_required, text
from .models import Favourite, Item, Team, User, Wish, db
from .people import STAFF

things = Blueprint("things", __name__)


@things.get("/items")
def list_items() -> Any:
    rows = db.session.scalars(select(Item).order_by(Item.id))
    return [{"id": row.id, "name": row.name, "owner": row.owner} for row in rows]


@things.post("/items")
def create_item() -> Any:
    name = text("name")
    db.session.add(Item(name=name, owner=g.username))
    db.session.commit()
    return {"name": name}, 201


@things.put("/items/<int:item_id>")
def rename_item(item_id: int) -> Any:
    """Races: ownership is read first, and the row is written by its id alone."""
    name = text("name")
    item = db.get_or_404(Item, item_id)
    if item.owner != g.username:
        abort(403, "not your item")
    item.name = name
    db.session.commit()
    return {"id": item_id, "name": name}


@things.put("/safe/items/<int:item_id>")
def rename_own_item(item_id: int) -> Any:
    """Safe: the owner is part of what is updated."""
    name = text("name")
    done = db.session.execute(
        update(Item).where(Item.id == item_id, Item.owner == g.username).values(name=name)
    )
    if done.rowcount == 0:
        abort(403, "not your item")
    db.session.commit()
    return {"id": item_id, "name": name}


@things.post("/items/<int:item_id>/give")
def give_item(item_id: int) -> Any:
    """Safe by itself; it takes away the ownership that others trust."""
    to = text("to")
    done = db.session.execute(
        update(Item).where(Item.id == item_id, Item.owner == g.username).values(owner=to)
    )
    if done.rowcount == 0:
        abort(403, "not your item")
    db.session.commit()
    return {"id": item_id, "owner": to}


@things.delete("/items/<int:item_id>")
@role_required(*STAFF)
def delete_item(item_id: int) -> Any:
    """Races: the role is read by one statement, the item deleted by another."""
    done = db.session.execute(delete(Item).where(Item.id == item_id))
    if done.rowcount == 0:
        abort(404, "no such item")
    db.session.commit()
    return {"deleted": item_id}


@things.delete("/safe/items/<int:item_id>")
def delete_item_safely(item_id: int) -> Any:
    """Safe: the role is read by the delete itself, and held until it commits."""
    staff = exists(
        select(User.username)
        .where(User.username == g.username, User.role.in_(STAFF))
        .with_for_update(read=True)
    )
    done = db.session.execute(delete(Item).where(Item.id == item_id, staff))
    if done.rowcount == 0:
        abort(403, "for staff, and for items that exist")
    db.session.commit()
    return {"deleted": item_id}


@things.get("/wishlist")
def wishlist() -> Any:
    mine = select(Wish.product).where(Wish.username == g.username).order_by(Wish.id)
    return list(db.session.scalars(mine))


@things.post("/wishlist")
def wish() -> Any:
    """Races: looked for, then added, and no constraint to say no."""
    product = text("product")
    mine = select(Wish).where(Wish.username == g.username, Wish.product == product)
    if db.session.scalars(mine).first() is not None:
        abort(409, "already on your list")
    db.session.add(Wish(username=g.username, product=product))
    db.session.commit()
    return {"product": product}, 201


@things.post("/favourites")
def add_favourite() -> Any:
    """Safe: the constraint decides, and its answer is heard."""
    product = text("product")
    db.session.add(Favourite(username=g.username, product=product))
    try:
        db.session.commit()
    except IntegrityError:
        abort(409, "already a favourite")
    return {"product": product}, 201


@things.post("/teams")
def create_team() -> Any:
    """Crashes: the constraint keeps the data right, and its error is nobody's."""
    name = text("name")
    if db.session.scalar(select(Team).where(Team.name == name)) is not None:
        abort(409, "name taken")
    db.session.add(Team(name=name))
    db.session.commit()
    return {"name": name}, 201


@things.post("/safe/teams")
def create_team_safely() -> Any:
    """Safe: ask the database for forgiveness, not for permission."""
    name = text("name")
    db.session.add(Team(name=name))
    try:
        db.session.commit()
    except IntegrityError:
        abort(409, "name taken")
    return {"name": name}, 201
