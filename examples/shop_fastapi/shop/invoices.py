"""Invoices are read by the members of a group; an administrator may take a membership away."""

from fastapi import APIRouter, HTTPException
from sqlalchemy import delete, exists, select

from .auth import AsyncMe
from .db import AsyncDb
from .models import Invoice, Membership, User

router = APIRouter(tags=["invoices"])


@router.get("/invoices/{invoice_id}")
async def read_invoice(invoice_id: int, me: AsyncMe, db: AsyncDb) -> dict[str, int]:
    """Races: a member when asked, perhaps no more when shown."""
    if await db.get(Membership, ("billing", me)) is None:
        raise HTTPException(403, "for members of billing")
    invoice = await db.get(Invoice, invoice_id)
    if invoice is None:
        raise HTTPException(404, "no such invoice")
    return {"id": invoice.id, "amount": invoice.amount}


@router.get("/safe/invoices/{invoice_id}")
async def read_invoice_safely(invoice_id: int, me: AsyncMe, db: AsyncDb) -> dict[str, int]:
    """Safe: membership and invoice are read by one statement."""
    mine = select(Invoice).join(Membership, Membership.group == Invoice.group)
    invoice = await db.scalar(mine.where(Invoice.id == invoice_id, Membership.username == me))
    if invoice is None:
        raise HTTPException(403, "for members of its group")
    return {"id": invoice.id, "amount": invoice.amount}


@router.delete("/groups/{group}/members/{username}")
async def revoke(group: str, username: str, me: AsyncMe, db: AsyncDb) -> dict[str, str]:
    """Safe by itself; it takes away the membership that others trust."""
    admin = exists(
        select(User.username)
        .where(User.username == me, User.role == "admin")
        .with_for_update(read=True)
    )
    revoked = await db.scalar(
        delete(Membership)
        .where(Membership.group == group, Membership.username == username, admin)
        .returning(Membership.username)
    )
    if revoked is None:
        raise HTTPException(403, "for administrators, and for memberships that exist")
    await db.commit()
    return {"revoked": username}
