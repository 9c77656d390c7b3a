"""Invoices are read by the members of a group; an administrator may take a membership away."""

from typing import Annotated

from fastapi import APIRouter
from sqlalchemy import delete, select

from tocsin.guard.errors import Denied
from tocsin.guard.fastapi import authorized
from tocsin.guard.sqlalchemy import Grant, holds

from .auth import Proof
from .db import AsyncDb
from .models import Invoice, Membership, User
from .users import administrator

router = APIRouter(tags=["invoices"])


def members_invoice(invoice_id: int, me: Proof) -> Grant[Invoice]:
    mine = select(Invoice).join(Membership, Membership.group == Invoice.group)
    mine = mine.where(Invoice.id == invoice_id, Membership.username == me.username)
    return holds(mine, detail="for members of its group")


@router.get("/invoices/{invoice_id}")
async def read_invoice(
    invoice: Annotated[Invoice, authorized(members_invoice, AsyncDb)],
) -> dict[str, int]:
    return {"id": invoice.id, "amount": invoice.amount}


@router.delete("/groups/{group}/members/{username}")
async def revoke(
    group: str,
    username: str,
    admin: Annotated[User, authorized(administrator, AsyncDb)],
    db: AsyncDb,
) -> dict[str, str]:
    revoked = await db.scalar(
        delete(Membership)
        .where(Membership.group == group, Membership.username == username)
        .returning(Membership.username)
    )
    if revoked is None:
        raise Denied("for memberships that exist")
    return {"revoked": username}
