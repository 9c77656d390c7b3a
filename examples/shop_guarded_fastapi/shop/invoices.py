"""Invoices are read by the members of their group; administrators take away either."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import delete, select

from tocsin.guard.errors import Denied
from tocsin.guard.fastapi import authorized
from tocsin.guard.sqlalchemy import Grant, holds
from tocsin.guard.sqlalchemy.asyncio import lock

from .auth import Proof
from .db import AsyncDb
from .models import Invoice, Membership, User
from .users import administrator

router = APIRouter(tags=["invoices"])

Administrator = Annotated[User, authorized(administrator, AsyncDb)]


class Handover(BaseModel):
    group: str = Field(min_length=1, max_length=80, examples=["legal"])


def members_invoice(invoice_id: int, me: Proof) -> Grant[Invoice]:
    mine = select(Invoice).join(Membership, Membership.group == Invoice.group)
    mine = mine.where(Invoice.id == invoice_id, Membership.username == me.username)
    return holds(mine, detail="for members of its group")


@router.get("/invoices/{invoice_id}")
async def read_invoice(
    invoice: Annotated[Invoice, authorized(members_invoice, AsyncDb)],
) -> dict[str, int | str]:
    return {"id": invoice.id, "amount": invoice.amount, "group": invoice.group}


@router.post("/invoices/{invoice_id}/transfer")
async def transfer(
    invoice_id: int, body: Handover, admin: Administrator, db: AsyncDb
) -> dict[str, int | str]:
    (invoice,) = await lock(db, Invoice, invoice_id)
    if invoice.group == body.group:
        raise Denied("for invoices of another group")
    invoice.group = body.group
    return {"id": invoice_id, "group": body.group}


@router.delete("/groups/{group}/members/{username}")
async def revoke(group: str, username: str, admin: Administrator, db: AsyncDb) -> dict[str, str]:
    revoked = await db.scalar(
        delete(Membership)
        .where(Membership.group == group, Membership.username == username)
        .returning(Membership.username)
    )
    if revoked is None:
        raise Denied("for memberships that exist")
    return {"revoked": username}
