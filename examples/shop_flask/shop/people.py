"""Roles, profiles, and the groups that may read invoices."""

from typing import Any

from flask import Blueprint, abort, g
from sqlalchemy import Exists, delete, exists, select, update
from sqlalchemy.orm import aliased
from sqlalchemy.orm.exc import StaleDataError

from .auth import number, role_required, text
from .models import Address, Invoice, Membership, Profile, User, db

people = Blueprint("people", __name__)

STAFF = ("manager", "admin")


def change_role(target: str, old: tuple[str, ...], new: str) -> bool:
    """Change a role, if the caller is an administrator at that moment."""
    # Both rows, in the order of their names: two administrators cannot wait for each other.
    rows = select(User.username).where(User.username.in_([g.username, target]))
    db.session.execute(rows.order_by(User.username).with_for_update())
    admin = aliased(User)
    done = db.session.execute(
        update(User)
        .where(User.username == target, User.role.in_(old))
        .where(exists().where(admin.username == g.username, admin.role == "admin"))
        .values(role=new)
        .execution_options(synchronize_session=False)
    )
    return done.rowcount > 0


def administrator() -> Exists:
    """A condition of the statement that it allows: held until that is committed."""
    admins = select(User.username).where(User.username == g.username, User.role == "admin")
    return exists(admins.with_for_update(read=True))


@people.get("/users")
def list_users() -> Any:
    rows = db.session.execute(select(User.username, User.role).order_by(User.username))
    return {row.username: row.role for row in rows}


@people.post("/users/<username>/promote")
@role_required("admin")
def promote(username: str) -> Any:
    """Races: the decorator looked at the caller's role, and the view trusts it."""
    done = db.session.execute(
        update(User).where(User.username == username, User.role == "user").values(role="manager")
    )
    if done.rowcount == 0:
        abort(409, "not a user who can be promoted")
    db.session.commit()
    return {"username": username, "role": "manager"}


@people.post("/safe/users/<username>/promote")
def promote_safely(username: str) -> Any:
    """Safe: the role of the caller is part of the update."""
    if not change_role(username, ("user",), "manager"):
        abort(403, "for administrators, and for users who can be promoted")
    db.session.commit()
    return {"username": username, "role": "manager"}


@people.post("/users/<username>/demote")
def demote(username: str) -> Any:
    """Safe by itself; it takes away the role that others trust."""
    if not change_role(username, STAFF, "user"):
        abort(403, "for administrators, and for staff who can be demoted")
    db.session.commit()
    return {"username": username, "role": "user"}


@people.get("/profile")
def read_profile() -> Any:
    profile = db.get_or_404(Profile, g.username)
    return {"email": profile.email, "version": profile.version}


@people.put("/profile/email")
def change_email() -> Any:
    """Races: the version is compared in Python, so two edits of version 1 both succeed."""
    email, version = text("email"), number("version")
    profile = db.get_or_404(Profile, g.username)
    if profile.version != version:
        abort(409, "changed meanwhile: read it again")
    profile.email = email
    profile.version = version + 1
    db.session.commit()
    return {"email": email, "version": version + 1}


@people.put("/safe/profile/email")
def change_email_safely() -> Any:
    """Safe: the version is compared by the update."""
    email, version = text("email"), number("version")
    done = db.session.execute(
        update(Profile)
        .where(Profile.username == g.username, Profile.version == version)
        .values(email=email, version=version + 1)
    )
    if done.rowcount == 0:
        abort(409, "changed meanwhile: read it again")
    db.session.commit()
    return {"email": email, "version": version + 1}


@people.put("/profile/address")
def change_address() -> Any:
    """Safe: the mapper counts versions, and refuses to write over one it has not seen."""
    street = text("street")
    address = db.get_or_404(Address, g.username)
    address.street = street
    try:
        db.session.commit()
    except StaleDataError:
        abort(409, "changed meanwhile: try again")
    return {"street": street}


@people.get("/invoices/<int:invoice_id>")
def read_invoice(invoice_id: int) -> Any:
    """Races: a member of its group when asked, perhaps no more when shown."""
    mine = select(Membership).join(Invoice, Invoice.group == Membership.group)
    mine = mine.where(Invoice.id == invoice_id, Membership.username == g.username)
    if db.session.scalar(mine) is None:
        abort(403, "for members of its group")
    invoice = db.get_or_404(Invoice, invoice_id)
    return {"id": invoice.id, "amount": invoice.amount, "group": invoice.group}


@people.get("/safe/invoices/<int:invoice_id>")
def read_invoice_safely(invoice_id: int) -> Any:
    """Safe: membership and invoice are read by one statement."""
    mine = select(Invoice).join(Membership, Membership.group == Invoice.group)
    invoice = db.session.scalar(
        mine.where(Invoice.id == invoice_id, Membership.username == g.username)
    )
    if invoice is None:
        abort(403, "for members of its group")
    return {"id": invoice.id, "amount": invoice.amount, "group": invoice.group}


@people.post("/invoices/<int:invoice_id>/transfer")
def transfer_invoice(invoice_id: int) -> Any:
    """Safe by itself; it takes the invoice from those who were members of its group."""
    group = text("group")
    done = db.session.execute(
        update(Invoice)
        .where(Invoice.id == invoice_id, Invoice.group != group, administrator())
        .values(group=group)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount == 0:
        abort(403, "for administrators, and for invoices of another group")
    db.session.commit()
    return {"id": invoice_id, "group": group}


@people.delete("/groups/<group>/members/<username>")
def revoke(group: str, username: str) -> Any:
    """Safe by itself; it takes away the membership that others trust."""
    mine = (Membership.group == group, Membership.username == username)
    done = db.session.execute(delete(Membership).where(*mine, administrator()))
    if done.rowcount == 0:
        abort(403, "for administrators, and for memberships that exist")
    db.session.commit()
    return {"revoked": username}
