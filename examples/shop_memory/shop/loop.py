"""``async def`` endpoints: what lies between two awaits is never interrupted by another request."""

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, Field

from .auth import Me
from .remote import approved, deliverable, rendered, sold
from .state import (
    USERS_WITH_VERSION,
    accounts,
    credits,
    email_lock,
    invoices,
    members,
    orders,
    users_db,
    wishes,
)

router = APIRouter()

N = Annotated[int, Query(gt=0, examples=[80])]
Email = Annotated[str, Query(pattern=r"^[^@\s]+@[^@\s]+$", examples=["alice@example.net"])]
Version = Annotated[int, Query(ge=1, examples=[1])]


class Product(BaseModel):
    product: str = Field(min_length=1, max_length=80, examples=["bicycle bell"])


@router.get("/me/profile")
async def profile(me: Me) -> dict[str, Any]:
    return dict(USERS_WITH_VERSION[me])


@router.post("/update-email")
async def update_email(new_email: Email, expected_version: Version, me: Me) -> dict[str, Any]:
    """Races: the version is compared before an await, and trusted after it."""
    stored = USERS_WITH_VERSION[me]
    if stored["_v"] != expected_version:
        raise HTTPException(409, "changed meanwhile: read it again")
    if not await deliverable(new_email):
        raise HTTPException(422, "nobody would read that")
    stored["email"] = new_email
    stored["_v"] += 1
    return dict(stored)


@router.post("/safe/update-email")
async def update_email_safely(
    new_email: Email, expected_version: Version, me: Me
) -> dict[str, Any]:
    """Safe: waits first; no await between the comparison and the write."""
    if not await deliverable(new_email):
        raise HTTPException(422, "nobody would read that")
    stored = USERS_WITH_VERSION[me]
    if stored["_v"] != expected_version:
        raise HTTPException(409, "changed meanwhile: read it again")
    stored["email"] = new_email
    stored["_v"] += 1
    return dict(stored)


@router.post("/locked/update-email")
async def update_email_locked(
    new_email: Email, expected_version: Version, me: Me
) -> dict[str, Any]:
    """Safe among those who take the lock, and only among them."""
    async with email_lock:
        stored = USERS_WITH_VERSION[me]
        if stored["_v"] != expected_version:
            raise HTTPException(409, "changed meanwhile: read it again")
        if not await deliverable(new_email):
            raise HTTPException(422, "nobody would read that")
        stored["email"] = new_email
        stored["_v"] += 1
        return dict(stored)


@router.get("/me/account")
async def account(me: Me) -> dict[str, int]:
    return {"balance": accounts[me], "credit": credits[me]}


@router.post("/accounts/withdraw")
async def withdraw(n: N, me: Me) -> dict[str, int]:
    """Races: the balance is read before an await, and written back after it."""
    balance = accounts[me]
    if balance < n:
        raise HTTPException(409, "not enough money")
    if not await approved(n):
        raise HTTPException(402, "the bank says no")
    accounts[me] = balance - n
    return {"balance": balance - n}


@router.post("/safe/accounts/withdraw")
async def withdraw_safely(n: N, me: Me) -> dict[str, int]:
    """Safe: waits first, then reads, checks and writes at one go."""
    if not await approved(n):
        raise HTTPException(402, "the bank says no")
    if accounts[me] < n:
        raise HTTPException(409, "not enough money")
    accounts[me] -= n
    return {"balance": accounts[me]}


@router.get("/me/orders")
async def my_orders(me: Me) -> list[dict[str, Any]]:
    return [{"id": key, **order} for key, order in orders.items() if order["buyer"] == me]


@router.post("/orders/{order_id}/cancel")
async def cancel(order_id: int, me: Me) -> dict[str, str]:
    """Races: pending before the bank is asked, whatever it is afterwards."""
    order = orders.get(order_id)
    if order is None or order["buyer"] != me or order["status"] != "pending":
        raise HTTPException(409, "not a pending order of yours")
    if not await approved(order["amount"]):
        raise HTTPException(402, "the bank says no")
    order["status"] = "cancelled"
    credits[me] += order["amount"]
    return {"status": "cancelled"}


@router.post("/safe/orders/{order_id}/cancel")
async def cancel_safely(order_id: int, me: Me) -> dict[str, str]:
    """Safe: the bank is asked first; no await between the check and the refund."""
    order = orders.get(order_id)
    if order is None or order["buyer"] != me:
        raise HTTPException(404, "no order of yours")
    if not await approved(order["amount"]):
        raise HTTPException(402, "the bank says no")
    if order["status"] != "pending":
        raise HTTPException(409, "not pending")
    order["status"] = "cancelled"
    credits[me] += order["amount"]
    return {"status": "cancelled"}


@router.post("/orders/{order_id}/ship")
async def ship(order_id: int, me: Me) -> dict[str, str]:
    """Safe by itself: it never waits."""
    order = orders.get(order_id)
    if order is None or order["seller"] != me or order["status"] != "pending":
        raise HTTPException(409, "not a pending order that you sell")
    order["status"] = "shipped"
    return {"status": "shipped"}


@router.get("/wishlist")
async def wishlist(me: Me) -> list[str]:
    return list(wishes[me])


@router.post("/wishlist", status_code=201)
async def wish(body: Product, me: Me) -> dict[str, str]:
    """Races: looked for before an await, added after it."""
    if body.product in wishes[me]:
        raise HTTPException(409, "already on your list")
    if not await sold(body.product):
        raise HTTPException(422, "not for sale")
    wishes[me].append(body.product)
    return {"product": body.product}


@router.post("/safe/wishlist", status_code=201)
async def wish_safely(body: Product, me: Me) -> dict[str, str]:
    """Safe: looked for and added at one go."""
    if not await sold(body.product):
        raise HTTPException(422, "not for sale")
    if body.product in wishes[me]:
        raise HTTPException(409, "already on your list")
    wishes[me].append(body.product)
    return {"product": body.product}


@router.get("/invoices/{invoice_id}")
async def read_invoice(invoice_id: int, me: Me) -> dict[str, Any]:
    """Races: a member before the printer is asked, perhaps no more when the amount is read."""
    if me not in members["billing"]:
        raise HTTPException(403, "for members of billing")
    title = await rendered(invoice_id)
    if invoice_id not in invoices:
        raise HTTPException(404, "no such invoice")
    return {"title": title, **invoices[invoice_id]}


@router.get("/safe/invoices/{invoice_id}")
async def read_invoice_safely(invoice_id: int, me: Me) -> dict[str, Any]:
    """Safe: nothing is waited for between the check and the read."""
    title = await rendered(invoice_id)
    if me not in members["billing"]:
        raise HTTPException(403, "for members of billing")
    if invoice_id not in invoices:
        raise HTTPException(404, "no such invoice")
    return {"title": title, **invoices[invoice_id]}


@router.delete("/groups/{group}/members/{username}")
async def revoke(group: str, username: str, me: Me) -> dict[str, str]:
    """Safe by itself; it takes away the membership that others trust."""
    if users_db[me]["role"] != "admin":
        raise HTTPException(403, "for administrators")
    if username not in members.get(group, ()):
        raise HTTPException(404, "no such membership")
    members[group].remove(username)
    return {"revoked": username}
