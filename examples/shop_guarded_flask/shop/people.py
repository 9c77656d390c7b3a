"""Roles, profiles, and the groups that may read invoices."""

from typing import Any

from flask import Blueprint, g
from sqlalchemy import Select, delete, select

from tocsin.guard.errors import Denied
from tocsin.guard.flask import authorized
from tocsin.guard.sqlalchemy import Grant, conflicts, edit, holds, lock

from .auth import me, number, text, users
from .models import Address, Invoice, Membership, Profile, User, db

people = Blueprint("people", __name__)

STAFF = ("manager", "admin")


def administrator(**_: Any) -> Select[tuple[User]]:
    return users.proven(g.proof).where(User.role == "admin")


def staff(**_: Any) -> Select[tuple[User]]:
    return users.proven(g.proof).where(User.role.in_(STAFF))


def members_invoice(invoice_id: int) -> Grant[Invoice]:
    mine = select(Invoice).join(Membership, Membership.group == Invoice.group)
    mine = mine.where(Invoice.id == invoice_id, Membership.username == g.proof.username)
    return holds(mine, detail="for members of its group")


def change_role(username: str, old: tuple[str, ...], new: str) -> Any:
    # Both rows at once: two administrators who demote each other cannot wait for each other.
    caller, target = lock(db.session, User, g.proof.username, username)
    me(change=True)
    if caller.role != "admin" or target.role not in old:
        raise Denied(f"for administrators, and for those who are {' or '.join(old)}")
    target.role = new
    db.session.commit()
    return {"username": username, "role": new}


@people.get("/users")
def list_users() -> Any:
    rows = db.session.execute(select(User.username, User.role).order_by(User.username))
    return {row.username: row.role for row in rows}


@people.post("/users/<username>/promote")
def promote(username: str) -> Any:
    return change_role(username, ("user",), "manager")


@people.post("/users/<username>/demote")
def demote(username: str) -> Any:
    return change_role(username, STAFF, "user")


@people.get("/profile")
def read_profile() -> Any:
    profile = db.get_or_404(Profile, g.proof.username)
    return {"email": profile.email, "version": profile.version}


@people.put("/profile/email")
def change_email() -> Any:
    email, version = text("email"), number("version")
    profile = edit(db.session, Profile, me().username, version=version)
    profile.email = email
    db.session.commit()
    return {"email": email, "version": version + 1}


@people.put("/profile/address")
def change_address() -> Any:
    """The mapper counts versions: a stale one is a conflict."""
    street = text("street")
    address = db.get_or_404(Address, me().username)
    address.street = street
    with conflicts():
        db.session.commit()
    return {"street": street}


@people.get("/invoices/<int:invoice_id>")
@authorized(db.session, members_invoice, into="invoice")
def read_invoice(invoice_id: int, invoice: Invoice) -> Any:
    return {"id": invoice_id, "amount": invoice.amount, "group": invoice.group}


@people.post("/invoices/<int:invoice_id>/transfer")
@authorized(db.session, administrator)
def transfer_invoice(invoice_id: int) -> Any:
    group = text("group")
    (invoice,) = lock(db.session, Invoice, invoice_id)
    if invoice.group == group:
        raise Denied("for invoices of another group")
    invoice.group = group
    return {"id": invoice_id, "group": group}


@people.delete("/groups/<group>/members/<username>")
@authorized(db.session, administrator)
def revoke(group: str, username: str) -> Any:
    done = db.session.execute(
        delete(Membership).where(Membership.group == group, Membership.username == username)
    )
    if done.rowcount == 0:
        raise Denied("for memberships that exist")
    return {"revoked": username}
