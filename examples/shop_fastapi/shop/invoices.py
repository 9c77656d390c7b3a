"""Invoices are read by the members of their group; administrators take away either."""

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field
from sqlalchemy import Exists, delete, exists, select, update

from .auth import AsyncMe
from .db import AsyncDb
from .models import Invoice, Membership, User

router = APIRouter(tags=["invoices"])


class Handover(BaseModel):
    group: str = Field(min_length=1, max_length=80, examples=["legal"])


def shown(invoice: Invoice) -> dict[str, int | str]:
    return {"id": invoice.id, "amount": invoice.amount, "group": invoice.group}


def administrator(me: str) -> Exists:
    """A condition of the statement that it allows: held until that is committed."""
    admins = select(User.username).where(User.username == me, User.role == "admin")
    return exists(admins.with_for_update(read=True))


@router.get("/invoices/{invoice_id}")
async def read_invoice(invoice_id: int, me: AsyncMe, db: AsyncDb) -> dict[str, int | str]:
    """Races: a member of its group when asked, perhaps no more when shown."""
    mine = select(Membership).join(Invoice, Invoice.group == Membership.group)
    if await db.scalar(mine.where(Invoice.id == invoice_id, Membership.username == me)) is None:
        raise HTTPException(403, "for members of its group")
    invoice = await db.get(Invoice, invoice_id)
    if invoice is None:
        raise HTTPException(404, "no such invoice")
    return shown(invoice)


@router.get("/safe/invoices/{invoice_id}")
async def read_invoice_safely(invoice_id: int, me: AsyncMe, db: AsyncDb) -> dict[str, int | str]:
    """Safe: membership and invoice are read by one statement."""
    mine = select(Invoice).join(Membership, Membership.group == Invoice.group)
    invoice = await db.scalar(mine.where(Invoice.id == invoice_id, Membership.username == me))
    if invoice is None:
        raise HTTPException(403, "for members of its group")
    return shown(invoice)


@router.post("/invoices/{invoice_id}/transfer")
async def transfer(
    invoice_id: int, body: Handover, me: AsyncMe, db: AsyncDb
) -> dict[str, int | str]:
    """Safe by itself; it takes the invoice from those who were members of its group."""
    moved = await db.scalar(
        update(Invoice)
        .where(Invoice.id == invoice_id, Invoice.group != body.group, administrator(me))
        .values(group=body.group)
        .returning(Invoice.id)
    )
    if moved is None:
        raise HTTPException(403, "for administrators, and for invoices of another group")
    await db.commit()
    return {"id": invoice_id, "group": body.group}


@router.delete("/groups/{group}/members/{username}")
async def revoke(group: str, username: str, me: AsyncMe, db: AsyncDb) -> dict[str, str]:
    """Safe by itself; it takes away the membership that others trust."""
    revoked = await db.scalar(
        delete(Membership)
        .where(Membership.group == group, Membership.username == username, administrator(me))
        .returning(Membership.username)
    )
    if revoked is None:
        raise HTTPException(403, "for administrators, and for memberships that exist")
    await db.commit()
    return {"revoked": username}
